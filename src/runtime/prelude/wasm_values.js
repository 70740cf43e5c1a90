/**
 * Values between JavaScript and modules: https://webassembly.github.io/spec/js-api/#towebassemblyvalue
 *
 * They travel as slots of eight bytes; types are letters. See the interface `wasm` in wit/engine.wit.
 */

import { NULL, numberOfValue, valueOfNumber } from "./wasm_references.js";

const SLOT_BYTES = 8;
const INCOMPATIBLE = "type incompatibility when transforming from/to JS";
const { asIntN } = BigInt;

/** The names of the types in descriptors. */
export const LETTERS = { __proto__: null, i32: "i", i64: "I", f32: "f", f64: "F", externref: "x", anyfunc: "r", funcref: "r" };

/** Set by wasm_functions.js, which needs this module. */
const functions = { numberOf: undefined, withNumber: undefined };

/** Says how exported functions and their numbers are found. */
export function connectFunctions(numberOf, withNumber) {
  Object.assign(functions, { numberOf, withNumber });
}

/** The slots of `values`, one for each letter of `types`. */
export function encode(types, values) {
  const bytes = new Uint8Array(types.length * SLOT_BYTES);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < types.length; index++) write(view, index * SLOT_BYTES, types[index], values[index]);
  return bytes;
}

function write(view, offset, type, value) {
  switch (type) {
    case "i":
      return view.setInt32(offset, value, true);
    case "I":
      return view.setBigInt64(offset, asIntN(64, value), true);
    case "f":
      return view.setFloat32(offset, value, true);
    case "F":
      return view.setFloat64(offset, value, true);
    case "x":
      return view.setUint32(offset, numberOfValue(value), true);
    case "r":
      return view.setUint32(offset, functionNumber(value), true);
    default:
      throw new TypeError(INCOMPATIBLE);
  }
}

function functionNumber(value) {
  if (value === null) return NULL;
  const number = functions.numberOf(value);
  if (number === undefined) throw new TypeError("function-typed object expected");
  return number;
}

/** The values in the slots of `bytes` from `offset` on, one for each letter of `types`. */
export function decode(types, bytes, offset) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Array(types.length);
  for (let index = 0; index < types.length; index++) values[index] = read(view, offset + index * SLOT_BYTES, types[index]);
  return values;
}

function read(view, offset, type) {
  switch (type) {
    case "i":
      return view.getInt32(offset, true);
    case "I":
      return view.getBigInt64(offset, true);
    case "f":
      return view.getFloat32(offset, true);
    case "F":
      return view.getFloat64(offset, true);
    case "x":
      return valueOfNumber(view.getUint32(offset, true));
    case "r":
      return functionWithNumber(view.getUint32(offset, true));
    default:
      throw new TypeError(INCOMPATIBLE);
  }
}

function functionWithNumber(number) {
  return number === NULL ? null : functions.withNumber(number);
}
