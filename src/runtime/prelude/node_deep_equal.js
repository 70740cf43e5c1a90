/**
 * Deep comparison as node:assert and node:util define it:
 * https://nodejs.org/docs/latest-v20.x/api/assert.html#comparison-details
 */

import { compareBytes } from "./node_buffer_search.js";
import {
  isAnyArrayBuffer,
  isBoxedPrimitive,
  isDate,
  isMap,
  isNativeError,
  isRegExp,
  isSet,
} from "./node_util_types.js";
import { bytesOf } from "./webidl.js";

const tagOf = (value) => Object.prototype.toString.call(value);
const isEnumerable = Object.prototype.propertyIsEnumerable;

/**
 * @param {unknown} actual
 * @param {unknown} expected
 * @param {boolean} strict whether primitives are compared with Object.is, and prototypes too
 */
export function isDeepEqual(actual, expected, strict) {
  return new Comparison(strict).equal(actual, expected);
}

class Comparison {
  #strict;
  /** Pairs being compared further up: cycles that run in step are equal. */
  #pairs = [];

  constructor(strict) {
    this.#strict = strict;
  }

  equal(a, b) {
    if (a === b) return a !== 0 || !this.#strict || Object.is(a, b);
    const bothObjects = typeof a === "object" && typeof b === "object" && a !== null && b !== null;
    if (!bothObjects) return this.#equalPrimitives(a, b);
    if (this.#strict && Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
    if (tagOf(a) !== tagOf(b) || Array.isArray(a) !== Array.isArray(b)) return false;
    if (this.#pairs.some(([x, y]) => x === a && y === b)) return true;
    this.#pairs.push([a, b]);
    const result = this.#equalKinds(a, b) && this.#equalProperties(a, b);
    this.#pairs.pop();
    return result;
  }

  #equalPrimitives(a, b) {
    if (this.#strict) return Object.is(a, b);
    const comparable = (value) => value === null || (typeof value !== "object" && typeof value !== "function");
    // eslint-disable-next-line eqeqeq
    return comparable(a) && comparable(b) && (a == b || (Number.isNaN(a) && Number.isNaN(b)));
  }

  #equalKinds(a, b) {
    if (isDate(a)) return isDate(b) && a.getTime() === b.getTime();
    if (isRegExp(a)) return isRegExp(b) && `${a}` === `${b}` && a.lastIndex === b.lastIndex;
    if (isNativeError(a) || a instanceof Error) return a.message === b.message && a.name === b.name;
    if (ArrayBuffer.isView(a)) return this.#equalViews(a, b);
    if (isAnyArrayBuffer(a)) return isAnyArrayBuffer(b) && compareBytes(bytesOf(a), bytesOf(b)) === 0;
    if (isSet(a)) return isSet(b) && this.#equalSets(a, b);
    if (isMap(a)) return isMap(b) && this.#equalMaps(a, b);
    if (isBoxedPrimitive(a)) return isBoxedPrimitive(b) && Object.is(a.valueOf(), b.valueOf());
    return !Array.isArray(a) || a.length === b.length;
  }

  #equalViews(a, b) {
    if (a.byteLength !== b.byteLength) return false;
    if (a instanceof Float32Array || a instanceof Float64Array) {
      return a.every((value, index) => (this.#strict ? Object.is(value, b[index]) : value === b[index]));
    }
    return compareBytes(bytesOf(a), bytesOf(b)) === 0;
  }

  /** Each member of one has a partner of its own in the other. */
  #pairUp(list, others, matches) {
    const rest = [...others];
    return list.every((item) => {
      const index = rest.findIndex((other) => matches(item, other));
      if (index !== -1) rest.splice(index, 1);
      return index !== -1;
    });
  }

  #equalSets(a, b) {
    if (a.size !== b.size) return false;
    const unmatched = [...a].filter((value) => !b.has(value));
    if (unmatched.length === 0) return true;
    if (this.#strict && unmatched.some((value) => typeof value !== "object" || value === null)) return false;
    const others = [...b].filter((value) => !a.has(value));
    return this.#pairUp(unmatched, others, (x, y) => this.equal(x, y));
  }

  #equalMaps(a, b) {
    if (a.size !== b.size) return false;
    const unmatched = [];
    for (const [key, value] of a) {
      if (b.has(key) && this.equal(value, b.get(key))) continue;
      if (b.has(key) || (this.#strict && (typeof key !== "object" || key === null))) return false;
      unmatched.push([key, value]);
    }
    const others = [...b].filter(([key]) => !a.has(key));
    return this.#pairUp(unmatched, others, (x, y) => this.equal(x[0], y[0]) && this.equal(x[1], y[1]));
  }

  #equalProperties(a, b) {
    const skipIndexes = ArrayBuffer.isView(a);
    const keys = this.#keysOf(a, skipIndexes);
    if (keys.length !== this.#keysOf(b, skipIndexes).length) return false;
    return keys.every((key) => isEnumerable.call(b, key) && this.equal(a[key], b[key]));
  }

  #keysOf(object, skipIndexes) {
    const names = Object.keys(object);
    const keys = skipIndexes ? names.filter((name) => !/^\d+$/.test(name)) : names;
    if (!this.#strict) return keys;
    const symbols = Object.getOwnPropertySymbols(object).filter((symbol) => isEnumerable.call(object, symbol));
    return [...keys, ...symbols];
  }
}
