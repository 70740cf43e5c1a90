/** console.table. */

import { inspect } from "./inspect.js";
import { isArray } from "./primordials.js";

const INDEX_COLUMN = "(index)";
const ITERATION_COLUMN = "(iteration index)";
const KEY_COLUMN = "Key";
const VALUE_COLUMN = "Values";

/**
 * @param {unknown} data an object, array, Map or Set of rows
 * @param {string[]} [columns] the properties to show
 * @returns {string|undefined} undefined when the data are no rows
 */
export function formatTable(data, columns = undefined) {
  if (typeof data !== "object" || data === null) return undefined;
  const { indexName, rows } = toRows(data);
  const names = columns === undefined ? propertyNames(rows) : Array.from(columns, String);
  const hasKeys = rows.some((row) => "key" in row);
  const hasValues = rows.some(({ value }) => !isRow(value));
  const header = [indexName, ...(hasKeys ? [KEY_COLUMN] : []), ...names, ...(hasValues ? [VALUE_COLUMN] : [])];
  const lines = rows.map(({ index, key, value }) => [
    index,
    ...(hasKeys ? [cellText(key)] : []),
    ...names.map((name) => (isRow(value) && Object.hasOwn(value, name) ? cellText(value[name]) : "")),
    ...(hasValues ? [isRow(value) ? "" : cellText(value)] : []),
  ]);
  return draw([header, ...lines]);
}

function toRows(data) {
  if (data instanceof Map) {
    const rows = Array.from(data, ([key, value], index) => ({ index: `${index}`, key, value }));
    return { indexName: ITERATION_COLUMN, rows };
  }
  if (data instanceof Set) {
    const rows = Array.from(data, (value, index) => ({ index: `${index}`, value }));
    return { indexName: ITERATION_COLUMN, rows };
  }
  return { indexName: INDEX_COLUMN, rows: Object.keys(data).map((index) => ({ index, value: data[index] })) };
}

function isRow(value) {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function propertyNames(rows) {
  const names = new Set();
  for (const { value } of rows) {
    if (isRow(value)) for (const name of Object.keys(value)) names.add(name);
  }
  return [...names];
}

function cellText(value) {
  const depth = typeof value === "object" && value !== null && !isArray(value) && Object.keys(value).length > 2 ? -1 : 0;
  return inspect(value, { depth });
}

function draw(lines) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)) + 2);
  const rule = (left, middle, right) => left + widths.map((width) => "─".repeat(width)).join(middle) + right;
  const row = (cells) => `│${cells.map((cell, column) => ` ${cell}`.padEnd(widths[column])).join("│")}│`;
  const [header, ...body] = lines.map(row);
  return [rule("┌", "┬", "┐"), header, rule("├", "┼", "┤"), ...body, rule("└", "┴", "┘")].join("\n");
}
