/** The options of node:zlib, checked, and what the host is told of them. */

import { createNodeError, invalidArgumentType, outOfRange } from "./node_errors.js";
import { constants } from "./node_zlib_constants.js";
import { bytesOf, isBufferSource } from "./webidl.js";

/** Option -> the range of zlib's. */
const RANGES = {
  level: [-1, 9],
  memLevel: [1, 9],
  strategy: [0, 4],
  flush: [0, 5],
  finishFlush: [0, 5],
};
const CHUNK_BYTES_MIN = 64;
const LARGEST = 2 ** 31;

/** What Node's Brotli parameters are called by the host. */
const BROTLI_PARAMETERS = {
  [constants.BROTLI_PARAM_MODE]: "mode",
  [constants.BROTLI_PARAM_QUALITY]: "quality",
  [constants.BROTLI_PARAM_LGWIN]: "lgwin",
  [constants.BROTLI_PARAM_LGBLOCK]: "lgblock",
};
/** Those that change nothing about what comes out being valid. */
const BROTLI_HINTS = [
  constants.BROTLI_PARAM_DISABLE_LITERAL_CONTEXT_MODELING,
  constants.BROTLI_PARAM_SIZE_HINT,
];

function checkNumber(options, name, minimum, maximum) {
  const value = options[name];
  if (value === undefined || value === null) return;
  if (typeof value !== "number") throw invalidArgumentType(`options.${name}`, "number", value);
  if (!(value >= minimum && value <= maximum)) throw outOfRange(`options.${name}`, `>= ${minimum} and <= ${maximum}`, value);
}

/** Checks what both families have. */
export function checkOptions(options) {
  checkNumber(options, "chunkSize", CHUNK_BYTES_MIN, Infinity);
  checkNumber(options, "maxOutputLength", 1, LARGEST);
}

/**
 * The host's parameters for DEFLATE.
 * @param {object} options
 * @param {{format: string, isDecompressing: boolean, members: boolean}} kind
 * @returns {{parameters: object, inputs: Uint8Array[]}}
 */
export function deflateParameters(options, { format, isDecompressing, members }) {
  checkOptions(options);
  for (const [name, [minimum, maximum]] of Object.entries(RANGES)) checkNumber(options, name, minimum, maximum);
  checkNumber(options, "windowBits", isDecompressing ? 0 : format === "gzip" ? 9 : 8, 15);
  const { level, memLevel, strategy, windowBits, dictionary } = options;
  const parameters = { format, members };
  const given = { level: level === -1 ? undefined : level, memLevel, strategy, windowBits };
  for (const name of Object.keys(given)) if (given[name] !== undefined && given[name] !== null) parameters[name] = given[name];
  if (dictionary === undefined || dictionary === null) return { parameters, inputs: [] };
  if (!isBufferSource(dictionary)) {
    throw invalidArgumentType("options.dictionary", ["Buffer", "TypedArray", "DataView", "ArrayBuffer"], dictionary);
  }
  return { parameters, inputs: [bytesOf(dictionary)] };
}

/** The host's parameters for Brotli. */
export function brotliParameters(options) {
  checkOptions(options);
  const parameters = {};
  for (const [key, value] of Object.entries(options.params ?? {})) {
    const name = BROTLI_PARAMETERS[key];
    if (name === undefined && !BROTLI_HINTS.includes(Number(key))) {
      throw createNodeError(RangeError, "ERR_BROTLI_INVALID_PARAM", `${key} is not a valid Brotli parameter in qemu-dev`);
    }
    if (typeof value !== "number" && typeof value !== "boolean") {
      throw invalidArgumentType("options.params[key]", "number", value);
    }
    if (name !== undefined) parameters[name] = Number(value);
  }
  return { parameters, inputs: [] };
}
