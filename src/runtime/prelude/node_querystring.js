/** node:querystring: https://nodejs.org/docs/latest-v20.x/api/querystring.html */

import { Buffer } from "./node_buffer.js";
import { createNodeError } from "./node_errors.js";

const LONE_PERCENT = /%(?![0-9a-fA-F]{2})/;
const MAX_PAIRS = 1000;

/** Percent-encodes everything but letters, digits and - _ . ! ~ * ' ( ). */
export function escape(text) {
  if (typeof text !== "string") text = typeof text === "object" ? String(text) : `${text}`;
  try {
    return encodeURIComponent(text);
  } catch {
    throw createNodeError(URIError, "ERR_INVALID_URI", "URI malformed");
  }
}

/** The bytes that percent-encoded text stands for; what is no escape stands for itself. */
export function unescapeBuffer(text, decodeSpaces = false) {
  const source = Buffer.from(decodeSpaces ? text.replaceAll("+", " ") : text, "latin1");
  const bytes = [];
  for (let index = 0; index < source.length; index++) {
    const digits = source[index] === 0x25 ? text.slice(index + 1, index + 3) : "";
    const isEscape = /^[0-9a-fA-F]{2}$/.test(digits);
    bytes.push(isEscape ? Number.parseInt(digits, 16) : source[index]);
    if (isEscape) index += 2;
  }
  return Buffer.from(bytes);
}

export function unescape(text, decodeSpaces = false) {
  const input = `${text}`;
  if (!LONE_PERCENT.test(input)) {
    try {
      return decodeURIComponent(input);
    } catch {
      // Not UTF-8: decoded below, with replacement characters.
    }
  }
  return unescapeBuffer(input, decodeSpaces).toString();
}

function primitiveText(value) {
  if (typeof value === "string") return value;
  if (typeof value === "number" && Number.isFinite(value)) return `${value}`;
  return typeof value === "bigint" || typeof value === "boolean" ? `${value}` : "";
}

/** The text of an object's members: "a=1&b=2". */
export function stringify(object, separator = undefined, equals = undefined, options = undefined) {
  if (typeof object !== "object" || object === null) return "";
  const encode = typeof options?.encodeURIComponent === "function" ? options.encodeURIComponent : api.escape;
  const pairs = [];
  for (const key of Object.keys(object)) {
    const start = `${encode(primitiveText(key))}${equals || "="}`;
    const values = Array.isArray(object[key]) ? object[key] : [object[key]];
    for (const value of values) pairs.push(start + encode(primitiveText(value)));
  }
  return pairs.join(separator || "&");
}

function decoderOf(options) {
  const custom = options?.decodeURIComponent;
  const decode = typeof custom === "function" ? custom : api.unescape;
  return (text) => {
    if (decode === unescape && !text.includes("%")) return text;
    try {
      return decode(text);
    } catch {
      return unescape(text);
    }
  };
}

/** The members of a query string; names that repeat have lists of values. */
export function parse(text, separator = undefined, equals = undefined, options = undefined) {
  const result = { __proto__: null };
  if (typeof text !== "string" || text === "") return result;
  const decode = decoderOf(options);
  const equalsSign = equals ? `${equals}` : "=";
  const limit = typeof options?.maxKeys === "number" ? options.maxKeys : MAX_PAIRS;
  const pairs = text.split(separator ? `${separator}` : "&").filter((pair) => pair !== "");
  for (const pair of limit > 0 ? pairs.slice(0, limit) : pairs) {
    const spaced = pair.replaceAll("+", "%20");
    const at = spaced.indexOf(equalsSign);
    const name = decode(at === -1 ? spaced : spaced.slice(0, at));
    const value = at === -1 ? "" : decode(spaced.slice(at + equalsSign.length));
    const existing = result[name];
    if (existing === undefined) result[name] = value;
    else if (Array.isArray(existing)) existing.push(value);
    else result[name] = [existing, value];
  }
  return result;
}

export { parse as decode, stringify as encode };

/** `escape` and `unescape` of this object may be replaced, and the others use them. */
const api = { decode: parse, encode: stringify, escape, parse, stringify, unescape, unescapeBuffer };

export default api;
