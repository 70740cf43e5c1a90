/** The decoding half of structured clone: from a tree of JSON values to the copy. */

import { DOMException } from "./errors.js";
import { defineProperty, isArray } from "./primordials.js";

const ERRORS = { __proto__: null, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, Error };
const VIEWS = {
  __proto__: null, Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
  Float32Array, Float64Array, BigInt64Array, BigUint64Array, DataView,
};
if (typeof Float16Array === "function") VIEWS.Float16Array = Float16Array;

/**
 * @param {unknown} tree
 * @param {(encoded: any) => ArrayBuffer} readBuffer the buffer that something in the tree stands for
 * @returns {unknown}
 */
export function decodeTree(tree, readBuffer) {
  return decode(tree, [], readBuffer);
}

/**
 * Decoders by tag. Each gets the tagged array, the list of objects met so far and the reader of buffers.
 * A container adds itself to the list before its members are decoded.
 */
const decoders = {
  __proto__: null,
  undefined: () => undefined,
  number: (tree) => (tree[1] === "-0" ? -0 : Number(tree[1])),
  bigint: (tree) => BigInt(tree[1]),
  ref: (tree, met) => met[tree[1]],
  date: (tree, met) => remember(met, new Date(tree[1] ?? NaN)),
  regexp: (tree, met) => remember(met, new RegExp(tree[1], tree[2])),
  boxed(tree, met) {
    const number = met.push(undefined) - 1;
    return (met[number] = Object(decode(tree[1], met)));
  },
  array(tree, met, readBuffer) {
    const array = remember(met, []);
    for (let index = 1; index < tree.length; index++) array.push(decode(tree[index], met, readBuffer));
    return array;
  },
  sparse(tree, met, readBuffer) {
    const array = remember(met, []);
    array.length = tree[1];
    return decodeProperties(array, tree[2], met, readBuffer);
  },
  map(tree, met, readBuffer) {
    const map = remember(met, new Map());
    for (let index = 1; index < tree.length; index += 2) {
      map.set(decode(tree[index], met, readBuffer), decode(tree[index + 1], met, readBuffer));
    }
    return map;
  },
  set(tree, met, readBuffer) {
    const set = remember(met, new Set());
    for (let index = 1; index < tree.length; index++) set.add(decode(tree[index], met, readBuffer));
    return set;
  },
  buffer: (tree, met, readBuffer) => remember(met, readBuffer(tree[1])),
  view(tree, met, readBuffer) {
    const number = met.push(undefined) - 1;
    return (met[number] = new VIEWS[tree[1]](decode(tree[2], met, readBuffer), tree[3], tree[4]));
  },
  error: (tree, met, readBuffer) => decodeError(new ERRORS[tree[1]](), tree[2], met, readBuffer),
  exception: (tree, met, readBuffer) =>
    decodeError(new DOMException(tree[2].message, tree[1]), { ...tree[2], message: undefined }, met, readBuffer),
};

function remember(met, object) {
  met.push(object);
  return object;
}

function decode(tree, met, readBuffer) {
  if (typeof tree !== "object" || tree === null) return tree;
  if (isArray(tree)) return decoders[tree[0]](tree, met, readBuffer);
  return decodeProperties(remember(met, {}), tree, met, readBuffer);
}

function decodeProperties(target, tree, met, readBuffer) {
  for (const key of Object.keys(tree)) {
    const value = decode(tree[key], met, readBuffer);
    if (key === "__proto__") {
      defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
    } else {
      target[key] = value;
    }
  }
  return target;
}

function decodeError(error, members, met, readBuffer) {
  remember(met, error);
  for (const key of Object.keys(members)) {
    if (members[key] === undefined) continue;
    const value = decode(members[key], met, readBuffer);
    defineProperty(error, key, { value, writable: true, enumerable: false, configurable: true });
  }
  return error;
}
