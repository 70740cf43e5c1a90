/** Whatever Node takes for a key -> the state of a KeyObject. */

import { operate } from "./node_crypto_host.js";
import { bytesOfMember } from "./crypto_jwk.js";
import { isCryptoKey, keyState } from "./crypto_key.js";
import { findEncoding } from "./node_buffer_encodings.js";
import { createKeyObject, fromWebKey, objectState, publicState } from "./node_crypto_key_object.js";
import { fromPem, openKey } from "./node_crypto_pem.js";
import { createNodeError, invalidArgumentType, invalidArgumentValue, notProvided } from "./node_errors.js";
import { latin1Text } from "./node_buffer_encodings.js";
import { parseJson } from "./primordials.js";
import { bytesOf, isBufferSource } from "./webidl.js";

/** Label of PEM -> the host's format. */
const LABELS = {
  "PUBLIC KEY": "spki",
  "RSA PUBLIC KEY": "pkcs1-public",
  "PRIVATE KEY": "pkcs8",
  "RSA PRIVATE KEY": "pkcs1-private",
  "EC PRIVATE KEY": "sec1",
  "ENCRYPTED PRIVATE KEY": "encrypted",
};
const DER_FORMATS = {
  public: { spki: "spki", pkcs1: "pkcs1-public" },
  private: { pkcs8: "pkcs8", pkcs1: "pkcs1-private", sec1: "sec1" },
};
const SEQUENCE = 0x30;
const INTEGER = 0x02;
const EXPECTED = ["ArrayBuffer", "Buffer", "TypedArray", "DataView", "string", "KeyObject", "CryptoKey"];

/** Reads a key in one of the host's formats. */
function read(parameters, inputs) {
  let answer;
  try {
    answer = operate("key-import", parameters, inputs);
  } catch (error) {
    throw createNodeError(Error, "ERR_OSSL_UNSUPPORTED", `error:1E08010C:DECODER routines::unsupported (${error.message})`);
  }
  const { kind, curve, private: isPrivate, modulusLength } = parseJson(answer.description);
  const [material, publicExponent] = answer.outputs;
  return { type: isPrivate ? "private" : "public", kind, curve, material, modulusLength, publicExponent };
}

function readPem(text, options) {
  const found = fromPem(text);
  if (found === undefined) {
    throw createNodeError(Error, "ERR_OSSL_UNSUPPORTED", "error:1E08010C:DECODER routines::unsupported (no PEM block)");
  }
  const format = LABELS[found.label];
  if (format === undefined) throw notProvided("node:crypto", `a key from PEM labelled "${found.label}"`);
  if (format === "encrypted") return read({ format: "pkcs8" }, [openKey(found.der, options)]);
  return read({ format }, [found.der]);
}

function readDer(bytes, options, wanted) {
  const format = DER_FORMATS[wanted][options.type] ?? DER_FORMATS.private[options.type];
  if (format === undefined) throw invalidArgumentValue("key.type", options.type);
  const isSealed = format === "pkcs8" && isEncrypted(bytes);
  return read({ format }, [isSealed ? openKey(bytes, options) : bytes]);
}

/** PKCS #8 begins with a version, its encryption with an algorithm. */
function isEncrypted(bytes) {
  const header = bytes[1] < 0x80 ? 2 : 2 + (bytes[1] & 0x7f);
  return bytes[0] === SEQUENCE && bytes[header] !== INTEGER;
}

const KTY_MEMBERS = { RSA: ["n", "e", "d", "p", "q"], EC: ["x", "y", "d"], OKP: ["x", "d"] };

function readJwk(jwk) {
  if (jwk === null || typeof jwk !== "object") throw invalidArgumentType("key.key", "object", jwk);
  const members = KTY_MEMBERS[jwk.kty];
  if (members === undefined) throw createNodeError(Error, "ERR_CRYPTO_INVALID_JWK", "Invalid JWK data");
  const isPrivate = jwk.d !== undefined;
  const kind = jwk.kty === "OKP" ? jwk.crv : jwk.kty;
  const curve = jwk.kty === "EC" ? jwk.crv : undefined;
  const inputs = members.filter((member) => member !== "d" || isPrivate).filter((member) => jwk[member] !== undefined || !"pq".includes(member));
  try {
    return read({ format: "components", kind, curve, private: isPrivate }, inputs.map((member) => bytesOfMember(jwk, member)));
  } catch {
    throw createNodeError(Error, "ERR_CRYPTO_INVALID_JWK", "Invalid JWK data");
  }
}

/**
 * The state of a key of a pair, from PEM, DER, a JWK, a KeyObject or a CryptoKey, alone or as the member `key`.
 * @param {unknown} key
 * @param {"public"|"private"} wanted
 */
function pairState(key, wanted) {
  const own = objectState(key) ?? (isCryptoKey(key) ? fromWebKey(keyState(key)) : undefined);
  if (own !== undefined) return own;
  if (typeof key === "string") return readPem(key, {});
  if (isBufferSource(key)) return readPem(latin1Text(bytesOf(key)), {});
  if (key === null || typeof key !== "object") throw invalidArgumentType("key", EXPECTED, key);
  return optionState(key, wanted);
}

function optionState(options, wanted) {
  const { key, format } = options;
  if (format === "jwk") return readJwk(key);
  if (objectState(key) !== undefined || isCryptoKey(key)) return pairState(key, wanted);
  const bytes = typeof key === "string" ? (findEncoding(options.encoding) ?? findEncoding("utf8")).toBytes(key) : key;
  if (!isBufferSource(bytes)) throw invalidArgumentType("key.key", EXPECTED, key);
  if (format === "der") return readDer(bytesOf(bytes), options, wanted);
  if (format !== undefined && format !== "pem") throw invalidArgumentValue("key.format", format);
  return readPem(latin1Text(bytesOf(bytes)), options);
}

function requireType(state, type) {
  if (state.type === type) return state;
  const message = `Invalid key object type ${state.type}, expected ${type}.`;
  throw createNodeError(TypeError, "ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE", message);
}

/** A private key. */
export function privateKeyState(key) {
  return requireType(pairState(key, "private"), "private");
}

/** A public key; of a private one, its public half. */
export function publicKeyState(key) {
  const state = pairState(key, "public");
  return publicState(state.type === "secret" ? requireType(state, "public") : state);
}

/** A key for an agreement or the like, whichever half it is. */
export function eitherKeyState(key) {
  return pairState(key, "private");
}

export function createPrivateKey(key) {
  if (objectState(key) !== undefined) throw invalidArgumentType("key", EXPECTED.slice(0, 5), key);
  return createKeyObject(privateKeyState(key));
}

export function createPublicKey(key) {
  return createKeyObject(publicKeyState(key));
}

/** A secret key from its bytes, or from text in an encoding. */
export function createSecretKey(key, encoding = undefined) {
  const bytes = typeof key === "string" ? (findEncoding(encoding) ?? findEncoding("utf8")).toBytes(key) : key;
  if (!isBufferSource(bytes)) throw invalidArgumentType("key", EXPECTED.slice(0, 5), key);
  return createKeyObject({ type: "secret", material: bytesOf(bytes).slice() });
}
