/** New keys of node:crypto. */

import { operate } from "./node_crypto_host.js";
import { Buffer } from "./node_buffer.js";
import { createKeyObject } from "./node_crypto_key_object.js";
import { requireCurve } from "./node_crypto_curves.js";
import { createNodeError, invalidArgumentValue, notProvided, validateFunction, validateInteger, validateObject, validateString } from "./node_errors.js";
import { nextTick } from "./node_next_tick.js";
import { requireHandler } from "./global_scope.js";
import { randomBytes } from "./node_crypto_random.js";

const USUAL_EXPONENT = 65_537;
const MODULUS_BITS_MAX = 4096;
const SECRET_BITS_MAX = 2 ** 31 - 1;

/** Big-endian bytes of a number, without leading zeros. */
function exponentBytes(number) {
  const hex = number.toString(16);
  return new Uint8Array(Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex"));
}

const GENERATORS = {
  rsa({ modulusLength, publicExponent = USUAL_EXPONENT }) {
    validateInteger(modulusLength, "options.modulusLength", 256, MODULUS_BITS_MAX);
    validateInteger(publicExponent, "options.publicExponent", 3);
    return ["RSA", undefined, operate("rsa-generate", { modulusLength }, [exponentBytes(publicExponent)])];
  },

  ec({ namedCurve }) {
    validateString(namedCurve, "options.namedCurve");
    const curve = requireCurve(namedCurve);
    return ["EC", curve, operate("ec-generate", { curve }, [])];
  },

  ed25519: () => ["Ed25519", undefined, operate("okp-generate", { kind: "Ed25519" }, [])],
  x25519: () => ["X25519", undefined, operate("okp-generate", { kind: "X25519" }, [])],
};
const NOT_OFFERED = ["rsa-pss", "dsa", "dh", "ed448", "x448"];

export function generateKeyPairSync(type, options = {}) {
  validateString(type, "type");
  if (NOT_OFFERED.includes(type)) throw notProvided("node:crypto", `generateKeyPair of type ${type}`);
  if (!Object.hasOwn(GENERATORS, type)) throw invalidArgumentValue("type", type, "must be a supported key type");
  validateObject(options, "options");
  requireHandler();
  const [kind, curve, { outputs }] = GENERATORS[type](options);
  const half = (name, material, encoding) => {
    const key = createKeyObject({ type: name, kind, curve, material });
    return encoding === undefined ? key : key.export(encoding);
  };
  const { publicKeyEncoding, privateKeyEncoding } = options;
  return { publicKey: half("public", outputs[1], publicKeyEncoding), privateKey: half("private", outputs[0], privateKeyEncoding) };
}

export function generateKeyPair(type, options, callback) {
  if (typeof options === "function") [callback, options] = [options, undefined];
  validateFunction(callback, "callback");
  const { publicKey, privateKey } = generateKeyPairSync(type, options);
  nextTick(callback, null, publicKey, privateKey);
}

export function generateKeySync(type, options) {
  validateString(type, "type");
  validateObject(options, "options");
  const { length } = options;
  if (type === "hmac") validateInteger(length, "options.length", 8, SECRET_BITS_MAX);
  else if (type !== "aes") throw invalidArgumentValue("type", type, "must be a supported key type");
  else if (![128, 192, 256].includes(length)) {
    throw createNodeError(TypeError, "ERR_INVALID_ARG_VALUE", `The property 'options.length' must be one of: 128, 192, 256. Received ${length}`);
  }
  return createKeyObject({ type: "secret", material: new Uint8Array(randomBytes(length >> 3)) });
}

export function generateKey(type, options, callback) {
  validateFunction(callback, "callback");
  nextTick(callback, null, generateKeySync(type, options));
}

/** `util.promisify(generateKeyPair)` resolves with both halves. */
Object.defineProperty(generateKeyPair, Symbol.for("nodejs.util.promisify.custom"), {
  value: async (type, options) => generateKeyPairSync(type, options),
});
