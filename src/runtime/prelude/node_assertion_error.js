/** The error of a failed assertion, and what it says. */

import { inspect } from "./inspect.js";
import { validateObject } from "./node_errors.js";

const LONGEST_SHORT_MESSAGE = 44;
const LONGEST_DIFFERENCE_LINES = 200;
const HEADLINES = {
  deepStrictEqual: "Expected values to be strictly deep-equal:",
  strictEqual: "Expected values to be strictly equal:",
  strictEqualObject: 'Expected "actual" to be reference-equal to "expected":',
  deepEqual: "Expected values to be loosely deep-equal:",
  notDeepStrictEqual: 'Expected "actual" not to be strictly deep-equal to:',
  notStrictEqual: 'Expected "actual" to be strictly unequal to:',
  notStrictEqualObject: 'Expected "actual" not to be reference-equal to "expected":',
  notDeepEqual: 'Expected "actual" not to be loosely deep-equal to:',
  notIdentical: "Values have same structure but are not reference-equal:",
};

function show(value) {
  return inspect(value, { depth: 1000 });
}

function isPlain(value) {
  return (typeof value !== "object" || value === null) && typeof value !== "function";
}

/** A line-by-line difference by the longest common subsequence. */
function differenceOf(actual, expected) {
  const [a, b] = [actual.split("\n"), expected.split("\n")];
  if (a.length > LONGEST_DIFFERENCE_LINES || b.length > LONGEST_DIFFERENCE_LINES) return [...a.map(plus), ...b.map(minus)];
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i][j] = a[i] === b[j] ? lengths[i + 1][j + 1] + 1 : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
    }
  }
  const lines = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push(`  ${a[i++]}`);
      j++;
    } else if (i < a.length && (j === b.length || lengths[i + 1][j] >= lengths[i][j + 1])) lines.push(plus(a[i++]));
    else lines.push(minus(b[j++]));
  }
  return lines;
}

function plus(line) {
  return `+ ${line}`;
}

function minus(line) {
  return `- ${line}`;
}

function unequalMessage(actual, expected, operator) {
  const [left, right] = [show(actual), show(expected)];
  const bothObjects = !isPlain(actual) && !isPlain(expected);
  let headline = HEADLINES[operator === "strictEqual" && bothObjects ? "strictEqualObject" : operator];
  if (left === right && operator === "strictEqual") return `${HEADLINES.notIdentical}\n\n${left}\n`;
  const short = !left.includes("\n") && !right.includes("\n") && isPlain(actual) && isPlain(expected);
  if (short && left.length + right.length <= LONGEST_SHORT_MESSAGE) return `${headline}\n\n${left} !== ${right}\n`;
  return `${headline}\n+ actual - expected\n\n${differenceOf(left, right).join("\n")}`;
}

function equalMessage(actual, operator) {
  const isReference = operator === "notStrictEqual" && !isPlain(actual);
  const text = show(actual);
  const headline = HEADLINES[isReference ? "notStrictEqualObject" : operator];
  return `${headline}${text.includes("\n") || operator !== "notStrictEqual" || isReference ? "\n\n" : " "}${text}${text.includes("\n") || operator !== "notStrictEqual" || isReference ? "\n" : ""}`;
}

function generateMessage(actual, expected, operator) {
  if (operator === "==" || operator === "!=") return `${show(actual)} ${operator} ${show(expected)}`;
  if (operator === "deepEqual") {
    const [left, right] = [show(actual), show(expected)];
    return `${HEADLINES.deepEqual}\n\n${left}\n\nshould loosely deep-equal\n\n${right}`;
  }
  if (operator?.startsWith("not")) return equalMessage(actual, operator);
  if (operator in HEADLINES) return unequalMessage(actual, expected, operator);
  return `${show(actual)} ${operator} ${show(expected)}`;
}

/** What an assertion throws: with `actual`, `expected` and `operator`. */
export class AssertionError extends Error {
  constructor(options) {
    validateObject(options, "options");
    const { message, operator, stackStartFn, actual, expected } = options;
    super(message === undefined || message === null ? generateMessage(actual, expected, operator) : `${message}`);
    this.generatedMessage = message === undefined || message === null;
    Object.defineProperty(this, "name", { value: "AssertionError", writable: true, configurable: true });
    this.code = "ERR_ASSERTION";
    this.actual = actual;
    this.expected = expected;
    this.operator = operator;
    Error.captureStackTrace(this, stackStartFn);
  }

  toString() {
    return `${this.name} [${this.code}]: ${this.message}`;
  }
}

