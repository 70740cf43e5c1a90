/**
 * Running modules. The host cannot call JavaScript while JavaScript waits for it: a module that calls an
 * import stops, and is resumed with what the import returned.
 */

import wasm from "qemu-dev:engine/wasm@0.1.0";
import { receiveCopies, sendCopies } from "./wasm_copies.js";
import { createWasmError } from "./wasm_errors.js";
import { decode, encode } from "./wasm_values.js";

const FINISHED = 0;
const CALLED = 1;
const FAILED = 2;
/** Where a step's results begin, and the arguments of an import that is called. */
export const RESULTS = 8;
const ARGUMENTS = 16;

const imports = new Map();
let thrown;

/**
 * The number of a new function for modules to import.
 * @param {Function} callback
 * @param {string} signature
 */
export function createImport(callback, signature) {
  const number = wasm.createImport(signature);
  const [parameters, results] = signature.split(":");
  imports.set(number, { callback, parameters, results });
  return number;
}

/**
 * Runs a module until it is finished.
 * @param {() => Uint8Array} begin asks the host to begin
 * @returns {Uint8Array} the last step; results are at RESULTS
 */
export function run(begin) {
  let step = cross(begin);
  while (step[0] === CALLED) step = cross(callImport(step));
  if (step[0] === FINISHED) return step;
  if (step[0] === FAILED) throw createWasmError(wasm.lastFailure());
  const error = thrown;
  thrown = undefined;
  throw error;
}

function cross(go) {
  sendCopies();
  const step = go();
  receiveCopies();
  return step;
}

/** Calls an import and answers how the module goes on. */
function callImport(step) {
  const number = new DataView(step.buffer).getUint32(RESULTS, true);
  const { callback, parameters, results } = imports.get(number);
  let slots;
  try {
    const value = callback(...decode(parameters, step, ARGUMENTS));
    slots = encode(results, resultsOf(value, results.length));
  } catch (error) {
    thrown = error;
    return wasm.throw;
  }
  return () => wasm.resume(slots);
}

function resultsOf(value, count) {
  if (count <= 1) return [value];
  const values = [...value];
  if (values.length !== count) throw new TypeError("multi-return length mismatch");
  return values;
}
