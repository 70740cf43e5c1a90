/**
 * The dictionaries of the Web Cryptography API's algorithms, and their normalization:
 * https://w3c.github.io/webcrypto/#algorithm-normalization
 */

import { cryptoError } from "./crypto_host.js";
import { keyState } from "./crypto_key.js";
import { copyBytesOf, isBufferSource, isObject, toDOMString, toEnforcedInteger } from "./webidl.js";

const OCTET_MAX = 255;
const SHORT_MAX = 65_535;
const LONG_MAX = 4_294_967_295;

const DIGESTS = ["MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512"];

function bytes(value, name) {
  if (!isBufferSource(value)) throw new TypeError(`${name} is neither an ArrayBuffer nor a view on one.`);
  return copyBytesOf(value);
}

function integer(maximum) {
  return (value, name) => toEnforcedInteger(value, name, 0, maximum);
}

function bigInteger(value, name) {
  if (!(value instanceof Uint8Array)) throw new TypeError(`${name} is not a Uint8Array.`);
  return value.slice();
}

function hash(value) {
  return { name: normalizeAlgorithm("digest", value).name };
}

function publicKey(value, name) {
  keyState(value, name);
  return value;
}

/** A member that may be left out. */
function optional(convert) {
  return { convert, isOptional: true };
}

const NOTHING = {};
const HASHED_RSA = { modulusLength: integer(LONG_MAX), publicExponent: bigInteger, hash };
const HASH = { hash };
const CURVE = { namedCurve: toDOMString };
const LENGTH = { length: integer(SHORT_MAX) };
const VECTOR = { iv: bytes };
const HMAC = { hash, length: optional(integer(LONG_MAX)) };
const PUBLIC = { public: publicKey };
const COUNTER = { counter: bytes, length: integer(OCTET_MAX) };
const GCM = { iv: bytes, additionalData: optional(bytes), tagLength: optional(integer(OCTET_MAX)) };
const AES = ["AES-CTR", "AES-CBC", "AES-GCM", "AES-KW"];
const RSA = ["RSASSA-PKCS1-v1_5", "RSA-PSS", "RSA-OAEP"];

function each(names, members) {
  return Object.fromEntries(names.map((name) => [name, members]));
}

const CIPHERS = { "RSA-OAEP": { label: optional(bytes) }, "AES-CTR": COUNTER, "AES-CBC": VECTOR, "AES-GCM": GCM };
const SIGNATURES = {
  "RSASSA-PKCS1-v1_5": NOTHING,
  "RSA-PSS": { saltLength: integer(LONG_MAX) },
  ECDSA: HASH,
  HMAC: NOTHING,
  Ed25519: NOTHING,
  "NODE-ED25519": NOTHING,
};
const CURVES = { ECDSA: CURVE, ECDH: CURVE, Ed25519: NOTHING, X25519: NOTHING, "NODE-ED25519": CURVE };

/** Operation -> algorithm -> members of its dictionary. */
const ALGORITHMS = {
  digest: each(DIGESTS, NOTHING),
  encrypt: CIPHERS,
  decrypt: CIPHERS,
  sign: SIGNATURES,
  verify: SIGNATURES,
  generateKey: { ...each(RSA, HASHED_RSA), ...CURVES, ...each(AES, LENGTH), HMAC },
  importKey: { ...each(RSA, HASH), ...CURVES, ...each(AES, NOTHING), HMAC, HKDF: NOTHING, PBKDF2: NOTHING },
  deriveBits: {
    ECDH: PUBLIC,
    X25519: PUBLIC,
    HKDF: { hash, salt: bytes, info: bytes },
    PBKDF2: { salt: bytes, iterations: integer(LONG_MAX), hash },
  },
  "get key length": { ...each(AES, LENGTH), HMAC, HKDF: NOTHING, PBKDF2: NOTHING },
  wrapKey: { "AES-KW": NOTHING },
  unwrapKey: { "AES-KW": NOTHING },
};

/** Operation -> upper-case name -> name as the specification has it. */
const NAMES = Object.fromEntries(
  Object.entries(ALGORITHMS).map(([operation, known]) => [
    operation,
    new Map(Object.keys(known).map((name) => [name.toUpperCase(), name])),
  ]),
);

/**
 * Whether an operation has an algorithm of this name.
 * @param {string} operation
 * @param {unknown} algorithm
 */
export function hasAlgorithm(operation, algorithm) {
  return NAMES[operation].has(nameOf(algorithm).toUpperCase());
}

function nameOf(algorithm) {
  if (!isObject(algorithm)) return toDOMString(algorithm);
  const { name } = algorithm;
  if (name === undefined) throw new TypeError("The algorithm has no name.");
  return toDOMString(name);
}

/**
 * Normalizes an algorithm for an operation.
 * @param {string} operation
 * @param {unknown} algorithm a name, or an object with the members its operation needs
 * @returns {object} its dictionary, with its canonical name
 */
export function normalizeAlgorithm(operation, algorithm) {
  const given = nameOf(algorithm);
  const name = NAMES[operation].get(given.toUpperCase());
  if (name === undefined) {
    throw cryptoError("NotSupportedError", `Unrecognized or unimplemented algorithm "${given}" for ${operation}.`);
  }
  const normalized = { name };
  const source = isObject(algorithm) ? algorithm : NOTHING;
  const members = ALGORITHMS[operation][name];
  for (const member of Object.keys(members)) readMember(normalized, source, member, members[member]);
  return normalized;
}

function readMember(target, source, member, rule) {
  const value = source[member];
  if (value !== undefined) target[member] = (rule.convert ?? rule)(value, `${target.name}: the member "${member}"`);
  else if (!rule.isOptional) throw new TypeError(`${target.name}: the required member "${member}" is missing.`);
}
