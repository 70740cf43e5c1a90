/** JSON Web Keys (RFC 7517, 7518, 8037) as the Web Cryptography API reads and writes them. */

import { cryptoError } from "./crypto_host.js";
import { btoa } from "./encoding.js";
import { latin1Text } from "./node_buffer_encodings.js";
import { isObject } from "./webidl.js";

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const VALUES = new Map(Array.from(DIGITS, (digit, value) => [digit, value]));

/** Bytes as base64url without padding. */
export function toBase64Url(bytes) {
  return btoa(latin1Text(bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * The bytes of a member in base64url.
 * @param {object} jwk
 * @param {string} member
 * @returns {Uint8Array}
 */
export function bytesOfMember(jwk, member) {
  const text = jwk[member];
  if (typeof text !== "string") throw invalid(`has no member "${member}"`);
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let count = 0;
  let written = 0;
  for (let index = 0; index < text.length; index++) {
    const value = VALUES.get(text[index]);
    if (value === undefined) throw invalid(`has a member "${member}" that is not base64url`);
    bits = ((bits << 6) | value) & 0xffff;
    count += 6;
    if (count >= 8) bytes[written++] = (bits >>> (count -= 8)) & 0xff;
  }
  if (text.length % 4 === 1) throw invalid(`has a member "${member}" that is not base64url`);
  return bytes;
}

/** The DataError about a JSON Web Key. */
export function invalid(problem) {
  return cryptoError("DataError", `The JSON Web Key ${problem}.`);
}

const TEXTS = ["kty", "use", "alg", "crv", "x", "y", "d", "n", "e", "p", "q", "dp", "dq", "qi", "k"];

/** Converts to the dictionary JsonWebKey. */
export function toJsonWebKey(value) {
  if (!isObject(value)) throw new TypeError("The key data is not a JSON Web Key.");
  const jwk = {};
  for (const member of TEXTS) if (value[member] !== undefined) jwk[member] = `${value[member]}`;
  if (value.key_ops !== undefined) jwk.key_ops = Array.from(value.key_ops, (operation) => `${operation}`);
  if (value.ext !== undefined) jwk.ext = Boolean(value.ext);
  if (value.oth !== undefined) jwk.oth = value.oth;
  return jwk;
}

/**
 * The checks that are the same for every algorithm.
 * @param {object} jwk
 * @param {{kty: string, use: string, alg?: string|string[], usages: string[], extractable: boolean}} expected
 */
export function checkJwk(jwk, { kty, use, alg, usages, extractable }) {
  if (jwk.kty !== kty) throw invalid(`is of type "${jwk.kty}", not "${kty}"`);
  if (usages.length > 0 && jwk.use !== undefined && jwk.use !== use) throw invalid(`is not for use "${use}"`);
  if (jwk.key_ops !== undefined) checkOperations(jwk.key_ops, usages);
  if (jwk.ext === false && extractable) throw invalid("is not extractable");
  if (alg !== undefined && jwk.alg !== undefined && ![alg].flat().includes(jwk.alg)) {
    throw invalid(`is for the algorithm "${jwk.alg}", not "${alg}"`);
  }
}

function checkOperations(operations, usages) {
  if (new Set(operations).size !== operations.length) throw invalid("lists an operation twice");
  const missing = usages.find((usage) => !operations.includes(usage));
  if (missing !== undefined) throw invalid(`does not list the operation "${missing}"`);
}
