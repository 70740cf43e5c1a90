/**
 * The Web Crypto interfaces: random values and digests. Keys are not emulated yet and say so by name.
 */
import host from "qemu-dev:engine/host@0.1.0";
import { DOMException } from "./errors.js";
import { getRandomValues, randomUUID } from "./random.js";
import { WritableStream } from "./writable_stream.js";
import {
  concatenateBytes,
  copyBytesOf,
  defineInterface,
  exactBuffer,
  isBufferSource,
  isObject,
  requireArguments,
} from "./webidl.js";
import { encodeUtf8 } from "./utf8.js";

const CREATE = Symbol("create");
const DIGESTS = ["MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512"];

/** A cryptographic key. */
export class CryptoKey {
  #members;

  constructor(token = undefined, members = undefined) {
    if (token !== CREATE) throw new TypeError("Illegal constructor");
    this.#members = members;
  }

  get type() {
    return this.#members.type;
  }

  get extractable() {
    return this.#members.extractable;
  }

  get algorithm() {
    return this.#members.algorithm;
  }

  get usages() {
    return this.#members.usages;
  }

  static {
    defineInterface(CryptoKey);
  }
}

/** Cryptographic operations. */
export class SubtleCrypto {
  #brand;

  constructor(token = undefined) {
    if (token !== CREATE) throw new TypeError("Illegal constructor");
    this.#brand = true;
  }

  async digest(algorithm, data) {
    void this.#brand;
    requireArguments(arguments.length, 2, "SubtleCrypto.digest");
    const name = digestName(algorithm);
    if (!isBufferSource(data))
      throw new TypeError("SubtleCrypto.digest: the data is neither an ArrayBuffer nor a view on one.");
    return exactBuffer(digest(name, copyBytesOf(data)));
  }

  timingSafeEqual(left, right) {
    void this.#brand;
    requireArguments(arguments.length, 2, "SubtleCrypto.timingSafeEqual");
    if (!isBufferSource(left) || !isBufferSource(right))
      throw new TypeError("SubtleCrypto.timingSafeEqual: both arguments must be bytes.");
    const a = copyBytesOf(left);
    const b = copyBytesOf(right);
    if (a.byteLength !== b.byteLength) throw new TypeError("Input buffers must have the same byte length.");
    let difference = 0;
    for (let index = 0; index < a.byteLength; index++) difference |= a[index] ^ b[index];
    return difference === 0;
  }

  static {
    defineInterface(SubtleCrypto);
  }
}

/** Defines an operation that rejects; its algorithm is the argument at `position`. */
function defineUnavailable(operation, position) {
  const method = {
    async [operation](...values) {
      const algorithm = algorithmName(values[position]);
      throw new DOMException(`crypto.subtle.${operation} with ${algorithm} is not emulated.`, "NotSupportedError");
    },
  }[operation];
  Object.defineProperty(SubtleCrypto.prototype, operation, {
    value: method,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

/** Operation -> position of the argument that names the algorithm. */
const UNAVAILABLE_OPERATIONS = {
  encrypt: 0,
  decrypt: 0,
  sign: 0,
  verify: 0,
  generateKey: 0,
  deriveKey: 0,
  deriveBits: 0,
  importKey: 2,
  exportKey: 1,
  wrapKey: 3,
  unwrapKey: 3,
};
for (const [operation, position] of Object.entries(UNAVAILABLE_OPERATIONS)) defineUnavailable(operation, position);

function algorithmName(algorithm) {
  return `${(isObject(algorithm) ? (algorithm.name ?? algorithm.algorithm?.name) : algorithm) ?? "this algorithm"}`;
}

function digestName(algorithm) {
  const name = algorithmName(algorithm);
  const found = DIGESTS.find((each) => each === name.toUpperCase());
  if (found === undefined)
    throw new DOMException(`Unrecognized or unimplemented digest algorithm requested: ${name}.`, "NotSupportedError");
  return found;
}

function digest(name, bytes) {
  try {
    return host.digest(name, bytes);
  } catch (error) {
    throw new DOMException(error?.payload ?? "The digest could not be computed.", "OperationError");
  }
}

/** Writes bytes into a digest; an addition of Cloudflare's runtime. */
export class DigestStream extends WritableStream {
  #digest;
  #bytesWritten = 0n;

  constructor(algorithm) {
    requireArguments(arguments.length, 1, "DigestStream");
    const name = digestName(algorithm);
    const result = Promise.withResolvers();
    result.promise.catch(() => {});
    const chunks = [];
    super({
      write: (chunk) => {
        try {
          const bytes = digestInput(chunk);
          chunks.push(bytes);
          this.#bytesWritten += BigInt(bytes.byteLength);
        } catch (error) {
          result.reject(error);
          throw error;
        }
      },
      close: () => result.resolve(exactBuffer(digest(name, concatenateBytes([new Uint8Array(0), ...chunks])))),
      abort: (reason) => result.reject(reason),
    });
    this.#digest = result.promise;
  }

  get digest() {
    return this.#digest;
  }

  get bytesWritten() {
    return this.#bytesWritten;
  }

  static {
    defineInterface(DigestStream);
  }
}

function digestInput(chunk) {
  if (typeof chunk === "string") return encodeUtf8(chunk.toWellFormed());
  if (!isBufferSource(chunk)) throw new TypeError("DigestStream accepts ArrayBuffers, views on them and strings only.");
  return copyBytesOf(chunk);
}

/** The global `crypto`. */
export class Crypto {
  #subtle = new SubtleCrypto(CREATE);

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
