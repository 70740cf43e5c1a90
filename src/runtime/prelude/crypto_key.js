/** CryptoKey: https://w3c.github.io/webcrypto/#cryptokey-interface */

import { defineInterface } from "./webidl.js";

const CREATE = Symbol("create");
/** The order in which usages are listed. */
export const USAGES = [
  "encrypt",
  "decrypt",
  "sign",
  "verify",
  "deriveKey",
  "deriveBits",
  "wrapKey",
  "unwrapKey",
];

let stateOfKey;

/** A cryptographic key. Its bytes are out of a Worker's reach unless it is extractable. */
export class CryptoKey {
  #state;

  constructor(token = undefined, state = undefined) {
    if (token !== CREATE) throw new TypeError("Illegal constructor");
    this.#state = state;
  }

  get type() {
    return this.#state.type;
  }

  get extractable() {
    return this.#state.extractable;
  }

  get algorithm() {
    return (this.#state.shownAlgorithm ??= copyAlgorithm(this.#state.algorithm));
  }

  get usages() {
    return (this.#state.shownUsages ??= [...this.#state.usages]);
  }

  static {
    stateOfKey = (value) => (#state in value ? value.#state : undefined);
    defineInterface(CryptoKey);
  }
}

/** What a Worker is shown is a copy: changing it does not change the key. */
function copyAlgorithm(algorithm) {
  const copy = { ...algorithm };
  if (copy.hash !== undefined) copy.hash = { ...copy.hash };
  if (copy.publicExponent !== undefined) copy.publicExponent = copy.publicExponent.slice();
  return copy;
}

/**
 * @typedef {object} KeyState
 * @property {"secret"|"public"|"private"} type
 * @property {boolean} extractable
 * @property {object} algorithm
 * @property {string[]} usages
 * @property {Uint8Array} material as src/runtime/host/crypto/key_format.rs has it; a secret is its bytes
 */

/**
 * A new key.
 * @param {KeyState} state
 * @returns {CryptoKey}
 */
export function createKey(state) {
  return new CryptoKey(CREATE, { ...state, usages: USAGES.filter((usage) => state.usages.includes(usage)) });
}

/**
 * What a key is made of.
 * @param {unknown} value
 * @param {string} name what to call it in a message
 * @returns {KeyState}
 */
export function keyState(value, name) {
  const state = typeof value === "object" && value !== null ? stateOfKey(value) : undefined;
  if (state === undefined) throw new TypeError(`${name} is not a CryptoKey.`);
  return state;
}

/** Whether a value is a CryptoKey. */
export function isCryptoKey(value) {
  return typeof value === "object" && value !== null && stateOfKey(value) !== undefined;
}
