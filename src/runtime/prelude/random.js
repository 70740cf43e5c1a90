/**
 * Randomness. The engine's own generator was seeded before the snapshot, so every isolate would get the
 * same sequence from it; ours is seeded by the host when the isolate starts.
 */

import { requireHandler } from "./global_scope.js";
import * as host from "./host.js";
import { DOMException } from "./errors.js";

const POOL_BYTES = 4096;
/** https://w3c.github.io/webcrypto/#Crypto-method-getRandomValues */
const LARGEST_REQUEST_BYTES = 65_536;
const TWO_POWER_26 = 2 ** 26;
const TWO_POWER_53 = 2 ** 53;
const INTEGER_ARRAYS = new Set(
  [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, BigInt64Array,
    BigUint64Array].map(({ name }) => name),
);
const typedArrayName = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

let pool = new Uint8Array(0);
let position = 0;
const state = new Uint32Array(4);

/** Gives Math.random a sequence of this isolate's own. */
export function seedRandom() {
  const bytes = takeBytes(state.byteLength);
  state.set(new Uint32Array(bytes.slice().buffer));
  state[0] |= 1;
}

/** Secure random bytes, at most 64 KB. The result may be a view of the pool: copy what is kept. */
function takeBytes(length) {
  if (length > POOL_BYTES / 4) return host.randomBytes(length);
  if (position + length > pool.length) {
    pool = host.randomBytes(POOL_BYTES);
    position = 0;
  }
  position += length;
  return pool.subarray(position - length, position);
}

/** One step of xoshiro128**: https://prng.di.unimi.it/ */
function nextInteger() {
  const scrambled = Math.imul(rotateLeft(Math.imul(state[1], 5), 7), 9) >>> 0;
  const shifted = state[1] << 9;
  state[2] ^= state[0];
  state[3] ^= state[1];
  state[1] ^= state[2];
  state[0] ^= state[3];
  state[2] ^= shifted;
  state[3] = rotateLeft(state[3], 11);
  return scrambled;
}

function rotateLeft(value, bits) {
  return (value << bits) | (value >>> (32 - bits));
}

/** Math.random: 53 random bits. */
export function random() {
  return ((nextInteger() >>> 5) * TWO_POWER_26 + (nextInteger() >>> 6)) / TWO_POWER_53;
}

/** crypto.getRandomValues. */
export function getRandomValues(array) {
  requireHandler();
  if (!ArrayBuffer.isView(array) || !INTEGER_ARRAYS.has(typedArrayName.call(array))) {
    throw new DOMException("crypto.getRandomValues() takes a typed array of integers.", "TypeMismatchError");
  }
  const { buffer, byteOffset, byteLength } = array;
  if (byteLength > LARGEST_REQUEST_BYTES) {
    const limit = `${LARGEST_REQUEST_BYTES} bytes`;
    const message = `crypto.getRandomValues() takes at most ${limit}, but ${byteLength} bytes were requested.`;
    throw new DOMException(message, "QuotaExceededError");
  }
  if (byteLength > 0) new Uint8Array(buffer, byteOffset, byteLength).set(takeBytes(byteLength));
  return array;
}

/** crypto.randomUUID: a version 4 UUID. */
export function randomUUID() {
  requireHandler();
  const bytes = takeBytes(16);
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  let text = "";
  for (let index = 0; index < 16; index++) {
    if (index === 4 || index === 6 || index === 8 || index === 10) text += "-";
    text += HEX[bytes[index]];
  }
  return text;
}
