/**
 * JavaScript values that modules hold as externrefs: they stay here, and modules have their numbers.
 *
 * A number is free again when the host says that no module holds it any more; it is asked when there are
 * twice as many as after the last time.
 */

import wasm from "qemu-dev:engine/wasm@0.1.0";

/** The number of a null reference. */
export const NULL = 0xffffffff;
const FIRST_COLLECTION = 4096;

const values = [];
const free = [];
let nextCollection = FIRST_COLLECTION;

/** A number for `value`, for one crossing into a module. */
export function numberOfValue(value) {
  if (value === null) return NULL;
  if (values.length - free.length >= nextCollection) collect();
  const number = free.length > 0 ? free.pop() : values.length;
  values[number] = value;
  return number;
}

/** The value that a module knows as `number`. */
export function valueOfNumber(number) {
  return number === NULL ? null : values[number];
}

function collect() {
  const numbers = new Uint32Array(wasm.releasedReferences().buffer);
  for (const number of numbers) {
    values[number] = undefined;
    free.push(number);
  }
  nextCollection = Math.max(FIRST_COLLECTION, 2 * (values.length - free.length));
}
