/** Signatures of node:crypto. */

import { compute, operate, test } from "./node_crypto_host.js";
import { Buffer } from "./node_buffer.js";
import { encoded, findDigest, inputBytes, unknownDigest } from "./node_crypto_hash.js";
import { privateKeyState, publicKeyState } from "./node_crypto_key_input.js";
import { constants } from "./node_crypto_constants.js";
import { createNodeError, invalidArgumentType, invalidArgumentValue, validateFunction, validateString } from "./node_errors.js";
import { nextTick } from "./node_next_tick.js";
import { Writable } from "./node_stream_writable.js";
import { isBufferSource } from "./webidl.js";

const COORDINATE_BYTES = { "P-256": 32, "P-384": 48, "P-521": 66 };
/** The digest where none is named. */
const USUAL_DIGEST = "sha256";

function requireDigest(name) {
  const digest = findDigest(name ?? USUAL_DIGEST);
  if (digest === undefined) throw unknownDigest(name);
  return digest;
}

/** The settings that a key's options may have. */
function settingsOf(key) {
  const isPlain = key !== null && typeof key === "object" && !isBufferSource(key) && "key" in key;
  return isPlain ? key : {};
}

function encodingOf(settings) {
  const { dsaEncoding = "der" } = settings;
  if (dsaEncoding !== "der" && dsaEncoding !== "ieee-p1363") throw invalidArgumentValue("options.dsaEncoding", dsaEncoding);
  return dsaEncoding;
}

/** The host's parameters for RSA. A salt may have any length when it is verified. */
function rsaParameters(settings, hash, modulusBytes, isSigning) {
  const { padding = constants.RSA_PKCS1_PADDING, saltLength = constants.RSA_PSS_SALTLEN_AUTO } = settings;
  if (padding === constants.RSA_PKCS1_PADDING) return { hash: hash.name };
  if (padding !== constants.RSA_PKCS1_PSS_PADDING) throw invalidArgumentValue("options.padding", padding);
  const digestBytes = hash.digestBytes;
  if (saltLength === constants.RSA_PSS_SALTLEN_DIGEST) return { scheme: "PSS", hash: hash.name, saltLength: digestBytes };
  if (saltLength >= 0) return { scheme: "PSS", hash: hash.name, saltLength };
  return { scheme: "PSS", hash: hash.name, saltLength: isSigning ? modulusBytes - digestBytes - 2 : undefined };
}

const DIGEST_BYTES = { MD5: 16, "SHA-1": 20, "SHA-224": 28, "SHA-256": 32, "SHA-384": 48, "SHA-512": 64, "SHA-512/256": 32 };

function rsaSetup(state, settings, digest, isSigning) {
  const { outputs } = operate("key-export", { kind: "RSA", private: state.type === "private", format: "components" }, [state.material]);
  return rsaParameters(settings, { name: digest.name, digestBytes: DIGEST_BYTES[digest.name] }, outputs[0].length, isSigning);
}

function signBytes(name, data, key) {
  const state = privateKeyState(key);
  const settings = settingsOf(key);
  if (state.kind === "Ed25519") return compute("okp-sign", {}, [state.material, data]);
  if (state.kind === "X25519") throw unfit(state);
  const digest = requireDigest(name);
  if (state.kind === "RSA") return compute("rsa-sign", rsaSetup(state, settings, digest, true), [state.material, data]);
  const signature = compute("ec-sign", { curve: state.curve, hash: digest.name }, [state.material, data]);
  return encodingOf(settings) === "der" ? compute("signature-to-der", {}, [signature]) : signature;
}

function verifyBytes(name, data, key, signature) {
  const state = publicKeyState(key);
  const settings = settingsOf(key);
  if (state.kind === "Ed25519") return test("okp-verify", {}, [state.material, signature, data]);
  if (state.kind === "X25519") throw unfit(state);
  const digest = requireDigest(name);
  if (state.kind === "RSA") return test("rsa-verify", rsaSetup(state, settings, digest, false), [state.material, signature, data]);
  const raw = encodingOf(settings) === "der" ? fromDer(signature, state.curve) : signature;
  if (raw === undefined || raw.length !== 2 * COORDINATE_BYTES[state.curve]) return false;
  return test("ec-verify", { curve: state.curve, hash: digest.name }, [state.material, raw, data]);
}

function fromDer(signature, curve) {
  return operate("signature-from-der", { curve }, [signature]).outputs[0];
}

function unfit({ kind }) {
  const message = `error:03000096:digital envelope routines::operation not supported for this keytype (${kind})`;
  return createNodeError(Error, "ERR_OSSL_EVP_OPERATION_NOT_SUPPORTED_FOR_THIS_KEYTYPE", message);
}

function requireInput(data, name) {
  if (!isBufferSource(data)) throw invalidArgumentType(name, ["Buffer", "TypedArray", "DataView", "ArrayBuffer"], data);
  return inputBytes(data, undefined, name);
}

/** Answers at once, or through a callback. */
function answer(callback, compute) {
  if (callback === undefined) return compute();
  validateFunction(callback, "callback");
  let result;
  try {
    result = compute();
  } catch (error) {
    nextTick(callback, error);
    return undefined;
  }
  nextTick(callback, null, result);
  return undefined;
}

/** A signature in one step. */
export function sign(algorithm, data, key, callback = undefined) {
  if (algorithm !== null && algorithm !== undefined) validateString(algorithm, "algorithm");
  const bytes = requireInput(data, "data");
  return answer(callback, () => Buffer.from(signBytes(algorithm, bytes, key)));
}

/** A verification in one step. */
export function verify(algorithm, data, key, signature, callback = undefined) {
  if (algorithm !== null && algorithm !== undefined) validateString(algorithm, "algorithm");
  const bytes = requireInput(data, "data");
  const given = requireInput(signature, "signature");
  return answer(callback, () => verifyBytes(algorithm, bytes, key, given));
}

/** What Sign and Verify have in common: they collect what is to be signed. */
function collector(name) {
  const constructor = {
    [name]: function (algorithm, options = undefined) {
      if (!(this instanceof constructor)) return new constructor(algorithm, options);
      validateString(algorithm, "algorithm");
      if (findDigest(algorithm) === undefined) throw unknownDigest(algorithm);
      Writable.call(this, options);
      Object.defineProperties(this, { _algorithm: { value: algorithm }, _chunks: { value: [] } });
    },
  }[name];
  Object.setPrototypeOf(constructor.prototype, Writable.prototype);
  Object.setPrototypeOf(constructor, Writable);
  Object.assign(constructor.prototype, {
    _write(chunk, encoding, callback) {
      this.update(chunk, encoding);
      callback();
    },

    update(data, encoding) {
      this._chunks.push(inputBytes(data, encoding, "data").slice());
      return this;
    },
  });
  return constructor;
}

/** A signature of data that comes in pieces. */
export const Sign = collector("Sign");
Sign.prototype.sign = function (key, outputEncoding = undefined) {
  return encoded(signBytes(this._algorithm, Buffer.concat(this._chunks), key), outputEncoding);
};

/** A verification of data that comes in pieces. */
export const Verify = collector("Verify");
Verify.prototype.verify = function (key, signature, signatureEncoding = undefined) {
  return verifyBytes(this._algorithm, Buffer.concat(this._chunks), key, inputBytes(signature, signatureEncoding, "signature"));
};

export function createSign(algorithm, options = undefined) {
  return new Sign(algorithm, options);
}

export function createVerify(algorithm, options = undefined) {
  return new Verify(algorithm, options);
}
