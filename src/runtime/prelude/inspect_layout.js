/** How the members of an object are put on lines. */

import { LINE_COLUMNS } from "./inspect_text.js";

/** An object joins one line when no more levels than this are nested in it. */
const LEVELS_ON_ONE_LINE = 3;
const SHORTEST_GROUPED_LIST = 6;
const MOST_COLUMNS = 15;
const SEPARATOR_WIDTH = 2;
/** Cells count as this much narrower, which favours more columns. */
const NARROWING = 3;
/** A cell is about this many times as high as it is wide: aims at blocks that look square. */
const CELL_HEIGHT = 2.5;

/**
 * @param {{indentation: number, reachedLevel: number}} inspection
 * @param {string[]} members
 * @param {{base: string, open: string, close: string, list?: ArrayLike<unknown>, hiddenCount?: number}} shape
 * @param {number} level
 * @returns {string}
 */
export function arrange(inspection, members, { base, open, close, list, hasRemainder }, level) {
  const { indentation } = inspection;
  const lines =
    list !== undefined && members.length > SHORTEST_GROUPED_LIST
      ? groupItems(members, list, indentation, hasRemainder)
      : members;
  const head = base === "" ? open : `${base} ${open}`;
  const nestedLevels = inspection.reachedLevel - level;
  if (nestedLevels < LEVELS_ON_ONE_LINE && lines === members) {
    const start = members.length + indentation + open.length + base.length + 10;
    if (fitsOneLine(members, start, base)) return `${head} ${members.join(", ")} ${close}`;
  }
  const newLine = `\n${" ".repeat(indentation)}`;
  return `${head}${newLine}  ${lines.join(`,${newLine}  `)}${newLine}${close}`;
}

function fitsOneLine(members, start, base) {
  let width = members.length + start;
  for (const member of members) {
    width += member.length;
    if (width > LINE_COLUMNS || member.includes("\n")) return false;
  }
  return width <= LINE_COLUMNS && !base.includes("\n");
}

/** Puts the items of a long list into columns; returns `members` itself when that does not help. */
function groupItems(members, list, indentation, hasRemainder) {
  const count = hasRemainder ? members.length - 1 : members.length;
  const cells = members.slice(0, count);
  const widths = cells.map((cell) => cell.length);
  const widest = Math.max(...widths);
  const total = widths.reduce((sum, width) => sum + width + SEPARATOR_WIDTH, 0);
  const cellWidth = widest + SEPARATOR_WIDTH;
  const worthwhile = total / cellWidth > 5 || widest <= 6;
  if (cellWidth * 3 + indentation >= LINE_COLUMNS || !worthwhile) return members;
  const columns = countColumns(cellWidth, total / members.length, count, indentation);
  if (columns <= 1) return members;
  const rows = toRows(cells, widths, columns, isNumeric(list, members.length));
  return hasRemainder ? [...rows, members[count]] : rows;
}

function countColumns(cellWidth, averageWidth, count, indentation) {
  const biasedWidth = Math.max(cellWidth - NARROWING - Math.sqrt(cellWidth - averageWidth), 1);
  return Math.min(
    Math.round(Math.sqrt(CELL_HEIGHT * biasedWidth * count) / biasedWidth),
    Math.floor((LINE_COLUMNS - indentation) / cellWidth),
    LEVELS_ON_ONE_LINE * 4,
    MOST_COLUMNS,
  );
}

function isNumeric(list, count) {
  for (let index = 0; index < count; index++) {
    if (typeof list[index] !== "number" && typeof list[index] !== "bigint") return false;
  }
  return true;
}

function toRows(cells, widths, columns, alignRight) {
  const columnWidths = [];
  for (let column = 0; column < columns; column++) {
    let width = 0;
    for (let index = column; index < cells.length; index += columns) width = Math.max(width, widths[index]);
    columnWidths.push(width + SEPARATOR_WIDTH);
  }
  const rows = [];
  for (let start = 0; start < cells.length; start += columns) {
    const end = Math.min(start + columns, cells.length);
    let row = "";
    for (let index = start; index < end - 1; index++) {
      const cell = `${cells[index]}, `;
      const width = columnWidths[index - start];
      row += alignRight ? cell.padStart(width) : cell.padEnd(width);
    }
    const last = cells[end - 1];
    rows.push(row + (alignRight ? last.padStart(columnWidths[end - 1 - start] - SEPARATOR_WIDTH) : last));
  }
  return rows;
}
