/** Secret keys of node:crypto. Keys of pairs need what the host does not offer. */

import { Buffer } from "./node_buffer.js";
import { findEncoding } from "./node_buffer_encodings.js";
import { createNodeError, invalidArgumentType, notProvided } from "./node_errors.js";
import { compareBytes } from "./node_buffer_search.js";
import { bytesOf, isBufferSource } from "./webidl.js";

const CREATE = Symbol("create");

/** A key that shows its bytes only when asked. */
export class KeyObject {
  #bytes;

  constructor(token, bytes) {
    if (token !== CREATE) throw createNodeError(TypeError, "ERR_INVALID_ARG_VALUE", "The argument 'type' is invalid");
    this.#bytes = bytes;
  }

  static from() {
    throw notProvided("node:crypto", "KeyObject.from");
  }

  get type() {
    return "secret";
  }

  get symmetricKeySize() {
    return this.#bytes.length;
  }

  export(options = undefined) {
    if (options?.format === "jwk") return { kty: "oct", k: this.#bytes.toString("base64url") };
    return Buffer.from(this.#bytes);
  }

  equals(other) {
    if (!(other instanceof KeyObject)) throw invalidArgumentType("otherKeyObject", "KeyObject", other);
    return compareBytes(this.#bytes, other.#bytes) === 0;
  }
}

/** A secret key from its bytes, or from text in an encoding. */
export function createSecretKey(key, encoding = undefined) {
  if (typeof key === "string") return new KeyObject(CREATE, Buffer.from((findEncoding(encoding) ?? findEncoding("utf8")).toBytes(key)));
  if (!isBufferSource(key)) throw invalidArgumentType("key", ["ArrayBuffer", "Buffer", "TypedArray", "DataView", "string"], key);
  return new KeyObject(CREATE, Buffer.from(bytesOf(key)));
}
