/** Buffer's methods that look for bytes, compare and rearrange them. */

import { findEncoding } from "./node_buffer_encodings.js";
import { createNodeError, invalidArgumentType, outOfRange, validateInteger } from "./node_errors.js";
import { bytesOf } from "./webidl.js";

/** Throws unless `value` is a Uint8Array. */
export function requireBytes(value, name) {
  if (!(value instanceof Uint8Array)) throw invalidArgumentType(name, ["Buffer", "Uint8Array"], value);
}

/** The order of two byte strings: -1, 0 or 1. */
export function compareBytes(a, b) {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index++) {
    if (a[index] !== b[index]) return a[index] < b[index] ? -1 : 1;
  }
  return Math.sign(a.length - b.length);
}

function bytesToFind(value, encoding) {
  if (typeof value === "string") {
    const codec = findEncoding(encoding);
    if (codec === undefined) throw unknownEncoding(encoding);
    return codec.toBytes(value);
  }
  if (value instanceof Uint8Array) return value;
  throw invalidArgumentType("value", ["number", "string", "Buffer", "Uint8Array"], value);
}

/** The error for an encoding's name that means nothing. */
export function unknownEncoding(name) {
  return createNodeError(TypeError, "ERR_UNKNOWN_ENCODING", `Unknown encoding: ${name}`);
}

/** Offsets count from the end when negative; NaN means the whole buffer. */
function startingPoint(length, offset, forward) {
  const start = Number(offset);
  if (Number.isNaN(start)) return forward ? 0 : length;
  const whole = Math.trunc(start);
  if (whole < 0) return whole + length;
  return Math.min(whole, length);
}

function matchesAt(bytes, sought, at) {
  for (let index = 0; index < sought.length; index++) if (bytes[at + index] !== sought[index]) return false;
  return true;
}

function searchForward(bytes, sought, start, step) {
  const last = bytes.length - sought.length;
  for (let at = start; at <= last; at += 1) {
    at = bytesIndexOf.call(bytes, sought[0], at);
    if (at === -1 || at > last) return -1;
    if (at % step === 0 && matchesAt(bytes, sought, at)) return at;
  }
  return -1;
}

function searchBackward(bytes, sought, start, step) {
  for (let at = Math.min(start, bytes.length - sought.length); at >= 0; at--) {
    if (at % step === 0 && matchesAt(bytes, sought, at)) return at;
  }
  return -1;
}

const { indexOf: bytesIndexOf, lastIndexOf: bytesLastIndexOf } = Uint8Array.prototype;

function search(bytes, value, offset, encoding, forward) {
  if (typeof offset === "string") {
    encoding = offset;
    offset = undefined;
  }
  const fallback = forward ? 0 : bytes.length;
  let start = startingPoint(bytes.length, offset === undefined ? fallback : offset, forward);
  if (typeof value === "number") return searchByte(bytes, value & 0xff, start, forward);
  const sought = bytesToFind(value, encoding);
  if (start < 0) {
    if (!forward) return -1;
    start = 0;
  }
  if (sought.length === 0) return forward ? start : Math.min(start, bytes.length);
  const step = typeof value === "string" && findEncoding(encoding) === findEncoding("utf16le") ? 2 : 1;
  return forward ? searchForward(bytes, sought, start, step) : searchBackward(bytes, sought, start, step);
}

function searchByte(bytes, byte, start, forward) {
  if (forward) return bytesIndexOf.call(bytes, byte, Math.max(start, 0));
  return start < 0 ? -1 : bytesLastIndexOf.call(bytes, byte, start);
}

function swap(bytes, size) {
  if (bytes.length % size !== 0) {
    const message = `Buffer size must be a multiple of ${size * 8}-bits`;
    throw createNodeError(RangeError, "ERR_INVALID_BUFFER_SIZE", message);
  }
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
  return bytes;
}

/** The methods, by their names. */
export function searchMethods() {
  return {
    indexOf(value, byteOffset = undefined, encoding = undefined) {
      return search(this, value, byteOffset, encoding, true);
    },

    lastIndexOf(value, byteOffset = undefined, encoding = undefined) {
      return search(this, value, byteOffset, encoding, false);
    },

    includes(value, byteOffset = undefined, encoding = undefined) {
      return search(this, value, byteOffset, encoding, true) !== -1;
    },

    equals(other) {
      requireBytes(other, "otherBuffer");
      return this === other || (this.length === other.length && compareBytes(this, other) === 0);
    },

    compare(target, targetStart = 0, targetEnd = target?.length, sourceStart = 0, sourceEnd = this.length) {
      requireBytes(target, "target");
      validateInteger(targetStart, "targetStart", 0);
      validateInteger(sourceStart, "sourceStart", 0);
      validateInteger(targetEnd, "targetEnd", 0, target.length);
      validateInteger(sourceEnd, "sourceEnd", 0, this.length);
      if (sourceStart >= sourceEnd) return targetStart >= targetEnd ? 0 : -1;
      if (targetStart >= targetEnd) return 1;
      return compareBytes(this.subarray(sourceStart, sourceEnd), target.subarray(targetStart, targetEnd));
    },

    copy(target, targetStart = 0, sourceStart = 0, sourceEnd = this.length) {
      requireBytes(target, "target");
      const to = Math.trunc(Number(targetStart)) || 0;
      const from = Math.trunc(Number(sourceStart)) || 0;
      if (to < 0) throw outOfRange("targetStart", ">= 0", targetStart);
      if (from < 0 || from > this.length) throw outOfRange("sourceStart", `>= 0 && <= ${this.length}`, sourceStart);
      if (sourceEnd < 0) throw outOfRange("sourceEnd", ">= 0", sourceEnd);
      const end = Math.min(sourceEnd, this.length, from + Math.max(target.length - to, 0));
      if (to >= target.length || from >= end) return 0;
      target.set(bytesOf(this).subarray(from, end), to);
      return end - from;
    },

    swap16() {
      return swap(this, 2);
    },

    swap32() {
      return swap(this, 4);
    },

    swap64() {
      return swap(this, 8);
    },
  };
}
