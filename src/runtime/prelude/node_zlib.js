/**
 * node:zlib: https://nodejs.org/docs/latest-v20.x/api/zlib.html
 *
 * The host works on whole inputs at its own level of compression, so the streams answer at their end.
 */

import host from "qemu-dev:engine/host@0.1.0";
import { Buffer } from "./node_buffer.js";
import { createNodeError, invalidArgumentType, missingFunctions, outOfRange, validateFunction } from "./node_errors.js";
import { nextTick } from "./node_next_tick.js";
import { Transform } from "./node_stream_duplex.js";
import { bytesOf, isBufferSource } from "./webidl.js";

const GZIP_MAGIC = [0x1f, 0x8b];

/** The numbers of zlib.h that options are made of. */
export const constants = {
  Z_NO_FLUSH: 0, Z_PARTIAL_FLUSH: 1, Z_SYNC_FLUSH: 2, Z_FULL_FLUSH: 3, Z_FINISH: 4, Z_BLOCK: 5,
  Z_OK: 0, Z_STREAM_END: 1, Z_NEED_DICT: 2, Z_ERRNO: -1, Z_STREAM_ERROR: -2, Z_DATA_ERROR: -3, Z_MEM_ERROR: -4,
  Z_BUF_ERROR: -5, Z_VERSION_ERROR: -6,
  Z_NO_COMPRESSION: 0, Z_BEST_SPEED: 1, Z_BEST_COMPRESSION: 9, Z_DEFAULT_COMPRESSION: -1,
  Z_FILTERED: 1, Z_HUFFMAN_ONLY: 2, Z_RLE: 3, Z_FIXED: 4, Z_DEFAULT_STRATEGY: 0,
  Z_MIN_WINDOWBITS: 8, Z_MAX_WINDOWBITS: 15, Z_DEFAULT_WINDOWBITS: 15, Z_MIN_CHUNK: 64, Z_MAX_CHUNK: Infinity,
  Z_DEFAULT_CHUNK: 16384, Z_MIN_MEMLEVEL: 1, Z_MAX_MEMLEVEL: 9, Z_DEFAULT_MEMLEVEL: 8, Z_MIN_LEVEL: -1,
  Z_MAX_LEVEL: 9, Z_DEFAULT_LEVEL: -1,
};
export const codes = { Z_OK: 0, Z_STREAM_END: 1, Z_NEED_DICT: 2, Z_ERRNO: -1, Z_STREAM_ERROR: -2, Z_DATA_ERROR: -3, Z_MEM_ERROR: -4, Z_BUF_ERROR: -5, Z_VERSION_ERROR: -6 };

function inputOf(data) {
  if (typeof data === "string") return Buffer.from(data);
  if (isBufferSource(data)) return bytesOf(data);
  throw invalidArgumentType("buffer", ["string", "Buffer", "TypedArray", "DataView", "ArrayBuffer"], data);
}

function asBuffer(bytes) {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function compressor(format) {
  return (bytes) => asBuffer(host.compress(format, bytes));
}

/** The host's reason becomes the message of zlib's error. */
function decompressor(format) {
  return (bytes) => {
    try {
      return asBuffer(host.decompress(typeof format === "function" ? format(bytes) : format, bytes));
    } catch (error) {
      const reason = error?.payload ?? error?.message ?? "incorrect data";
      const isShort = /unexpected end|truncated|incomplete|eof/i.test(reason);
      const message = isShort ? "unexpected end of file" : reason;
      const code = isShort ? "Z_BUF_ERROR" : "Z_DATA_ERROR";
      throw createNodeError(Error, code, message, { errno: codes[code] });
    }
  };
}

function formatOf(bytes) {
  return GZIP_MAGIC.every((byte, index) => bytes[index] === byte) ? "gzip" : "deflate";
}

/** Class name -> what it does to all of its input. */
const KINDS = {
  Gzip: compressor("gzip"),
  Gunzip: decompressor("gzip"),
  Deflate: compressor("deflate"),
  Inflate: decompressor("deflate"),
  DeflateRaw: compressor("deflate-raw"),
  InflateRaw: decompressor("deflate-raw"),
  Unzip: decompressor(formatOf),
};

function checkOptions(options) {
  const level = options?.level;
  if (level !== undefined && !(Number.isInteger(level) && level >= -1 && level <= 9)) {
    throw outOfRange("options.level", ">= -1 and <= 9", level);
  }
  if (options?.dictionary !== undefined) throw new Error("node:zlib options.dictionary is not provided by qemu-dev yet");
}

function convertAll(convert, data, options) {
  checkOptions(options);
  const result = convert(inputOf(data));
  const limit = options?.maxOutputLength;
  if (limit === undefined || result.length <= limit) return result;
  throw createNodeError(RangeError, "ERR_BUFFER_TOO_LARGE", `Cannot create a Buffer larger than ${limit} bytes`);
}

function synchronous(name, convert) {
  return { [name]: (data, options = undefined) => convertAll(convert, data, options) }[name];
}

function asynchronous(name, convert) {
  return {
    [name](data, options, callback) {
      if (typeof options === "function") [callback, options] = [options, undefined];
      validateFunction(callback, "callback");
      checkOptions(options);
      const bytes = inputOf(data);
      nextTick(() => {
        let result;
        try {
          result = convertAll(convert, bytes, options);
        } catch (error) {
          callback(error);
          return;
        }
        callback(null, result);
      });
    },
  }[name];
}

/** A Transform that is also callable without `new`. */
function streamClass(name, convert) {
  const constructor = {
    [name]: function (options = undefined) {
      if (!(this instanceof constructor)) return new constructor(options);
      checkOptions(options);
      Transform.call(this, { ...options, transform: undefined });
      this._chunks = [];
      this.bytesWritten = 0;
    },
  }[name];
  Object.setPrototypeOf(constructor.prototype, Transform.prototype);
  Object.setPrototypeOf(constructor, Transform);
  return Object.assign(constructor, { convert });
}

const streamMethods = {
  _transform(chunk, encoding, callback) {
    this._chunks.push(chunk);
    this.bytesWritten += chunk.length;
    callback();
  },

  _flush(callback) {
    let result;
    try {
      result = this.constructor.convert(Buffer.concat(this._chunks.splice(0)));
    } catch (error) {
      callback(error);
      return;
    }
    callback(null, result);
  },

  /** There is nothing to give out before the end. */
  flush(kind, callback) {
    const done = typeof kind === "function" ? kind : callback;
    if (typeof done === "function") nextTick(done);
  },

  close(callback) {
    if (typeof callback === "function") this.once("close", callback);
    this.destroy();
  },

  params(level, strategy, callback) {
    nextTick(callback, null);
  },

  reset() {
    this._chunks = [];
  },
};

const created = {};
for (const [name, convert] of Object.entries(KINDS)) {
  const constructor = streamClass(name, convert);
  Object.assign(constructor.prototype, streamMethods);
  const method = name[0].toLowerCase() + name.slice(1);
  created[name] = constructor;
  created[`create${name}`] = (options = undefined) => new constructor(options);
  created[`${method}Sync`] = synchronous(`${method}Sync`, convert);
  created[method] = asynchronous(method, convert);
}

export const {
  Deflate, DeflateRaw, Gunzip, Gzip, Inflate, InflateRaw, Unzip,
  createDeflate, createDeflateRaw, createGunzip, createGzip, createInflate, createInflateRaw, createUnzip,
  deflate, deflateRaw, deflateRawSync, deflateSync, gunzip, gunzipSync, gzip, gzipSync,
  inflate, inflateRaw, inflateRawSync, inflateSync, unzip, unzipSync,
} = created;

const missing = missingFunctions("node:zlib", [
  "BrotliCompress",
  "BrotliDecompress",
  "brotliCompress",
  "brotliCompressSync",
  "brotliDecompress",
  "brotliDecompressSync",
  "createBrotliCompress",
  "createBrotliDecompress",
]);
export const {
  BrotliCompress, BrotliDecompress, brotliCompress, brotliCompressSync, brotliDecompress, brotliDecompressSync,
  createBrotliCompress, createBrotliDecompress,
} = missing;

/** The checksum of gzip (CRC-32), continued from `value`. */
export function crc32(data, value = 0) {
  let checksum = ~value;
  for (const byte of inputOf(data)) checksum = CHECKSUMS[(checksum ^ byte) & 0xff] ^ (checksum >>> 8);
  return ~checksum >>> 0;
}

const CRC_POLYNOMIAL = 0xedb88320;
const CHECKSUMS = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ CRC_POLYNOMIAL : value >>> 1;
  return value;
});

export default { ...constants, ...created, ...missing, codes, constants, crc32 };
