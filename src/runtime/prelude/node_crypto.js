/** node:crypto: https://developers.cloudflare.com/workers/runtime-apis/nodejs/crypto/ */

import { crypto as webcrypto } from "./crypto.js";
import { createECDH, diffieHellman, ECDH } from "./node_crypto_agree.js";
import { cipherNames, Cipheriv, createCipheriv, createDecipheriv, Decipheriv, getCipherInfo } from "./node_crypto_cipher.js";
import { constants } from "./node_crypto_constants.js";
import { curveNames } from "./node_crypto_curves.js";
import { hkdf, hkdfSync, pbkdf2, pbkdf2Sync, scrypt, scryptSync } from "./node_crypto_derive.js";
import { generateKey, generateKeyPair, generateKeyPairSync, generateKeySync } from "./node_crypto_generate.js";
import { Hash, hashNames, Hmac } from "./node_crypto_hash.js";
import { createPrivateKey, createPublicKey, createSecretKey } from "./node_crypto_key_input.js";
import { KeyObject } from "./node_crypto_key_object.js";
import { randomBytes, randomFill, randomFillSync, randomInt, randomUUID, timingSafeEqual } from "./node_crypto_random.js";
import { privateDecrypt, privateEncrypt, publicEncrypt } from "./node_crypto_rsa.js";
import { createSign, createVerify, Sign, sign, Verify, verify } from "./node_crypto_sign.js";
import { missingFunctions, validateString } from "./node_errors.js";
import { getRandomValues as fillRandom } from "./random.js";

export const { subtle } = webcrypto;
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

export function getCiphers() {
  return [...cipherNames];
}

export function getCurves() {
  return [...curveNames];
}

export function getFips() {
  return 0;
}

const missing = missingFunctions("node:crypto", [
  "Certificate",
  "DiffieHellman",
  "DiffieHellmanGroup",
  "X509Certificate",
  "checkPrime",
  "checkPrimeSync",
  "createDiffieHellman",
  "createDiffieHellmanGroup",
  "generatePrime",
  "generatePrimeSync",
  "getDiffieHellman",
  "publicDecrypt",
  "secureHeapUsed",
  "setEngine",
  "setFips",
]);
export const {
  Certificate,
  DiffieHellman,
  DiffieHellmanGroup,
  X509Certificate,
  checkPrime,
  checkPrimeSync,
  createDiffieHellman,
  createDiffieHellmanGroup,
  generatePrime,
  generatePrimeSync,
  getDiffieHellman,
  publicDecrypt,
  secureHeapUsed,
  setEngine,
  setFips,
} = missing;

export {
  Cipheriv,
  constants,
  createCipheriv,
  createDecipheriv,
  createECDH,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  createSign,
  createVerify,
  Decipheriv,
  diffieHellman,
  ECDH,
  generateKey,
  generateKeyPair,
  generateKeyPairSync,
  generateKeySync,
  getCipherInfo,
  Hash,
  hkdf,
  hkdfSync,
  Hmac,
  KeyObject,
  pbkdf2,
  pbkdf2Sync,
  privateDecrypt,
  privateEncrypt,
  publicEncrypt,
  randomBytes,
  randomBytes as pseudoRandomBytes,
  randomFill,
  randomFillSync,
  randomInt,
  randomUUID,
  scrypt,
  scryptSync,
  Sign,
  sign,
  timingSafeEqual,
  Verify,
  verify,
  webcrypto,
};

export default {
  ...missing,
  Cipheriv,
  constants,
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  createSign,
  createVerify,
  Decipheriv,
  diffieHellman,
  ECDH,
  fips,
  generateKey,
  generateKeyPair,
  generateKeyPairSync,
  generateKeySync,
  getCipherInfo,
  getCiphers,
  getCurves,
  getFips,
  getHashes,
  getRandomValues,
  Hash,
  hash,
  hkdf,
  hkdfSync,
  Hmac,
  KeyObject,
  pbkdf2,
  pbkdf2Sync,
  privateDecrypt,
  privateEncrypt,
  pseudoRandomBytes: randomBytes,
  publicEncrypt,
  randomBytes,
  randomFill,
  randomFillSync,
  randomInt,
  randomUUID,
  scrypt,
  scryptSync,
  Sign,
  sign,
  subtle,
  timingSafeEqual,
  Verify,
  verify,
  webcrypto,
};
