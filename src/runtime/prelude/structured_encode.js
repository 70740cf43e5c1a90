/** The encoding half of structured clone: from a value to a tree of JSON values. */

import { DOMException } from "./errors.js";
import { isUncloneable } from "./platform.js";
import { getOwnPropertyDescriptor, getPrototypeOf, isArray } from "./primordials.js";

const { apply } = Reflect;
const objectTag = Object.prototype.toString;
const viewName = getOwnPropertyDescriptor(getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get;
const detachedGetter = getOwnPropertyDescriptor(ArrayBuffer.prototype, "detached").get;
const dateValue = Date.prototype.valueOf;
const forEachInMap = Map.prototype.forEach;
const forEachInSet = Set.prototype.forEach;
const BOXED = [Boolean.prototype.valueOf, Number.prototype.valueOf, String.prototype.valueOf, BigInt.prototype.valueOf];
const ERROR_NAMES = new Set([
  "EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError",
]);
const UNCLONEABLE_TAGS = new Set(
  [
    "Promise", "WeakMap", "WeakSet", "WeakRef", "FinalizationRegistry", "Symbol", "Generator", "AsyncGenerator", "Module",
    "Map Iterator", "Set Iterator", "Array Iterator", "String Iterator", "RegExp String Iterator", "Iterator Helper",
  ].map((name) => `[object ${name}]`),
);

/** Bytes V8's serialiser needs, for the size limits: a tag, and for containers a tag and lengths at the end. */
const TAG_BYTES = 1;
const CONTAINER_BYTES = 4;
const NUMBER_BYTES = 9;
const HEADER_BYTES = 2;
const BEYOND_LATIN1 = /[^\0-\xff]/;

/** The DataCloneError with a message. */
export function cloneError(message) {
  return new DOMException(message, "DataCloneError");
}

/** True for an ArrayBuffer whose memory has been transferred. */
export function isDetached(buffer) {
  return apply(detachedGetter, buffer, []);
}

/** Encodes one value. `byteLength` is about the size V8's own format would have. */
export class Encoder {
  byteLength = HEADER_BYTES;
  #seen = new Map();
  #encodeBuffer;

  /** @param {(buffer: ArrayBuffer) => unknown} encodeBuffer what stands for a buffer in the tree */
  constructor(encodeBuffer) {
    this.#encodeBuffer = encodeBuffer;
  }

  encode(value) {
    switch (typeof value) {
      case "string":
        this.byteLength += stringBytes(value);
        return value;
      case "number":
        return this.#number(value);
      case "boolean":
        this.byteLength += TAG_BYTES;
        return value;
      case "undefined":
        this.byteLength += TAG_BYTES;
        return ["undefined"];
      case "bigint":
        this.byteLength += NUMBER_BYTES;
        return ["bigint", `${value}`];
      case "object":
        if (value !== null) return this.#object(value);
        this.byteLength += TAG_BYTES;
        return null;
      default:
        throw cloneError(`${String(value)} could not be cloned.`);
    }
  }

  #number(value) {
    const small = (value | 0) === value;
    this.byteLength += small ? CONTAINER_BYTES : NUMBER_BYTES;
    if ((small && !Object.is(value, -0)) || (Number.isFinite(value) && value !== 0)) return value;
    return ["number", Object.is(value, -0) ? "-0" : `${value}`];
  }

  #object(object) {
    const number = this.#seen.get(object);
    if (number !== undefined) {
      this.byteLength += CONTAINER_BYTES;
      return ["ref", number];
    }
    this.#seen.set(object, this.#seen.size);
    this.byteLength += CONTAINER_BYTES;
    if (isArray(object)) return this.#array(object);
    if (getPrototypeOf(object) === Object.prototype && apply(objectTag, object, []) === "[object Object]") {
      return this.#properties(object);
    }
    if (ArrayBuffer.isView(object)) return this.#view(object);
    return this.#special(object) ?? this.#ordinary(object);
  }

  #array(array) {
    const { length } = array;
    if (!isDense(array, length)) return ["sparse", length, this.#properties(array)];
    const tree = ["array"];
    for (let index = 0; index < length; index++) tree.push(this.encode(array[index]));
    return tree;
  }

  #properties(object) {
    const tree = { __proto__: null };
    for (const key of Object.keys(object)) {
      if (!Object.hasOwn(object, key)) continue;
      this.byteLength += stringBytes(key);
      tree[key] = this.encode(object[key]);
    }
    return tree;
  }

  #view(view) {
    const name = view instanceof DataView ? "DataView" : apply(viewName, view, []);
    const { byteOffset, byteLength, length } = view;
    return ["view", name, this.encode(view.buffer), byteOffset, length ?? byteLength];
  }

  /** Objects with state of the language's own; undefined for others. */
  #special(object) {
    switch (apply(objectTag, object, [])) {
      case "[object Date]":
        return this.#dateOrNothing(object);
      case "[object RegExp]":
        return object instanceof RegExp ? ["regexp", object.source, object.flags] : undefined;
      case "[object Boolean]":
      case "[object Number]":
      case "[object String]":
      case "[object BigInt]":
        return this.#boxed(object);
      case "[object Map]":
        return object instanceof Map ? this.#map(object) : undefined;
      case "[object Set]":
        return object instanceof Set ? this.#set(object) : undefined;
      case "[object ArrayBuffer]":
        return object instanceof ArrayBuffer ? this.#buffer(object) : undefined;
      case "[object Error]":
      case "[object DOMException]":
        return object instanceof Error ? this.#error(object) : undefined;
      default:
        return undefined;
    }
  }

  #dateOrNothing(object) {
    const time = apply(dateValue, object, []);
    return ["date", Number.isNaN(time) ? null : time];
  }

  #boxed(object) {
    for (const valueOf of BOXED) {
      try {
        return ["boxed", this.encode(apply(valueOf, object, []))];
      } catch {
        continue;
      }
    }
    return undefined;
  }

  #map(map) {
    const entries = [];
    apply(forEachInMap, map, [(value, key) => entries.push(key, value)]);
    return ["map", ...entries.map((item) => this.encode(item))];
  }

  #set(set) {
    const items = [];
    apply(forEachInSet, set, [(item) => items.push(item)]);
    return ["set", ...items.map((item) => this.encode(item))];
  }

  #buffer(buffer) {
    if (isDetached(buffer)) throw cloneError("An ArrayBuffer is detached and could not be cloned.");
    this.byteLength += buffer.byteLength;
    return ["buffer", this.#encodeBuffer(buffer)];
  }

  #error(error) {
    const { name } = error;
    const isDom = error instanceof DOMException;
    const known = isDom ? `${name}` : ERROR_NAMES.has(name) ? name : "Error";
    const tree = { __proto__: null };
    if (isDom || Object.hasOwn(error, "message")) tree.message = this.encode(`${error.message}`);
    if (typeof error.stack === "string") tree.stack = this.encode(error.stack);
    if (Object.hasOwn(error, "cause")) tree.cause = this.encode(error.cause);
    return [isDom ? "exception" : "error", known, tree];
  }

  #ordinary(object) {
    const tag = apply(objectTag, object, []);
    if (isUncloneable(object) || UNCLONEABLE_TAGS.has(tag)) {
      throw cloneError(`#<${object.constructor?.name || tag.slice(8, -1)}> could not be cloned.`);
    }
    return this.#properties(object);
  }
}

/** True when an array has all its elements and nothing else. Index keys come first and in order. */
function isDense(array, length) {
  const keys = Object.keys(array);
  return keys.length === length && (length === 0 || keys[length - 1] === `${length - 1}`);
}

/** V8 stores a string in one byte a character where it can, else in two. */
function stringBytes(text) {
  return TAG_BYTES + CONTAINER_BYTES + text.length * (BEYOND_LATIN1.test(text) ? 2 : 1);
}
