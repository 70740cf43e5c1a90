/** SubtleCrypto: https://w3c.github.io/webcrypto/#subtlecrypto-interface */

import { hasEqualBytes } from "./crypto_compare.js";
import { compute, cryptoError } from "./crypto_host.js";
import { toJsonWebKey } from "./crypto_jwk.js";
import { createKey, keyState, USAGES } from "./crypto_key.js";
import * as pairs from "./crypto_pair_keys.js";
import { hasAlgorithm, normalizeAlgorithm } from "./crypto_parameters.js";
import * as secrets from "./crypto_secret_keys.js";
import { requireHandler } from "./global_scope.js";
import { parseJson, stringifyJson } from "./primordials.js";
import { decodeUtf8, encodeUtf8 } from "./utf8.js";
import {
  copyBytesOf,
  defineInterface,
  exactBuffer,
  isBufferSource,
  requireArguments,
  toDOMString,
  toEnforcedInteger,
} from "./webidl.js";

const FORMATS = ["raw", "spki", "pkcs8", "jwk"];
const LONG_MAX = 4_294_967_295;

/** Name -> what it can do. */
const IMPLEMENTATIONS = {
  "AES-CBC": secrets.AES_CBC,
  "AES-CTR": secrets.AES_CTR,
  "AES-GCM": secrets.AES_GCM,
  "AES-KW": secrets.AES_KW,
  ECDH: pairs.ECDH,
  ECDSA: pairs.ECDSA,
  Ed25519: pairs.ED25519,
  HKDF: secrets.HKDF,
  HMAC: secrets.HMAC,
  "NODE-ED25519": pairs.NODE_ED25519,
  PBKDF2: secrets.PBKDF2,
  "RSA-OAEP": pairs.RSA_OAEP,
  "RSA-PSS": pairs.RSA_PSS,
  "RSASSA-PKCS1-v1_5": pairs.RSASSA_PKCS1,
  X25519: pairs.X25519,
};

const CREATE = Symbol("create");

/** Cryptographic operations. Whatever goes wrong is a rejection. */
export class SubtleCrypto {
  #brand;

  constructor(token = undefined) {
    if (token !== CREATE) throw new TypeError("Illegal constructor");
    this.#brand = true;
  }

  async encrypt(algorithm, key, data) {
    void this.#brand;
    requireArguments(arguments.length, 3, "SubtleCrypto.encrypt");
    return transform("encrypt", algorithm, key, data);
  }

  async decrypt(algorithm, key, data) {
    void this.#brand;
    requireArguments(arguments.length, 3, "SubtleCrypto.decrypt");
    return transform("decrypt", algorithm, key, data);
  }

  async sign(algorithm, key, data) {
    void this.#brand;
    requireArguments(arguments.length, 3, "SubtleCrypto.sign");
    return transform("sign", algorithm, key, data);
  }

  async verify(algorithm, key, signature, data) {
    void this.#brand;
    requireArguments(arguments.length, 4, "SubtleCrypto.verify");
    const state = keyState(key, "SubtleCrypto.verify: the key");
    const [given, bytes] = [inputBytes(signature, "signature"), inputBytes(data, "data")];
    const normalized = normalizeAlgorithm("verify", algorithm);
    return implementationFor(normalized, state, "verify").verify(normalized, state, given, bytes);
  }

  async digest(algorithm, data) {
    void this.#brand;
    requireArguments(arguments.length, 2, "SubtleCrypto.digest");
    const bytes = inputBytes(data, "data");
    const { name } = normalizeAlgorithm("digest", algorithm);
    return exactBuffer(compute("digest", { hash: name }, [bytes]));
  }

  async generateKey(algorithm, extractable, keyUsages) {
    void this.#brand;
    requireArguments(arguments.length, 3, "SubtleCrypto.generateKey");
    const usages = toUsages(keyUsages);
    const normalized = normalizeAlgorithm("generateKey", algorithm);
    const implementation = IMPLEMENTATIONS[normalized.name];
    requireUsages(usages, Object.values(implementation.usages).flat(), normalized.name);
    requireHandler();
    const made = implementation.generate(normalized, Boolean(extractable), usages);
    requireSomeUsage(made.privateKey ?? made);
    if (made.privateKey === undefined) return createKey(made);
    return { publicKey: createKey(made.publicKey), privateKey: createKey(made.privateKey) };
  }

  async deriveKey(algorithm, baseKey, derivedKeyType, extractable, keyUsages) {
    void this.#brand;
    requireArguments(arguments.length, 5, "SubtleCrypto.deriveKey");
    const usages = toUsages(keyUsages);
    const state = keyState(baseKey, "SubtleCrypto.deriveKey: the base key");
    const normalized = normalizeAlgorithm("deriveBits", algorithm);
    const imported = normalizeAlgorithm("importKey", derivedKeyType);
    const lengthAlgorithm = normalizeAlgorithm("get key length", derivedKeyType);
    const implementation = implementationFor(normalized, state, "deriveKey");
    const length = IMPLEMENTATIONS[lengthAlgorithm.name].keyLength(lengthAlgorithm);
    const secret = implementation.deriveBits(normalized, state, length);
    return importState("raw", secret, imported, Boolean(extractable), usages);
  }

  async deriveBits(algorithm, baseKey, length = null) {
    void this.#brand;
    requireArguments(arguments.length, 2, "SubtleCrypto.deriveBits");
    const state = keyState(baseKey, "SubtleCrypto.deriveBits: the base key");
    const bits = length === null ? null : toEnforcedInteger(length, "SubtleCrypto.deriveBits: the length", 0, LONG_MAX);
    const normalized = normalizeAlgorithm("deriveBits", algorithm);
    return exactBuffer(implementationFor(normalized, state, "deriveBits").deriveBits(normalized, state, bits));
  }

  async importKey(format, keyData, algorithm, extractable, keyUsages) {
    void this.#brand;
    requireArguments(arguments.length, 5, "SubtleCrypto.importKey");
    const kind = toFormat(format);
    const usages = toUsages(keyUsages);
    const data = toKeyData(kind, keyData);
    return importState(kind, data, normalizeAlgorithm("importKey", algorithm), Boolean(extractable), usages);
  }

  async exportKey(format, key) {
    void this.#brand;
    requireArguments(arguments.length, 2, "SubtleCrypto.exportKey");
    const kind = toFormat(format);
    const exported = exportState(kind, keyState(key, "SubtleCrypto.exportKey: the key"));
    return kind === "jwk" ? exported : exactBuffer(exported);
  }

  async wrapKey(format, key, wrappingKey, wrapAlgorithm) {
    void this.#brand;
    requireArguments(arguments.length, 4, "SubtleCrypto.wrapKey");
    const kind = toFormat(format);
    const state = keyState(key, "SubtleCrypto.wrapKey: the key");
    const wrapping = keyState(wrappingKey, "SubtleCrypto.wrapKey: the wrapping key");
    const { operation, normalized } = wrapOperation("wrapKey", "encrypt", wrapAlgorithm);
    const implementation = implementationFor(normalized, wrapping, "wrapKey");
    const exported = exportState(kind, state);
    const bytes = kind === "jwk" ? encodeUtf8(stringifyJson(exported)) : exported;
    return exactBuffer(implementation[operation](normalized, wrapping, bytes));
  }

  async unwrapKey(format, wrappedKey, unwrappingKey, unwrapAlgorithm, unwrappedKeyAlgorithm, extractable, keyUsages) {
    void this.#brand;
    requireArguments(arguments.length, 7, "SubtleCrypto.unwrapKey");
    const kind = toFormat(format);
    const wrapped = inputBytes(wrappedKey, "wrapped key");
    const unwrapping = keyState(unwrappingKey, "SubtleCrypto.unwrapKey: the unwrapping key");
    const usages = toUsages(keyUsages);
    const { operation, normalized } = wrapOperation("unwrapKey", "decrypt", unwrapAlgorithm);
    const imported = normalizeAlgorithm("importKey", unwrappedKeyAlgorithm);
    const bytes = implementationFor(normalized, unwrapping, "unwrapKey")[operation](normalized, unwrapping, wrapped);
    const data = kind === "jwk" ? parseJwk(bytes) : bytes;
    return importState(kind, data, imported, Boolean(extractable), usages);
  }

  /** https://developers.cloudflare.com/workers/runtime-apis/web-crypto/#timingsafeequal */
  timingSafeEqual(left, right) {
    void this.#brand;
    requireArguments(arguments.length, 2, "SubtleCrypto.timingSafeEqual");
    const [a, b] = [inputBytes(left, "first argument"), inputBytes(right, "second argument")];
    if (a.byteLength !== b.byteLength) throw new TypeError("Input buffers must have the same byte length.");
    return hasEqualBytes(a, b);
  }

  static {
    defineInterface(SubtleCrypto);
  }
}

/** The one instance. */
export const subtle = new SubtleCrypto(CREATE);

function transform(operation, algorithm, key, data) {
  const state = keyState(key, `SubtleCrypto.${operation}: the key`);
  const bytes = inputBytes(data, "data");
  const normalized = normalizeAlgorithm(operation, algorithm);
  return exactBuffer(implementationFor(normalized, state, operation)[operation](normalized, state, bytes));
}

/** What carries out an operation, if the key allows it. */
function implementationFor({ name }, { algorithm, usages }, usage) {
  if (algorithm.name !== name) {
    throw cryptoError("InvalidAccessError", `The key is for ${algorithm.name}, the operation for ${name}.`);
  }
  if (!usages.includes(usage)) {
    throw cryptoError("InvalidAccessError", `The key's usages do not permit "${usage}".`);
  }
  return IMPLEMENTATIONS[name];
}

/** Wrapping is an operation of its own for AES-KW only; for the others it is encryption. */
function wrapOperation(own, cipher, algorithm) {
  if (!hasAlgorithm(own, algorithm)) return { operation: cipher, normalized: normalizeAlgorithm(cipher, algorithm) };
  return { operation: own === "wrapKey" ? "wrap" : "unwrap", normalized: normalizeAlgorithm(own, algorithm) };
}

function importState(format, data, normalized, extractable, usages) {
  const implementation = IMPLEMENTATIONS[normalized.name];
  requireUsages(usages, Object.values(implementation.usages).flat(), normalized.name);
  const state = implementation.import(format, data, normalized, extractable, usages);
  requireUsages(usages, implementation.usages[state.type], `a ${state.type} key of ${normalized.name}`);
  requireSomeUsage(state);
  return createKey(state);
}

function exportState(format, state) {
  const implementation = IMPLEMENTATIONS[state.algorithm.name];
  if (implementation.export === undefined) {
    throw cryptoError("NotSupportedError", `Keys of ${state.algorithm.name} cannot be exported.`);
  }
  if (!state.extractable) throw cryptoError("InvalidAccessError", "The key is not extractable.");
  return implementation.export(format, state);
}

function requireUsages(usages, allowed, name) {
  const wrong = usages.find((usage) => !allowed.includes(usage));
  if (wrong !== undefined) throw cryptoError("SyntaxError", `The usage "${wrong}" is none of ${name}.`);
}

/** A public key may be there to be given away; others must be good for something. */
function requireSomeUsage({ type, usages }) {
  if (type !== "public" && usages.length === 0) throw cryptoError("SyntaxError", `A ${type} key needs a usage.`);
}

function parseJwk(bytes) {
  let parsed;
  try {
    parsed = parseJson(decodeUtf8(bytes));
  } catch {
    throw cryptoError("DataError", "The unwrapped key is no JSON Web Key.");
  }
  return toJsonWebKey(parsed);
}

function toFormat(format) {
  const text = toDOMString(format);
  if (!FORMATS.includes(text)) throw new TypeError(`"${text}" is no format of keys: use ${FORMATS.join(", ")}.`);
  return text;
}

function toUsages(value) {
  if (value === null || typeof value !== "object") throw new TypeError("The key usages are no sequence.");
  const usages = Array.from(value, (usage) => toDOMString(usage));
  const unknown = usages.find((usage) => !USAGES.includes(usage));
  if (unknown !== undefined) throw new TypeError(`"${unknown}" is no key usage.`);
  return USAGES.filter((usage) => usages.includes(usage));
}

function toKeyData(format, value) {
  if (format !== "jwk") return inputBytes(value, `key data of format "${format}"`);
  if (isBufferSource(value)) throw new TypeError("The key data of format \"jwk\" is an object, not bytes.");
  return toJsonWebKey(value);
}

function inputBytes(value, name) {
  if (!isBufferSource(value)) throw new TypeError(`The ${name} is neither an ArrayBuffer nor a view on one.`);
  return copyBytesOf(value);
}
