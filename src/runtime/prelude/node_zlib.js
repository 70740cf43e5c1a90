/** node:zlib: https://nodejs.org/docs/latest-v20.x/api/zlib.html */

import { compute } from "./crypto_host.js";
import { invalidArgumentType, validateFunction, validateInteger } from "./node_errors.js";
import { nextTick } from "./node_next_tick.js";
import { convertAll, inputOf, KINDS, streamClass } from "./node_zlib_codec.js";
import { codes, constants } from "./node_zlib_constants.js";

export { codes, constants };

const CRC_MAX = 2 ** 32 - 1;

/** The functions for whole inputs: class name -> name. */
const FUNCTIONS = {
  Deflate: "deflate",
  Inflate: "inflate",
  Gzip: "gzip",
  Gunzip: "gunzip",
  DeflateRaw: "deflateRaw",
  InflateRaw: "inflateRaw",
  Unzip: "unzip",
  BrotliCompress: "brotliCompress",
  BrotliDecompress: "brotliDecompress",
};

function synchronous(className, name) {
  return { [name]: (data, options = undefined) => convertAll(className, inputOf(data), options) }[name];
}

function asynchronous(className, name) {
  return {
    [name](data, options, callback) {
      if (typeof options === "function") [callback, options] = [options, undefined];
      validateFunction(callback, "callback");
      const bytes = inputOf(data);
      nextTick(() => {
        let result;
        try {
          result = convertAll(className, bytes, options);
        } catch (error) {
          callback(error);
          return;
        }
        callback(null, result);
      });
    },
  }[name];
}

const created = {};
for (const className of Object.keys(KINDS)) {
  const constructor = streamClass(className);
  const name = FUNCTIONS[className];
  created[className] = constructor;
  created[`create${className}`] = (options = undefined) => new constructor(options);
  created[`${name}Sync`] = synchronous(className, `${name}Sync`);
  created[name] = asynchronous(className, name);
}

export const {
  BrotliCompress, BrotliDecompress, Deflate, DeflateRaw, Gunzip, Gzip, Inflate, InflateRaw, Unzip,
  brotliCompress, brotliCompressSync, brotliDecompress, brotliDecompressSync,
  createBrotliCompress, createBrotliDecompress,
  createDeflate, createDeflateRaw, createGunzip, createGzip, createInflate, createInflateRaw, createUnzip,
  deflate, deflateRaw, deflateRawSync, deflateSync, gunzip, gunzipSync, gzip, gzipSync,
  inflate, inflateRaw, inflateRawSync, inflateSync, unzip, unzipSync,
} = created;

/** The checksum of gzip (CRC-32), continued from `value`. */
export function crc32(data, value = 0) {
  if (typeof data !== "string" && !ArrayBuffer.isView(data)) {
    throw invalidArgumentType("data", ["string", "Buffer", "TypedArray", "DataView"], data);
  }
  validateInteger(value, "value", 0, CRC_MAX);
  const [a, b, c, d] = compute("crc32", { value }, [inputOf(data)]);
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

export default { ...constants, ...created, codes, constants, crc32 };
