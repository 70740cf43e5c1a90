/**
 * The console: https://console.spec.whatwg.org/ with the formatting of Node and wrangler.
 */

import * as host from "./host.js";
import { formatMessage } from "./console_format.js";
import { formatTable } from "./console_table.js";
import { framesOf } from "./error_stacks.js";
import { inspect } from "./inspect.js";
import { currentTimeMs } from "./primordials.js";

const DEFAULT_LABEL = "default";
const GROUP_INDENTATION = "  ";

const counts = new Map();
const timersStartedMs = new Map();
let indentation = "";

function write(level, text) {
  host.log(level, indentation === "" ? text : indentation + text.replaceAll("\n", `\n${indentation}`));
}

function writeFormatted(level, values) {
  write(level, formatMessage(values));
}

function elapsed(label) {
  const startedMs = timersStartedMs.get(label);
  if (startedMs === undefined) {
    write("warn", `Timer '${label}' does not exist`);
    return undefined;
  }
  const durationMs = currentTimeMs() - startedMs;
  return durationMs < 1000 ? `${label}: ${durationMs}ms` : `${label}: ${(durationMs / 1000).toFixed(3)}s`;
}

/** The global console. */
export const console = {
  __proto__: {},

  debug(...values) {
    writeFormatted("debug", values);
  },

  error(...values) {
    writeFormatted("error", values);
  },

  info(...values) {
    writeFormatted("info", values);
  },

  log(...values) {
    writeFormatted("log", values);
  },

  warn(...values) {
    writeFormatted("warn", values);
  },

  dir(value = undefined, options = undefined) {
    write("log", inspect(value, { customInspect: false, ...options }));
  },

  dirxml(...values) {
    writeFormatted("log", values);
  },

  table(data = undefined, columns = undefined) {
    write("log", formatTable(data, columns) ?? formatMessage([data]));
  },

  trace(...values) {
    const trace = new Error(formatMessage(values));
    Error.captureStackTrace(trace, console.trace);
    const frames = framesOf(`${trace.stack}`).trimEnd();
    write("error", `${trace.message === "" ? "Trace" : `Trace: ${trace.message}`}\n${frames}`);
  },

  assert(condition = false, ...values) {
    if (condition) return;
    if (typeof values[0] === "string") values[0] = `Assertion failed: ${values[0]}`;
    else values.unshift(values.length === 0 ? "Assertion failed" : "Assertion failed:");
    writeFormatted("warn", values);
  },

  clear() {},

  count(label = DEFAULT_LABEL) {
    const key = `${label}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    write("log", `${key}: ${count}`);
  },

  countReset(label = DEFAULT_LABEL) {
    const key = `${label}`;
    if (!counts.delete(key)) write("warn", `Count for '${key}' does not exist`);
  },

  group(...values) {
    if (values.length > 0) writeFormatted("log", values);
    indentation += GROUP_INDENTATION;
  },

  groupCollapsed(...values) {
    console.group(...values);
  },

  groupEnd() {
    indentation = indentation.slice(GROUP_INDENTATION.length);
  },

  time(label = DEFAULT_LABEL) {
    const key = `${label}`;
    if (timersStartedMs.has(key)) write("warn", `Label '${key}' already exists for console.time()`);
    else timersStartedMs.set(key, currentTimeMs());
  },

  timeLog(label = DEFAULT_LABEL, ...values) {
    const text = elapsed(`${label}`);
    if (text !== undefined) writeFormatted("log", [text, ...values]);
  },

  timeEnd(label = DEFAULT_LABEL) {
    const key = `${label}`;
    const text = elapsed(key);
    timersStartedMs.delete(key);
    if (text !== undefined) write("log", text);
  },

  timeStamp() {},
  profile() {},
  profileEnd() {},
};

Object.defineProperty(console, Symbol.toStringTag, { value: "console", configurable: true });
