/** node:crypto: https://developers.cloudflare.com/workers/runtime-apis/nodejs/crypto/ */

import { crypto as webcrypto } from "./crypto.js";
import { Buffer } from "./node_buffer.js";
import { findDigest, Hash, hashNames, Hmac, hmacOf, inputBytes, keyBytes, unknownDigest } from "./node_crypto_hash.js";
import { createSecretKey, KeyObject } from "./node_crypto_keys.js";
import { randomBytes, randomFill, randomFillSync, randomInt, randomUUID, timingSafeEqual } from "./node_crypto_random.js";
import { createNodeError, missingFunctions, validateFunction, validateInteger, validateString } from "./node_errors.js";
import { nextTick } from "./node_next_tick.js";
import { getRandomValues as fillRandom } from "./random.js";

const LARGEST_INT32 = 2 ** 31 - 1;
const HKDF_BLOCKS_MAX = 255;

export {
  createSecretKey,
  Hash,
  Hmac,
  KeyObject,
  randomBytes,
  randomBytes as pseudoRandomBytes,
  randomFill,
  randomFillSync,
  randomInt,
  randomUUID,
  timingSafeEqual,
  webcrypto,
};
export const { subtle } = webcrypto;
export const constants = { __proto__: null, defaultCoreCipherList: "", defaultCipherList: "" };
export const fips = false;

export function getRandomValues(array) {
  return fillRandom(array);
}

export function createHash(algorithm, options = undefined) {
  return new Hash(algorithm, options);
}

export function createHmac(algorithm, key, options = undefined) {
  return new Hmac(algorithm, key, options);
}

/** A digest in one step. */
export function hash(algorithm, data, outputEncoding = "hex") {
  validateString(algorithm, "algorithm");
  return createHash(algorithm).update(data).digest(outputEncoding);
}

export function getHashes() {
  return [...hashNames];
}

/** No ciphers, curves or modes are offered by the host. */
export function getCiphers() {
  return [];
}

export function getCurves() {
  return [];
}

export function getFips() {
  return 0;
}

function requireDigest(name) {
  validateString(name, "digest");
  const digest = findDigest(name);
  if (digest === undefined) throw unknownDigest(name);
  return digest;
}

/** Makes the form with a callback of one that answers at once. */
function later(name, compute) {
  return {
    [name](...values) {
      const callback = values.pop();
      validateFunction(callback, "callback");
      const result = compute(...values);
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
  const digest = requireDigest(digestName);
  const blocks = [];
  for (let length = 0, index = 1; length < keyLength; index++) {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(index);
    const block = pbkdf2Block(digest, secret, Buffer.concat([saltBytes, counter]), iterations);
    blocks.push(block);
    length += block.length;
  }
  return Buffer.concat(blocks, keyLength);
}

function pbkdf2Block(digest, secret, first, iterations) {
  let step = hmacOf(digest, secret, first);
  const block = step.slice();
  for (let iteration = 1; iteration < iterations; iteration++) {
    step = hmacOf(digest, secret, step);
    for (let index = 0; index < block.length; index++) block[index] ^= step[index];
  }
  return block;
}

export const pbkdf2 = later("pbkdf2", pbkdf2Sync);

/** HKDF (RFC 5869). */
export function hkdfSync(digestName, key, salt, info, keyLength) {
  const digest = requireDigest(digestName);
  const secret = keyBytes(key, undefined, "ikm");
  const saltBytes = inputBytes(salt, undefined, "salt");
  const infoBytes = inputBytes(info, undefined, "info");
  validateInteger(keyLength, "length", 0, LARGEST_INT32);
  const extracted = hmacOf(digest, saltBytes, secret);
  if (keyLength > extracted.length * HKDF_BLOCKS_MAX) {
    throw createNodeError(RangeError, "ERR_CRYPTO_INVALID_KEYLEN", "Invalid key length");
  }
  const blocks = [];
  let previous = Buffer.alloc(0);
  for (let index = 1; blocks.length * extracted.length < keyLength; index++) {
    previous = hmacOf(digest, extracted, Buffer.concat([previous, infoBytes, Buffer.of(index)]));
    blocks.push(previous);
  }
  return Buffer.concat(blocks, keyLength).buffer;
}

export const hkdf = later("hkdf", hkdfSync);

const missing = missingFunctions("node:crypto", [
  "Certificate",
  "Cipher",
  "Cipheriv",
  "Decipher",
  "Decipheriv",
  "DiffieHellman",
  "DiffieHellmanGroup",
  "ECDH",
  "Sign",
  "Verify",
  "X509Certificate",
  "checkPrime",
  "checkPrimeSync",
  "createCipheriv",
  "createDecipheriv",
  "createDiffieHellman",
  "createDiffieHellmanGroup",
  "createECDH",
  "createPrivateKey",
  "createPublicKey",
  "createSign",
  "createVerify",
  "diffieHellman",
  "generateKey",
  "generateKeyPair",
  "generateKeyPairSync",
  "generateKeySync",
  "generatePrime",
  "generatePrimeSync",
  "getCipherInfo",
  "getDiffieHellman",
  "privateDecrypt",
  "privateEncrypt",
  "publicDecrypt",
  "publicEncrypt",
  "scrypt",
  "scryptSync",
  "secureHeapUsed",
  "setEngine",
  "setFips",
  "sign",
  "verify",
]);
export const {
  Certificate,
  Cipher,
  Cipheriv,
  Decipher,
  Decipheriv,
  DiffieHellman,
  DiffieHellmanGroup,
  ECDH,
  Sign,
  Verify,
  X509Certificate,
  checkPrime,
  checkPrimeSync,
  createCipheriv,
  createDecipheriv,
  createDiffieHellman,
  createDiffieHellmanGroup,
  createECDH,
  createPrivateKey,
  createPublicKey,
  createSign,
  createVerify,
  diffieHellman,
  generateKey,
  generateKeyPair,
  generateKeyPairSync,
  generateKeySync,
  generatePrime,
  generatePrimeSync,
  getCipherInfo,
  getDiffieHellman,
  privateDecrypt,
  privateEncrypt,
  publicDecrypt,
  publicEncrypt,
  scrypt,
  scryptSync,
  secureHeapUsed,
  setEngine,
  setFips,
  sign,
  verify,
} = missing;

export default {
  ...missing,
  Hash,
  Hmac,
  KeyObject,
  constants,
  createHash,
  createHmac,
  createSecretKey,
  fips,
  getCiphers,
  getCurves,
  getFips,
  getHashes,
  getRandomValues,
  hash,
  hkdf,
  hkdfSync,
  pbkdf2,
  pbkdf2Sync,
  pseudoRandomBytes: randomBytes,
  randomBytes,
  randomFill,
  randomFillSync,
  randomInt,
  randomUUID,
  subtle,
  timingSafeEqual,
  webcrypto,
};
