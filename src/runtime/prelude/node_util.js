/** node:util: https://nodejs.org/docs/latest-v20.x/api/util.html */

import { formatMessage } from "./console_format.js";
import { TextDecoder, TextEncoder } from "./encoding.js";
import { inspect as inspectValue } from "./inspect.js";
import { Buffer } from "./node_buffer.js";
import { isDeepEqual } from "./node_deep_equal.js";
import {
  createNodeError,
  invalidArgumentType,
  invalidArgumentValue,
  missingFunctions,
  validateAbortSignal,
  validateFunction,
  validateString,
} from "./node_errors.js";
import { nextTick } from "./node_next_tick.js";
import { environmentVariables } from "./node_environment.js";
import types from "./node_util_types.js";

export { TextDecoder, TextEncoder, types };

const CUSTOM_INSPECT = Symbol.for("nodejs.util.inspect.custom");
const CUSTOM_PROMISIFY = Symbol.for("nodejs.util.promisify.custom");

/**
 * The value as text for people.
 * @param {unknown} value
 * @param {object|boolean} [options] or, as in old code, `showHidden`
 * @param {number|null} [depth] of old code
 */
export function inspect(value, options = undefined, depth = undefined) {
  if (typeof options !== "object" || options === null) options = { showHidden: Boolean(options), depth };
  const { showHidden, customInspect } = options;
  const given = { depth: options.depth, showHidden, customInspect };
  for (const name of Object.keys(given)) if (given[name] === undefined) delete given[name];
  return inspectValue(value, given);
}

/** Escape sequences that start and end a style on a terminal. */
const colors = {
  __proto__: null,
  reset: [0, 0],
  bold: [1, 22],
  dim: [2, 22],
  italic: [3, 23],
  underline: [4, 24],
  blink: [5, 25],
  inverse: [7, 27],
  hidden: [8, 28],
  strikethrough: [9, 29],
};
["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"].forEach((name, index) => {
  colors[name] = [30 + index, 39];
  colors[`${name}Bright`] = [90 + index, 39];
  const background = `bg${name[0].toUpperCase()}${name.slice(1)}`;
  colors[background] = [40 + index, 49];
  colors[`${background}Bright`] = [100 + index, 49];
});
colors.gray = colors.grey = colors.blackBright;
colors.bgGray = colors.bgGrey = colors.bgBlackBright;

inspect.custom = CUSTOM_INSPECT;
inspect.colors = colors;
inspect.styles = {
  __proto__: null,
  special: "cyan",
  number: "yellow",
  bigint: "yellow",
  boolean: "yellow",
  undefined: "grey",
  null: "bold",
  string: "green",
  symbol: "green",
  date: "magenta",
  regexp: "red",
  module: "underline",
};
inspect.defaultOptions = { showHidden: false, depth: 2, colors: false, customInspect: true, breakLength: 80, compact: 3 };

/** Text with placeholders (%s, %d, %j, %o, …) filled in. */
export function format(...values) {
  return formatMessage(values);
}

export function formatWithOptions(options, ...values) {
  if (typeof options !== "object" || options === null) throw invalidArgumentType("inspectOptions", "object", options);
  return formatMessage(values);
}

/** Text in a style of a terminal. */
export function styleText(style, text) {
  validateString(text, "text");
  const styles = (Array.isArray(style) ? style : [style]).map((name) => {
    if (colors[name] === undefined) throw invalidArgumentValue("format", name);
    return colors[name];
  });
  const open = styles.map(([start]) => `\u001b[${start}m`).join("");
  return `${open}${text}${styles.map(([, end]) => `\u001b[${end}m`).reverse().join("")}`;
}

const CONTROL_SEQUENCES = /[\u001b\u009b](?:\][^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)|[[\]()#;?]*(?:\d{1,4}(?:[;:]\d{0,4})*)?[\dA-PR-TZcf-nq-uy=><~])/g;

export function stripVTControlCharacters(text) {
  validateString(text, "str");
  return text.replace(CONTROL_SEQUENCES, "");
}

/** A function that answers with a promise instead of calling back. */
export function promisify(original) {
  validateFunction(original, "original");
  const custom = original[CUSTOM_PROMISIFY];
  if (custom !== undefined) {
    validateFunction(custom, "util.promisify.custom");
    return Object.defineProperty(custom, CUSTOM_PROMISIFY, { value: custom, configurable: true });
  }
  function promisified(...values) {
    return new Promise((resolve, reject) => {
      Reflect.apply(original, this, [...values, (error, value) => (error ? reject(error) : resolve(value))]);
    });
  }
  Object.setPrototypeOf(promisified, Object.getPrototypeOf(original));
  Object.defineProperty(promisified, CUSTOM_PROMISIFY, { value: promisified, configurable: true });
  return Object.defineProperties(promisified, Object.getOwnPropertyDescriptors(original));
}
promisify.custom = CUSTOM_PROMISIFY;

/** A function that calls back instead of answering with a promise. */
export function callbackify(original) {
  validateFunction(original, "original");
  function callbackified(...values) {
    const callback = values.pop();
    validateFunction(callback, "last argument");
    Reflect.apply(original, this, values).then(
      (value) => nextTick(callback.bind(this), null, value),
      (reason) => nextTick(callback.bind(this), reason || falsyRejection(reason)),
    );
  }
  const descriptors = Object.getOwnPropertyDescriptors(original);
  if (typeof descriptors.length?.value === "number") descriptors.length.value++;
  if (typeof descriptors.name?.value === "string") descriptors.name.value += "Callbackified";
  return Object.defineProperties(callbackified, descriptors);
}

function falsyRejection(reason) {
  return createNodeError(Error, "ERR_FALSY_VALUE_REJECTION", "Promise was rejected with falsy value", { reason });
}

/** Inheritance of old code. */
export function inherits(constructor, parent) {
  validateFunction(constructor, "ctor");
  validateFunction(parent, "superCtor");
  if (parent.prototype === undefined) throw invalidArgumentType("superCtor.prototype", "Object", parent.prototype);
  Object.defineProperty(constructor, "super_", { value: parent, writable: true, configurable: true });
  Object.setPrototypeOf(constructor.prototype, parent.prototype);
}

const warnedCodes = new Set();

/** A function that says once that it should no longer be used. */
export function deprecate(original, message, code = undefined) {
  validateFunction(original, "fn");
  let warned = false;
  function deprecated(...values) {
    if (!warned && !warnedCodes.has(code)) {
      console.warn(`${code === undefined ? "" : `[${code}] `}DeprecationWarning: ${message}`);
      if (code !== undefined) warnedCodes.add(code);
    }
    warned = true;
    return new.target ? Reflect.construct(original, values, new.target) : Reflect.apply(original, this, values);
  }
  Object.setPrototypeOf(deprecated, original);
  if (original.prototype) deprecated.prototype = original.prototype;
  return deprecated;
}

/** A function that logs when NODE_DEBUG names `section`. */
export function debuglog(section, onEnabled = undefined) {
  const name = `${section}`.toUpperCase();
  const isEnabled = () => `${environmentVariables().NODE_DEBUG ?? ""}`.toUpperCase().split(",").includes(name);
  const log = (...values) => {
    if (!isEnabled()) return;
    onEnabled?.(log);
    console.error(`${name} ${formatMessage(values)}`);
  };
  return Object.defineProperty(log, "enabled", { get: isEnabled, enumerable: true, configurable: true });
}

export { debuglog as debug };

export function isDeepStrictEqual(actual, expected) {
  return isDeepEqual(actual, expected, true);
}

export function toUSVString(text) {
  return `${text}`.toWellFormed();
}

/** A promise that is fulfilled when `signal` is aborted. */
export async function aborted(signal, resource) {
  if (signal === undefined) throw invalidArgumentType("signal", "AbortSignal", signal);
  validateAbortSignal(signal);
  if (resource === null || typeof resource !== "object") throw invalidArgumentType("resource", "Object", resource);
  if (signal.aborted) return undefined;
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** Logs with the time of day. */
export function log(...values) {
  console.log("%s - %s", new Date().toTimeString().slice(0, 8), formatMessage(values));
}

const isKind = (type) => (value) => typeof value === type;
export const { isArray } = Array;
export const isBoolean = isKind("boolean");
export const isFunction = isKind("function");
export const isNumber = isKind("number");
export const isString = isKind("string");
export const isSymbol = isKind("symbol");
export const isUndefined = isKind("undefined");
export const isNull = (value) => value === null;
export const isNullOrUndefined = (value) => value === null || value === undefined;
export const isObject = (value) => typeof value === "object" && value !== null;
export const isPrimitive = (value) => value === null || (typeof value !== "object" && typeof value !== "function");
export const isError = (value) => value instanceof Error;
export const { isBuffer } = Buffer;
export const { isDate, isRegExp } = types;
export const _extend = (target, source) => Object.assign(target, source);

const missing = missingFunctions("node:util", [
  "MIMEParams",
  "MIMEType",
  "_errnoException",
  "_exceptionWithHostPort",
  "getSystemErrorMap",
  "getSystemErrorName",
  "parseArgs",
  "parseEnv",
  "transferableAbortController",
  "transferableAbortSignal",
]);
export const {
  MIMEParams,
  MIMEType,
  _errnoException,
  _exceptionWithHostPort,
  getSystemErrorMap,
  getSystemErrorName,
  parseArgs,
  parseEnv,
  transferableAbortController,
  transferableAbortSignal,
} = missing;

export default {
  ...missing,
  TextDecoder,
  TextEncoder,
  _extend,
  aborted,
  callbackify,
  debug: debuglog,
  debuglog,
  deprecate,
  format,
  formatWithOptions,
  inherits,
  inspect,
  isArray,
  isBoolean,
  isBuffer,
  isDate,
  isDeepStrictEqual,
  isError,
  isFunction,
  isNull,
  isNullOrUndefined,
  isNumber,
  isObject,
  isPrimitive,
  isRegExp,
  isString,
  isSymbol,
  isUndefined,
  log,
  promisify,
  stripVTControlCharacters,
  styleText,
  toUSVString,
  types,
};
