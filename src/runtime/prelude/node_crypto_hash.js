/** createHash and createHmac: digests of bytes that come piece by piece. */

import { RunningDigest } from "./crypto_digest.js";
import { compute } from "./node_crypto_host.js";
import { Buffer } from "./node_buffer.js";
import { findEncoding } from "./node_buffer_encodings.js";
import { createNodeError, invalidArgumentType, validateString } from "./node_errors.js";
import { isCryptoKey } from "./crypto_key.js";
import { KeyObject, secretBytes } from "./node_crypto_key_object.js";
import { Transform } from "./node_stream_duplex.js";
import { bytesOf, isBufferSource } from "./webidl.js";

/** Node's name -> the host's, and the bytes of a block. */
const DIGESTS = {
  __proto__: null,
  md5: { name: "MD5", blockBytes: 64 },
  sha1: { name: "SHA-1", blockBytes: 64 },
  sha224: { name: "SHA-224", blockBytes: 64 },
  sha256: { name: "SHA-256", blockBytes: 64 },
  sha384: { name: "SHA-384", blockBytes: 128 },
  sha512: { name: "SHA-512", blockBytes: 128 },
  "sha512-256": { name: "SHA-512/256", blockBytes: 128 },
};
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

/** The names createHash knows. */
export const hashNames = Object.keys(DIGESTS);
/** The prefix of names that stand for a signature with the digest. */
const SIGNATURE_PREFIX = /^(rsa|ecdsa-with)-/;

/** The digest that a name of Node's stands for, or undefined. */
export function findDigest(name) {
  const short = name.toLowerCase().replace(SIGNATURE_PREFIX, "").replace(/^sha-(?=\d)/, "sha").replace("/", "-");
  return DIGESTS[short];
}

/** The digest of bytes in one step. */
export function digestOf({ name }, bytes) {
  return compute("digest", { hash: name }, [bytes]);
}

/** The error for a digest that the host does not compute. */
export function unknownDigest(name) {
  const message = `Invalid digest: ${name} (node:crypto has ${hashNames.join(", ")} in qemu-dev)`;
  return createNodeError(TypeError, "ERR_CRYPTO_INVALID_DIGEST", message);
}

/** Text in an encoding, or any bytes. */
export function inputBytes(data, encoding, name) {
  if (typeof data === "string") return (findEncoding(encoding === "buffer" ? "utf8" : encoding) ?? findEncoding("utf8")).toBytes(data);
  if (isBufferSource(data)) return bytesOf(data);
  throw invalidArgumentType(name, ["string", "Buffer", "TypedArray", "DataView"], data);
}

function finalized() {
  return createNodeError(Error, "ERR_CRYPTO_HASH_FINALIZED", "Digest already called");
}

/** A hash is a stream too, which most never use: it becomes one when its state is first looked at. */
export function makeLazyStream(constructor) {
  Object.setPrototypeOf(constructor.prototype, Transform.prototype);
  Object.setPrototypeOf(constructor, Transform);
  for (const name of ["_readableState", "_writableState"]) {
    Object.defineProperty(constructor.prototype, name, {
      configurable: true,
      get() {
        Transform.call(this, this[STATE].options);
        return this[name];
      },
      set(value) {
        Object.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true });
      },
    });
  }
  Object.assign(constructor.prototype, {
    _transform(chunk, encoding, callback) {
      this.update(chunk, encoding);
      callback();
    },
    _flush(callback) {
      callback(null, this.digest());
    },
  });
}

export const STATE = Symbol("state");

export function encoded(bytes, encoding) {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return encoding && encoding !== "buffer" ? buffer.toString(encoding) : buffer;
}

/** A digest under way. */
export function Hash(algorithm, options) {
  validateString(algorithm, "algorithm");
  const digest = findDigest(algorithm);
  if (digest === undefined) {
    const message = `Digest method not supported: ${algorithm} (node:crypto createHash has ${hashNames.join(", ")} in qemu-dev)`;
    throw createNodeError(Error, "ERR_CRYPTO_INVALID_DIGEST", message);
  }
  Object.defineProperty(this, STATE, { value: { digest, options, running: new RunningDigest(digest.name), done: false } });
}

/** The method `update` of hashes and of HMACs. */
function update(data, encoding) {
  const state = this[STATE];
  if (state.done) throw finalized();
  state.running.add(inputBytes(data, encoding, "data").slice());
  return this;
}

makeLazyStream(Hash);

Object.assign(Hash.prototype, {
  update,

  digest(encoding) {
    const state = this[STATE];
    if (state.done) throw finalized();
    state.done = true;
    return encoded(state.running.finish(), encoding);
  },

  copy(options) {
    const state = this[STATE];
    if (state.done) throw finalized();
    const copy = Object.create(Hash.prototype);
    const own = { digest: state.digest, options, running: state.running.copy(), done: false };
    return Object.defineProperty(copy, STATE, { value: own });
  },
});

function padded(key, digest, pad) {
  const block = new Uint8Array(digest.blockBytes).fill(pad);
  for (let index = 0; index < key.length; index++) block[index] ^= key[index];
  return block;
}

/** Keys longer than a block are digested first. */
function shortKey(digest, key) {
  return key.length > digest.blockBytes ? digestOf(digest, key) : key;
}

/** The bytes of a key: text, bytes or a secret KeyObject. */
export function keyBytes(key, encoding, name = "key") {
  if (key instanceof KeyObject || isCryptoKey(key)) return secretBytes(key);
  if (key === null || key === undefined) throw invalidArgumentType(name, ["ArrayBuffer", "Buffer", "TypedArray", "DataView", "string", "KeyObject", "CryptoKey"], key);
  return inputBytes(key, encoding, name);
}

/** A message authentication code under way. */
export function Hmac(algorithm, key, options) {
  validateString(algorithm, "hmac");
  const secret = keyBytes(key, options?.encoding);
  const digest = findDigest(algorithm);
  if (digest === undefined) throw unknownDigest(algorithm);
  const short = shortKey(digest, secret);
  const running = new RunningDigest(digest.name);
  running.add(padded(short, digest, INNER_PAD));
  const outer = padded(short, digest, OUTER_PAD);
  Object.defineProperty(this, STATE, { value: { digest, outer, options, running, done: false } });
}

makeLazyStream(Hmac);

Object.assign(Hmac.prototype, {
  update,

  /** A second call gives nothing, as in Node. */
  digest(encoding) {
    const state = this[STATE];
    if (state.done) return encoding && encoding !== "buffer" ? "" : Buffer.alloc(0);
    state.done = true;
    return encoded(digestOf(state.digest, Buffer.concat([state.outer, state.running.finish()])), encoding);
  },
});
