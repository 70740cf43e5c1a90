/** The global `crypto`: https://w3c.github.io/webcrypto/#crypto-interface */

import { DigestStream } from "./crypto_digest.js";
import { CryptoKey } from "./crypto_key.js";
import { subtle, SubtleCrypto } from "./crypto_subtle.js";
import { getRandomValues, randomUUID } from "./random.js";
import { defineInterface, requireArguments } from "./webidl.js";

export { CryptoKey, DigestStream, SubtleCrypto };

const CREATE = Symbol("create");

/** Randomness and `subtle`. */
export class Crypto {
  #subtle = subtle;

  constructor(token = undefined) {
    if (token !== CREATE) throw new TypeError("Illegal constructor");
  }

  get subtle() {
    return this.#subtle;
  }

  get DigestStream() {
    return DigestStream;
  }

  getRandomValues(array) {
    requireArguments(arguments.length, 1, "Crypto.getRandomValues");
    void this.#subtle;
    return getRandomValues(array);
  }

  randomUUID() {
    void this.#subtle;
    return randomUUID();
  }

  static {
    defineInterface(Crypto);
  }
}

/** The one instance of Crypto. */
export const crypto = new Crypto(CREATE);
