/** Instances: https://webassembly.github.io/spec/js-api/#instances */

import wasm from "qemu-dev:engine/wasm@0.1.0";
import { defineInterface, isObject } from "./webidl.js";
import { createImport, RESULTS, run } from "./wasm_calls.js";
import { LinkError } from "./wasm_errors.js";
import { functionWithNumber, numberOfFunction } from "./wasm_functions.js";
import { moduleParts } from "./wasm_module.js";
import {
  createGlobal,
  createTable,
  Global,
  memoryWithNumber,
  numberOfGlobal,
  numberOfMemory,
  numberOfTable,
} from "./wasm_objects.js";

const PLACE = "WebAssembly.Instance()";
const GLOBAL_TYPES = { __proto__: null, i: "i32", I: "i64", f: "f32", F: "f64", x: "externref", r: "anyfunc" };

export class Instance {
  constructor(module, imports = undefined) {
    const parts = moduleParts(module);
    if (parts === undefined) throw new TypeError(`${PLACE}: Argument 0 must be a WebAssembly.Module`);
    if (imports !== undefined && !isObject(imports)) throw new TypeError(`${PLACE}: Argument 1 must be an object`);
    if (imports === undefined && parts.imports.length > 0) {
      throw new TypeError(`${PLACE}: Imports argument must be present and must be an object`);
    }
    const numbers = parts.imports.map((wanted, index) => BigInt(findImport(wanted, index, imports)));
    const slots = new Uint8Array(new BigUint64Array(numbers).buffer);
    const step = run(() => wasm.instantiate(parts.name, slots));
    Object.defineProperty(this, "exports", { value: exportsOf(parts, step), enumerable: true });
  }
}

defineInterface(Instance, "WebAssembly.Instance");

/** The number of what is given for one import. */
function findImport({ module, name, kind, type, mutable }, index, imports) {
  const namespace = imports[module];
  if (!isObject(namespace)) {
    throw new TypeError(`${PLACE}: Import #${index} "${module}": module is not an object or function`);
  }
  const value = namespace[name];
  const number = importers[kind]?.(value, type, mutable);
  if (number !== undefined) return number;
  throw new LinkError(`${PLACE}: Import #${index} "${module}" "${name}": ${REQUIRED[kind]}`);
}

const REQUIRED = {
  function: "function import requires a callable",
  memory: "memory import must be a WebAssembly.Memory object",
  table: "table import requires a WebAssembly.Table",
  global: "global import must be a number, valid Wasm reference, or WebAssembly.Global object",
  tag: "exception tags are not emulated by qemu-dev",
};

const importers = {
  __proto__: null,
  function(value, signature) {
    if (typeof value !== "function") return undefined;
    return numberOfFunction(value) ?? createImport(value, signature);
  },
  memory: (value) => numberOfMemory(value),
  table: (value) => numberOfTable(value),
  global(value, letter, mutable) {
    const given = numberOfGlobal(value);
    if (given !== undefined) return given;
    const expected = letter === "I" ? "bigint" : "number";
    const fits = letter === "x" || (letter === "r" ? value === null || numberOfFunction(value) !== undefined : typeof value === expected);
    if (mutable || !fits) return undefined;
    return numberOfGlobal(new Global({ value: GLOBAL_TYPES[letter] }, value));
  },
};

function exportsOf(parts, step) {
  const numbers = new DataView(step.buffer, RESULTS);
  const exported = Object.create(null);
  parts.exports.forEach(({ name, kind, type, mutable }, index) => {
    const number = numbers.getUint32(index * 8, true);
    Object.defineProperty(exported, name, { value: exporters[kind](number, type, mutable), enumerable: true });
  });
  return Object.freeze(exported);
}

const exporters = {
  __proto__: null,
  function: functionWithNumber,
  memory: memoryWithNumber,
  table: createTable,
  global: createGlobal,
};
