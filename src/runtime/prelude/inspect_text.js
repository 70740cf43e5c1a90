/** Primitives and property names as the console shows them. */

import { stringifyJson } from "./primordials.js";

export const LINE_COLUMNS = 80;
const LONGEST_STRING = 10_000;
const SHORTEST_SPLIT_STRING = 16;
const IDENTIFIER = /^[a-zA-Z_][a-zA-Z_0-9]*$/;
const ESCAPES = { "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", "\\": "\\\\" };
const NEEDS_ESCAPE = /[\0-\x1f\x7f-\x9f\\]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/**
 * @param {string|number|bigint|boolean|symbol|undefined} value
 * @param {number} indentation the column a long string starts in
 */
export function formatPrimitive(value, indentation) {
  switch (typeof value) {
    case "string":
      return formatString(value, indentation);
    case "number":
      return formatNumber(value);
    case "bigint":
      return `${value}n`;
    default:
      return String(value);
  }
}

/** @param {number} value */
export function formatNumber(value) {
  return Object.is(value, -0) ? "-0" : `${value}`;
}

function formatString(text, indentation) {
  let trailer = "";
  if (text.length > LONGEST_STRING) {
    const remaining = text.length - LONGEST_STRING;
    text = text.slice(0, LONGEST_STRING);
    trailer = `... ${remaining} more character${remaining === 1 ? "" : "s"}`;
  }
  if (text.length > SHORTEST_SPLIT_STRING && text.length > LINE_COLUMNS - indentation - 4) {
    const lines = text.split(/(?<=\n)/);
    return lines.map(quoteText).join(` +\n${" ".repeat(indentation + 2)}`) + trailer;
  }
  return quoteText(text) + trailer;
}

/** Quotes with the first of ' " ` that needs no escape. */
export function quoteText(text) {
  const quote = !text.includes("'") ? "'" : !text.includes('"') ? '"' : canUseBacktick(text) ? "`" : "'";
  const escaped = text.replace(NEEDS_ESCAPE, escapeCharacter);
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}

function canUseBacktick(text) {
  return !text.includes("`") && !text.includes("${");
}

function escapeCharacter(character) {
  const short = ESCAPES[character];
  if (short !== undefined) return short;
  const code = character.charCodeAt(0);
  const digits = code.toString(16);
  return code < 256 ? `\\x${digits.toUpperCase().padStart(2, "0")}` : `\\u${digits}`;
}

/** A property name as it stands before the colon. */
export function formatKey(key, enumerable = true) {
  if (typeof key === "symbol") return `[${String(key).replace(NEEDS_ESCAPE, escapeCharacter)}]`;
  if (key === "__proto__") return "['__proto__']";
  if (!enumerable) return `[${key.replace(NEEDS_ESCAPE, escapeCharacter)}]`;
  return IDENTIFIER.test(key) ? key : quoteText(key);
}

/** JSON text for the format %j; cycles give `[Circular]`. */
export function formatJson(value) {
  try {
    return `${stringifyJson(value)}`;
  } catch (error) {
    if (/circular/i.test(error?.message)) return "[Circular]";
    throw error;
  }
}
