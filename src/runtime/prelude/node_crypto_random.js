/** Randomness and comparisons of node:crypto. */

import { Buffer } from "./node_buffer.js";
import { createNodeError, invalidArgumentType, outOfRange, validateBoolean, validateFunction, validateNumber, validateObject } from "./node_errors.js";
import { nextTick } from "./node_next_tick.js";
import { getRandomValues, randomUUID as uuid } from "./random.js";
import { bytesOf, isBufferSource } from "./webidl.js";

const LARGEST_BYTES = 2 ** 31 - 1;
const LARGEST_REQUEST_BYTES = 65_536;
const RANGE_MAX = 2 ** 48 - 1;
const INTEGER_BYTES = 6;

function fill(bytes) {
  for (let at = 0; at < bytes.length; at += LARGEST_REQUEST_BYTES) {
    getRandomValues(bytes.subarray(at, at + LARGEST_REQUEST_BYTES));
  }
  return bytes;
}

/** Secure random bytes; with a callback, later. */
export function randomBytes(size, callback = undefined) {
  validateNumber(size, "size", 0, LARGEST_BYTES);
  if (callback !== undefined) validateFunction(callback, "callback");
  const bytes = fill(Buffer.alloc(Math.trunc(size)));
  if (callback === undefined) return bytes;
  nextTick(callback, null, bytes);
  return undefined;
}

function section(buffer, offset = 0, size = undefined) {
  if (!isBufferSource(buffer)) throw invalidArgumentType("buf", ["ArrayBuffer", "ArrayBufferView"], buffer);
  const elementBytes = buffer.BYTES_PER_ELEMENT ?? 1;
  const start = offset * elementBytes;
  const bytes = bytesOf(buffer);
  validateNumber(offset, "offset", 0, bytes.length / elementBytes);
  const length = size === undefined ? bytes.length - start : size * elementBytes;
  if (start + length > bytes.length) throw outOfRange("size + offset", `<= ${bytes.length}`, start + length);
  return bytes.subarray(start, start + length);
}

export function randomFillSync(buffer, offset = 0, size = undefined) {
  fill(section(buffer, offset, size));
  return buffer;
}

export function randomFill(buffer, ...values) {
  const callback = values.pop();
  validateFunction(callback, "callback");
  randomFillSync(buffer, ...values);
  nextTick(callback, null, buffer);
}

/** A whole number from `minimum` (0 when left out) up to, not including, `maximum`. */
export function randomInt(minimum, maximum = undefined, callback = undefined) {
  if (maximum === undefined || typeof maximum === "function") [callback, maximum, minimum] = [maximum, minimum, 0];
  if (!Number.isSafeInteger(minimum)) throw invalidArgumentType("min", "a safe integer", minimum);
  if (!Number.isSafeInteger(maximum)) throw invalidArgumentType("max", "a safe integer", maximum);
  if (maximum <= minimum) throw outOfRange("max", `greater than the value of "min" (${minimum})`, maximum);
  const range = maximum - minimum;
  if (range > RANGE_MAX) throw outOfRange(minimum === 0 ? "max" : "max - min", `<= ${RANGE_MAX}`, range);
  const value = minimum + below(range);
  if (callback === undefined) return value;
  validateFunction(callback, "callback");
  nextTick(callback, undefined, value);
  return undefined;
}

/** Numbers of the last, incomplete stretch are thrown away, so that every result is equally likely. */
function below(range) {
  const limit = RANGE_MAX - (RANGE_MAX % range);
  for (;;) {
    const value = fill(Buffer.alloc(INTEGER_BYTES)).readUIntBE(0, INTEGER_BYTES);
    if (value < limit) return value % range;
  }
}

export function randomUUID(options = undefined) {
  if (options !== undefined) {
    validateObject(options, "options");
    if (options.disableEntropyCache !== undefined) validateBoolean(options.disableEntropyCache, "options.disableEntropyCache");
  }
  return uuid();
}

/** Compares without telling by its duration where the difference is. */
export function timingSafeEqual(a, b) {
  const [left, right] = [comparable(a, "buf1"), comparable(b, "buf2")];
  if (left.length !== right.length) {
    const message = "Input buffers must have the same byte length";
    throw createNodeError(RangeError, "ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH", message);
  }
  let difference = 0;
  for (let index = 0; index < left.length; index++) difference |= left[index] ^ right[index];
  return difference === 0;
}

function comparable(value, name) {
  if (!isBufferSource(value)) throw invalidArgumentType(name, ["ArrayBuffer", "Buffer", "TypedArray", "DataView"], value);
  return bytesOf(value);
}

