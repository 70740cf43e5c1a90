/** createCipheriv and createDecipheriv: https://nodejs.org/docs/latest-v20.x/api/crypto.html#class-cipher */

import { FINISH, HostTransform, NO_FLUSH } from "./host_transform.js";
import { Buffer } from "./node_buffer.js";
import { inputBytes, keyBytes, makeLazyStream, STATE } from "./node_crypto_hash.js";
import { createNodeError, invalidArgumentType, validateInteger, validateString } from "./node_errors.js";
import { StringDecoder } from "./node_string_decoder.js";

const NAME = /^aes-?(128|192|256)-(cbc|ctr|gcm)$/;
const BLOCK_BYTES = 16;
const TAG_BYTES = [4, 8, 12, 13, 14, 15, 16];
const GCM_VECTOR_BYTES = 12;
const NOTHING = new Uint8Array(0);

/** The names that getCiphers lists. */
export const cipherNames = [128, 192, 256].flatMap((bits) => ["cbc", "ctr", "gcm"].map((mode) => `aes-${bits}-${mode}`));

function findCipher(name) {
  const [, bits, mode] = NAME.exec(name.toLowerCase().replace(/^id-aes(\d+)-/, "aes-$1-")) ?? [];
  return bits === undefined ? undefined : { keyBytes: Number(bits) / 8, mode: mode.toUpperCase() };
}

/** What is known of a cipher, or undefined. */
export function getCipherInfo(name, options = undefined) {
  validateString(name, "nameOrNid");
  const found = findCipher(name);
  if (found === undefined) return undefined;
  const ivLength = options?.ivLength ?? (found.mode === "GCM" ? GCM_VECTOR_BYTES : BLOCK_BYTES);
  if (found.mode !== "GCM" && ivLength !== BLOCK_BYTES) return undefined;
  if (options?.keyLength !== undefined && options.keyLength !== found.keyBytes) return undefined;
  const info = { mode: found.mode.toLowerCase(), name: `aes-${found.keyBytes * 8}-${found.mode.toLowerCase()}`, ivLength, keyLength: found.keyBytes };
  return found.mode === "CBC" ? { ...info, blockSize: BLOCK_BYTES } : info;
}

function invalidState(what) {
  return createNodeError(Error, "ERR_CRYPTO_INVALID_STATE", `Invalid state for operation ${what}`);
}

function setup(object, isEncrypting, name, key, vector, options) {
  validateString(name, "cipher");
  const cipher = findCipher(name);
  if (cipher === undefined) {
    throw createNodeError(Error, "ERR_CRYPTO_UNKNOWN_CIPHER", `Unknown cipher: ${name} (node:crypto has ${cipherNames.join(", ")} in qemu-dev)`);
  }
  const secret = keyBytes(key, undefined, "key").slice();
  if (secret.length !== cipher.keyBytes) throw createNodeError(RangeError, "ERR_CRYPTO_INVALID_KEYLEN", "Invalid key length");
  if (vector === null || vector === undefined) throw invalidArgumentType("iv", ["string", "ArrayBuffer", "Buffer", "TypedArray", "DataView"], vector);
  const initial = inputBytes(vector, undefined, "iv").slice();
  const isGalois = cipher.mode === "GCM";
  if (isGalois ? initial.length === 0 : initial.length !== BLOCK_BYTES) {
    throw createNodeError(TypeError, "ERR_CRYPTO_INVALID_IV", "Invalid initialization vector");
  }
  const tagBytes = options?.authTagLength ?? BLOCK_BYTES;
  if (isGalois && !TAG_BYTES.includes(tagBytes)) {
    throw createNodeError(TypeError, "ERR_CRYPTO_INVALID_AUTH_TAG", `Invalid authentication tag length: ${tagBytes}`);
  }
  const value = { isEncrypting, mode: cipher.mode, secret, initial, tagBytes, options, additional: NOTHING, isPadded: true };
  Object.defineProperty(object, STATE, { value });
}

/** The host's transform; it is opened when everything before the data has been said. */
function transformOf(state) {
  if (state.isDone) throw invalidState("update");
  if (state.transform === undefined) {
    const parameters = { mode: state.mode, encrypt: state.isEncrypting, unpadded: !state.isPadded };
    state.transform = new HostTransform("cipher", parameters, [state.secret, state.initial, state.additional]);
  }
  return state.transform;
}

/** Text comes out whole characters of its encoding at a time. */
function output(state, bytes, encoding, isLast) {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!encoding || encoding === "buffer") return buffer;
  state.decoder ??= new StringDecoder(encoding);
  return isLast ? state.decoder.end(buffer) : state.decoder.write(buffer);
}

function finish(state) {
  if (state.isDone) throw invalidState("final");
  const isOpening = state.mode === "GCM" && !state.isEncrypting;
  if (isOpening && state.tag === undefined) throw unauthentic();
  const transform = transformOf(state);
  state.isDone = true;
  try {
    const { output: bytes } = transform.step(isOpening ? state.tag : NOTHING, FINISH, 1);
    if (state.mode !== "GCM") return bytes;
    if (state.isEncrypting) state.tag = bytes.slice(0, state.tagBytes);
    return NOTHING;
  } catch (error) {
    throw isOpening ? unauthentic() : blockError(error.message);
  } finally {
    transform.close();
  }
}

function unauthentic() {
  return new Error("Unsupported state or unable to authenticate data");
}

function blockError(message) {
  const code = message === "bad decrypt" ? "ERR_OSSL_BAD_DECRYPT" : "ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH";
  return createNodeError(Error, code, `error:1C80006B:Provider routines::${message}`);
}

const methods = {
  update(data, inputEncoding, outputEncoding) {
    const state = this[STATE];
    const bytes = inputBytes(data, inputEncoding, "data");
    return output(state, transformOf(state).step(bytes, NO_FLUSH, 1).output, outputEncoding, false);
  },

  final(outputEncoding) {
    const state = this[STATE];
    return output(state, finish(state), outputEncoding, true);
  },

  setAutoPadding(isPadded = true) {
    const state = this[STATE];
    if (state.transform !== undefined) throw invalidState("setAutoPadding");
    state.isPadded = Boolean(isPadded);
    return this;
  },

  setAAD(data, options = undefined) {
    const state = this[STATE];
    if (state.mode !== "GCM" || state.transform !== undefined) throw invalidState("setAAD");
    state.additional = Buffer.concat([state.additional, inputBytes(data, options?.encoding, "buffer")]);
    return this;
  },

  _transform(chunk, encoding, callback) {
    callback(null, this.update(chunk, encoding));
  },

  _flush(callback) {
    let last;
    try {
      last = this.final();
    } catch (error) {
      callback(error);
      return;
    }
    callback(null, last);
  },
};

/** An encryption under way. */
export function Cipheriv(name, key, vector, options = undefined) {
  if (!(this instanceof Cipheriv)) return new Cipheriv(name, key, vector, options);
  setup(this, true, name, key, vector, options);
}

/** A decryption under way. */
export function Decipheriv(name, key, vector, options = undefined) {
  if (!(this instanceof Decipheriv)) return new Decipheriv(name, key, vector, options);
  setup(this, false, name, key, vector, options);
}

makeLazyStream(Cipheriv);
makeLazyStream(Decipheriv);

Object.assign(Cipheriv.prototype, methods, {
  getAuthTag() {
    const { mode, tag } = this[STATE];
    if (mode !== "GCM" || tag === undefined) throw invalidState("getAuthTag");
    return Buffer.from(tag);
  },
});

Object.assign(Decipheriv.prototype, methods, {
  setAuthTag(tag, encoding = undefined) {
    const state = this[STATE];
    if (state.mode !== "GCM" || state.isDone || state.tag !== undefined) throw invalidState("setAuthTag");
    const bytes = inputBytes(tag, encoding, "buffer").slice();
    validateInteger(bytes.length, "buffer.length", 0);
    const isExpected = state.options?.authTagLength === undefined ? TAG_BYTES.includes(bytes.length) : bytes.length === state.tagBytes;
    if (!isExpected) {
      throw createNodeError(TypeError, "ERR_CRYPTO_INVALID_AUTH_TAG", `Invalid authentication tag length: ${bytes.length}`);
    }
    state.tag = bytes;
    return this;
  },
});

export function createCipheriv(name, key, vector, options = undefined) {
  return new Cipheriv(name, key, vector, options);
}

export function createDecipheriv(name, key, vector, options = undefined) {
  return new Decipheriv(name, key, vector, options);
}
