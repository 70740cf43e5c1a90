/** Format strings of the console: %s %d %i %f %j %o %O %c. */

import { constructorName } from "./inspect_names.js";
import { inspect } from "./inspect.js";
import { formatJson, formatNumber } from "./inspect_text.js";
import { getPrototypeOf } from "./primordials.js";

const DIRECTIVE = /%[sdifjoOc%]/g;
const OBJECT_DEPTH = 4;
const BUILT_IN_TO_STRING = new Set(
  [Object, Error, Array, Date, Function].map((constructor) => constructor.prototype.toString),
);

/**
 * The text of one console call.
 * @param {unknown[]} values
 * @returns {string}
 */
export function formatMessage(values) {
  const { length } = values;
  if (length === 0) return "";
  const first = values[0];
  if (typeof first !== "string") return joinValues("", values, 0);
  if (length === 1 || !first.includes("%")) return joinValues(first, values, 1);
  let next = 1;
  const text = first.replace(DIRECTIVE, (directive) => {
    if (directive === "%%") return "%";
    return next < length ? formatDirective(directive, values[next++]) : directive;
  });
  return joinValues(text, values, next);
}

function joinValues(start, values, from) {
  let text = start;
  for (let index = from; index < values.length; index++) {
    const value = values[index];
    if (index > 0) text += " ";
    text += typeof value === "string" ? value : inspect(value);
  }
  return text;
}

function formatDirective(directive, value) {
  switch (directive) {
    case "%s":
      return formatAsString(value);
    case "%d":
      return formatAsNumber(value, Number);
    case "%i":
      return formatAsNumber(value, Number.parseInt);
    case "%f":
      return typeof value === "symbol" ? "NaN" : formatNumber(Number.parseFloat(value));
    case "%j":
      return formatJson(value);
    case "%o":
      return inspect(value, { showHidden: true, depth: OBJECT_DEPTH });
    case "%O":
      return inspect(value);
    default:
      return "";
  }
}

function formatAsString(value) {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number") return formatNumber(value);
  if (typeof value !== "object" || value === null || hasOwnText(value)) return String(value);
  return inspect(value, { depth: 0 });
}

/** True when the object's class, or the object itself, has a toString of its own making. */
function hasOwnText(value) {
  if (value instanceof Error || constructorName(value) === null) return value instanceof Error && hasErrorText(value);
  return typeof value.toString === "function" && !BUILT_IN_TO_STRING.has(value.toString);
}

function hasErrorText(error) {
  return Object.hasOwn(error, "toString") || Object.hasOwn(getPrototypeOf(error), "toString");
}

function formatAsNumber(value, convert) {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "symbol") return "NaN";
  if (typeof value === "object" && convert !== Number) return formatNumber(convert(value));
  return formatNumber(convert(value));
}
