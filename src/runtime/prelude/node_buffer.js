/** node:buffer: https://nodejs.org/docs/latest-v20.x/api/buffer.html */

import { Blob, File } from "./blob.js";
import { atob, btoa } from "./encoding.js";
import { inspect } from "./inspect.js";
import { findEncoding, normalizeEncoding } from "./node_buffer_encodings.js";
import { numberMethods } from "./node_buffer_numbers.js";
import { compareBytes, requireBytes, searchMethods, unknownEncoding } from "./node_buffer_search.js";
import {
  createNodeError,
  invalidArgumentType,
  invalidArgumentValue,
  missingFunctions,
  validateInteger,
  validateNumber,
} from "./node_errors.js";
import { decodeByHost } from "./utf8.js";
import { bytesOf, isBuffer, isBufferSource, isObject } from "./webidl.js";

export { atob, Blob, btoa, File };

/** The largest length of a Buffer, in bytes: the isolate's memory is smaller in any case. */
export const kMaxLength = 2 ** 32;
/** The largest length of a string, in UTF-16 code units. */
export const kStringMaxLength = 2 ** 29 - 24;
export const constants = { MAX_LENGTH: kMaxLength, MAX_STRING_LENGTH: kStringMaxLength };
/** How many bytes of a Buffer are shown by inspect(). */
export const INSPECT_MAX_BYTES = 50;

const { subarray: bytesSubarray, fill: bytesFill, slice: bytesSlice } = Uint8Array.prototype;

class FastBuffer extends Uint8Array {}

/**
 * A Uint8Array with methods for text and numbers. Called as a function it does what `Buffer.from` and
 * `Buffer.allocUnsafe` do.
 */
export function Buffer(value, encodingOrOffset, length) {
  if (typeof value !== "number") return Buffer.from(value, encodingOrOffset, length);
  if (typeof encodingOrOffset === "string") throw invalidArgumentType("string", "string", value);
  return Buffer.alloc(value);
}

FastBuffer.prototype.constructor = Buffer;
Buffer.prototype = FastBuffer.prototype;
Object.setPrototypeOf(Buffer, Uint8Array);
Object.defineProperty(Buffer, Symbol.species, { get: () => FastBuffer, configurable: true });
Buffer.poolSize = 8192;

function codecOf(encoding) {
  const codec = findEncoding(encoding);
  if (codec === undefined) throw unknownEncoding(encoding);
  return codec;
}

/** A Buffer over the same memory. */
function asBuffer(bytes) {
  return new FastBuffer(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function fromString(text, encoding) {
  return asBuffer(codecOf(encoding).toBytes(text));
}

function fromArrayBuffer(buffer, byteOffset, length) {
  const offset = byteOffset === undefined ? 0 : +byteOffset || 0;
  const available = buffer.byteLength - offset;
  if (available < 0) throw boundsError("offset");
  if (length === undefined) return new FastBuffer(buffer, offset, available);
  const wanted = Math.max(+length || 0, 0);
  if (wanted > available) throw boundsError("length");
  return new FastBuffer(buffer, offset, wanted);
}

function boundsError(name) {
  return createNodeError(RangeError, "ERR_BUFFER_OUT_OF_BOUNDS", `"${name}" is outside of buffer bounds`);
}

function fromArrayLike(list) {
  const length = list.length > 0 ? list.length : 0;
  const buffer = new FastBuffer(length);
  if (list instanceof Uint8Array) buffer.set(list);
  else for (let index = 0; index < length; index++) buffer[index] = list[index];
  return buffer;
}

/** Objects Node accepts: lists, the JSON form of a Buffer, and wrappers of strings. */
function fromObject(value) {
  if (value.length !== undefined || isBuffer(value.buffer)) {
    return typeof value.length === "number" ? fromArrayLike(value) : new FastBuffer(0);
  }
  return value.type === "Buffer" && Array.isArray(value.data) ? fromArrayLike(value.data) : undefined;
}

const FROM_TYPES = ["string", "Buffer", "ArrayBuffer", "Array"];

function fromTypeError(value) {
  const message =
    `The first argument must be of type string or an instance of Buffer, ArrayBuffer, or Array ` +
    `or an Array-like Object.`;
  const error = invalidArgumentType("value", FROM_TYPES, value);
  error.message = message + error.message.slice(error.message.indexOf(" Received"));
  return error;
}

Buffer.from = function from(value, encodingOrOffset, length) {
  if (typeof value === "string") return fromString(value, encodingOrOffset);
  if (typeof value !== "object" || value === null) throw fromTypeError(value);
  if (isBuffer(value)) return fromArrayBuffer(value, encodingOrOffset, length);
  const primitive = value.valueOf?.();
  if (primitive != null && primitive !== value && (typeof primitive === "string" || typeof primitive === "object")) {
    return from(primitive, encodingOrOffset, length);
  }
  const buffer = fromObject(value);
  if (buffer !== undefined) return buffer;
  const convert = value[Symbol.toPrimitive];
  if (typeof convert !== "function") throw fromTypeError(value);
  const text = convert.call(value, "string");
  if (typeof text !== "string") throw fromTypeError(value);
  return fromString(text, encodingOrOffset);
};

Buffer.of = function of(...bytes) {
  return fromArrayLike(bytes);
};

Buffer.alloc = function alloc(size, fill, encoding) {
  validateNumber(size, "size", 0, kMaxLength);
  const buffer = new FastBuffer(size);
  if (fill === undefined || fill === 0 || size === 0) return buffer;
  if (typeof encoding !== "string" && encoding !== undefined) throw invalidArgumentType("encoding", "string", encoding);
  return buffer.fill(fill, encoding);
};

Buffer.allocUnsafe = function allocUnsafe(size) {
  return Buffer.alloc(size);
};

Buffer.allocUnsafeSlow = function allocUnsafeSlow(size) {
  return Buffer.alloc(size);
};

Buffer.isBuffer = function isBuffer(value) {
  return value instanceof Buffer;
};

Buffer.isEncoding = function isEncoding(encoding) {
  return typeof encoding === "string" && encoding.length > 0 && normalizeEncoding(encoding) !== undefined;
};

Buffer.byteLength = function byteLength(value, encoding) {
  if (typeof value === "string") return (findEncoding(encoding) ?? findEncoding("utf8")).lengthOf(value);
  if (isBufferSource(value)) return value.byteLength;
  throw invalidArgumentType("string", ["string", "Buffer", "ArrayBuffer"], value);
};

Buffer.compare = function compare(a, b) {
  requireBytes(a, "buf1");
  requireBytes(b, "buf2");
  return a === b ? 0 : compareBytes(a, b);
};

Buffer.concat = function concat(list, length) {
  if (!Array.isArray(list)) throw invalidArgumentType("list", "Array", list);
  list.forEach((each, index) => requireBytes(each, `list[${index}]`));
  if (length === undefined) length = list.reduce((sum, each) => sum + each.length, 0);
  else validateInteger(length, "length", 0);
  const joined = new FastBuffer(length);
  let position = 0;
  for (const bytes of list) {
    if (position >= length) break;
    const fits = position + bytes.length <= length;
    joined.set(fits ? bytes : bytesSubarray.call(bytes, 0, length - position), position);
    position += bytes.length;
  }
  return joined;
};

Buffer.copyBytesFrom = function copyBytesFrom(view, offset = 0, length = undefined) {
  if (!ArrayBuffer.isView(view) || view instanceof DataView) throw invalidArgumentType("view", "TypedArray", view);
  validateInteger(offset, "offset", 0);
  if (length !== undefined) validateInteger(length, "length", 0);
  const end = length === undefined ? view.length : offset + length;
  return fromArrayLike(bytesOf(view.slice(offset, end)));
};

function limit(value, length, fallback) {
  if (value === undefined) return fallback;
  const number = Math.trunc(Number(value)) || 0;
  return Math.min(Math.max(number, 0), length);
}

function writeText(buffer, text, offset, length, encoding) {
  const codec = codecOf(encoding);
  const bytes = codec.toBytes(text);
  const room = Math.min(length, buffer.length - offset);
  const count = bytes.length <= room ? bytes.length : codec.fit(bytes, room);
  buffer.set(count === bytes.length ? bytes : bytesSubarray.call(bytes, 0, count), offset);
  return count;
}

/** Fills with a repeated pattern by doubling what is there. */
function fillWithBytes(target, pattern) {
  if (pattern.length === 0) return;
  target.set(pattern.length > target.length ? bytesSubarray.call(pattern, 0, target.length) : pattern);
  for (let filled = pattern.length; filled < target.length; filled *= 2) target.copyWithin(filled, 0, filled);
}

function fillPattern(value, encoding) {
  if (typeof value !== "string") return value;
  if (value === "") return 0;
  const pattern = codecOf(encoding).toBytes(value);
  if (pattern.length === 0) throw invalidArgumentValue("value", value);
  return pattern;
}

const methods = {
  toString(encoding, start, end) {
    if (arguments.length === 0) return findEncoding().toText(this);
    const { length } = this;
    const from = limit(start, length, 0);
    const to = limit(end, length, length);
    if (to <= from) return "";
    const codec = codecOf(encoding);
    return codec.toText(from === 0 && to === length ? this : bytesSubarray.call(this, from, to));
  },

  write(text, offset, length, encoding) {
    if (typeof text !== "string") {
      throw createNodeError(TypeError, "ERR_INVALID_ARG_TYPE", "argument must be a string");
    }
    if (typeof offset === "string") return writeText(this, text, 0, this.length, offset);
    if (offset === undefined) return writeText(this, text, 0, this.length, encoding);
    validateInteger(offset, "offset", 0, this.length);
    if (typeof length === "string") return writeText(this, text, offset, this.length - offset, length);
    if (length === undefined) return writeText(this, text, offset, this.length - offset, encoding);
    validateInteger(length, "length", 0, this.length);
    return writeText(this, text, offset, length, encoding);
  },

  fill(value, offset, end, encoding) {
    if (typeof offset === "string") [offset, end, encoding] = [undefined, undefined, offset];
    else if (typeof end === "string") [end, encoding] = [undefined, end];
    if (offset !== undefined) validateNumber(offset, "offset", 0, kMaxLength);
    if (end !== undefined) validateNumber(end, "end", 0, this.length);
    const pattern = fillPattern(value, encoding);
    if (isObject(pattern) && pattern.length === 0) throw invalidArgumentValue("value", value);
    const from = offset ?? 0;
    const to = end ?? this.length;
    if (from >= to) return this;
    if (pattern instanceof Uint8Array) fillWithBytes(bytesSubarray.call(this, from, to), pattern);
    else bytesFill.call(this, Number(pattern) & 0xff, from, to);
    return this;
  },

  slice(start, end) {
    return bytesSubarray.call(this, start, end);
  },

  toJSON() {
    return { type: "Buffer", data: Array.from(this) };
  },

  toLocaleString(encoding, start, end) {
    return this.toString(encoding, start, end);
  },

  [Symbol.for("nodejs.util.inspect.custom")](_, options) {
    const shown = Array.from(bytesSlice.call(this, 0, INSPECT_MAX_BYTES), (byte) => byte.toString(16).padStart(2, "0"));
    const rest = this.length - INSPECT_MAX_BYTES;
    let text = shown.join(" ");
    if (rest > 0) text += ` ... ${rest} more byte${rest > 1 ? "s" : ""}`;
    const extra = Object.keys(this).filter((key) => !/^\d+$/.test(key));
    for (const key of extra) text += `${text === "" ? "" : ", "}${key}: ${inspect(this[key], options)}`;
    return `<${this.constructor.name} ${text}>`;
  },
};

/** Methods are enumerable in Node, and `inspect` is the old name of the custom one. */
function install(members) {
  for (const key of Reflect.ownKeys(members)) {
    const value = members[key];
    if (typeof key === "string" && value.name === "") Object.defineProperty(value, "name", { value: key, configurable: true });
    Object.defineProperty(Buffer.prototype, key, { value, writable: true, enumerable: true, configurable: true });
  }
}

function installTextMethods() {
  for (const name of ["ascii", "base64", "base64url", "hex", "latin1", "utf8", "ucs2"]) {
    install({
      [`${name}Slice`](start = 0, end = this.length) {
        return this.toString(name, start, end);
      },
      [`${name}Write`](text, offset = 0, length = this.length - offset) {
        return this.write(text, offset, length, name);
      },
    });
  }
}

install(numberMethods());
install(searchMethods());
install(methods);
installTextMethods();
Object.defineProperty(Buffer.prototype, "parent", { enumerable: true, get: parentOf });
Object.defineProperty(Buffer.prototype, "offset", { enumerable: true, get: offsetOf });

function parentOf() {
  return this instanceof Buffer ? this.buffer : undefined;
}

function offsetOf() {
  return this instanceof Buffer ? this.byteOffset : undefined;
}

/** The deprecated class whose instances are Buffers of their own memory. */
export function SlowBuffer(length) {
  validateNumber(length, "size", 0, kMaxLength);
  return Buffer.alloc(length);
}
Object.setPrototypeOf(SlowBuffer.prototype, Uint8Array.prototype);
Object.setPrototypeOf(SlowBuffer, Uint8Array);

/** Whether the bytes are UTF-8. */
export function isUtf8(input) {
  try {
    decodeByHost("utf-8", viewOf(input), true, true);
    return true;
  } catch (error) {
    if (error instanceof TypeError && error.code === undefined) return false;
    throw error;
  }
}

/** Whether all bytes are below 128. */
export function isAscii(input) {
  return viewOf(input).every((byte) => byte < 0x80);
}

function viewOf(input) {
  if (!isBufferSource(input)) throw invalidArgumentType("input", ["ArrayBuffer", "Buffer", "TypedArray"], input);
  return bytesOf(input);
}

/** Converts text in one encoding to another. */
export function transcode(source, fromEncoding, toEncoding) {
  requireBytes(source, "source");
  const accepted = ["ascii", "latin1", "utf16le", "utf8"];
  const [from, to] = [normalizeEncoding(fromEncoding), normalizeEncoding(toEncoding)];
  if (!accepted.includes(from) || !accepted.includes(to)) {
    throw createNodeError(Error, "U_ILLEGAL_ARGUMENT_ERROR", "Unable to transcode Buffer [U_ILLEGAL_ARGUMENT_ERROR]");
  }
  const text = findEncoding(from).toText(source);
  const highest = to === "ascii" ? 0x7f : 0xff;
  const narrow = to === "utf8" || to === "utf16le" ? text : Array.from(text, (c) => (c.codePointAt(0) > highest ? "?" : c)).join("");
  return Buffer.from(narrow, to);
}

export const { resolveObjectURL } = missingFunctions("node:buffer", ["resolveObjectURL"]);

export default {
  Blob,
  Buffer,
  File,
  INSPECT_MAX_BYTES,
  SlowBuffer,
  atob,
  btoa,
  constants,
  isAscii,
  isUtf8,
  kMaxLength,
  kStringMaxLength,
  resolveObjectURL,
  transcode,
};
