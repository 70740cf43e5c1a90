/** Exported functions: https://webassembly.github.io/spec/js-api/#exported-function-exotic-objects */

import wasm from "qemu-dev:engine/wasm@0.1.0";
import { RESULTS, run } from "./wasm_calls.js";
import { connectFunctions, decode, encode } from "./wasm_values.js";

const functions = new Map();
const numbers = new WeakMap();

/** The number of an exported function; undefined for anything else. */
export function numberOfFunction(value) {
  return typeof value === "function" ? numbers.get(value) : undefined;
}

/** The one JavaScript function for a module's function. */
export function functionWithNumber(number, signature = wasm.functionType(number)) {
  const known = functions.get(number);
  if (known !== undefined) return known;
  const exported = createFunction(number, ...signature.split(":"));
  functions.set(number, exported);
  numbers.set(exported, number);
  return exported;
}

function createFunction(number, parameters, results) {
  const call = (...values) => {
    const slots = encode(parameters, values);
    const step = run(() => wasm.call(number, slots));
    if (results === "") return undefined;
    const returned = decode(results, step, RESULTS);
    return returned.length === 1 ? returned[0] : returned;
  };
  Object.defineProperty(call, "name", { value: `${number}`, configurable: true });
  Object.defineProperty(call, "length", { value: parameters.length, configurable: true });
  return call;
}

connectFunctions(numberOfFunction, functionWithNumber);
