/** Keys derived from secrets: PBKDF2, HKDF, scrypt. */

import { compute } from "./node_crypto_host.js";
import { Buffer } from "./node_buffer.js";
import { findDigest, inputBytes, keyBytes, unknownDigest } from "./node_crypto_hash.js";
import { createNodeError, validateFunction, validateInteger, validateString } from "./node_errors.js";
import { nextTick } from "./node_next_tick.js";

const LARGEST_INT32 = 2 ** 31 - 1;
/** Iterations that production allows: https://developers.cloudflare.com/workers/runtime-apis/web-crypto/ */
const PBKDF2_ITERATIONS_MAX = 100_000;
const SCRYPT_MEMORY_BYTES = 32 * 1024 * 1024;

function requireDigest(name) {
  validateString(name, "digest");
  const digest = findDigest(name);
  if (digest === undefined) throw unknownDigest(name);
  return digest;
}

/** Makes the form with a callback of one that answers at once. */
function later(name, derive) {
  return {
    [name](...values) {
      const callback = values.pop();
      validateFunction(callback, "callback");
      const result = derive(...values);
      nextTick(callback, null, result);
    },
  }[name];
}

/** PBKDF2 (RFC 8018) with HMAC. */
export function pbkdf2Sync(password, salt, iterations, keyLength, digestName) {
  const secret = keyBytes(password, undefined, "password");
  const saltBytes = inputBytes(salt, undefined, "salt");
  validateInteger(iterations, "iterations", 1, LARGEST_INT32);
  validateInteger(keyLength, "keylen", 0, LARGEST_INT32);
  const { name } = requireDigest(digestName);
  if (iterations > PBKDF2_ITERATIONS_MAX) {
    throw new Error(`Pbkdf2 failed: iteration counts above ${PBKDF2_ITERATIONS_MAX} are not supported (requested ${iterations}).`);
  }
  return Buffer.from(compute("pbkdf2", { hash: name, iterations, lengthBytes: keyLength }, [secret, saltBytes]));
}

export const pbkdf2 = later("pbkdf2", pbkdf2Sync);

/** HKDF (RFC 5869). */
export function hkdfSync(digestName, key, salt, info, keyLength) {
  const { name } = requireDigest(digestName);
  const secret = keyBytes(key, undefined, "ikm");
  const inputs = [secret, inputBytes(salt, undefined, "salt"), inputBytes(info, undefined, "info")];
  validateInteger(keyLength, "length", 0, LARGEST_INT32);
  try {
    return compute("hkdf", { hash: name, lengthBytes: keyLength }, inputs).slice().buffer;
  } catch {
    throw createNodeError(RangeError, "ERR_CRYPTO_INVALID_KEYLEN", "Invalid key length");
  }
}

export const hkdf = later("hkdf", hkdfSync);

/** scrypt (RFC 7914). */
export function scryptSync(password, salt, keyLength, options = {}) {
  const secret = keyBytes(password, undefined, "password");
  const saltBytes = inputBytes(salt, undefined, "salt");
  validateInteger(keyLength, "keylen", 0, LARGEST_INT32);
  const cost = options?.N ?? options?.cost ?? 16_384;
  const blockSize = options?.r ?? options?.blockSize ?? 8;
  const parallelization = options?.p ?? options?.parallelization ?? 1;
  const memory = options?.maxmem ?? SCRYPT_MEMORY_BYTES;
  validateInteger(cost, "N", 0);
  validateInteger(blockSize, "r", 1, LARGEST_INT32);
  validateInteger(parallelization, "p", 1, LARGEST_INT32);
  if (128 * cost * blockSize > memory) throw invalidScrypt("memory limit exceeded");
  try {
    return Buffer.from(compute("scrypt", { cost, blockSize, parallelization, lengthBytes: keyLength }, [secret, saltBytes]));
  } catch (error) {
    throw invalidScrypt(error.message);
  }
}

function invalidScrypt(reason) {
  return createNodeError(RangeError, "ERR_CRYPTO_INVALID_SCRYPT_PARAMS", `Invalid scrypt params: ${reason}`);
}

/** The options may be left out. */
export function scrypt(password, salt, keyLength, options, callback) {
  if (typeof options === "function") [callback, options] = [options, undefined];
  validateFunction(callback, "callback");
  const result = scryptSync(password, salt, keyLength, options);
  nextTick(callback, null, result);
}
