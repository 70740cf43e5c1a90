/**
 * Values as text for people, laid out as Node's `util.inspect` and therefore wrangler lay them out:
 * two levels below the top, lines of at most 72-80 columns, `[Circular *1]` for cycles.
 */

import { shapeOf } from "./inspect_kinds.js";
import { arrange } from "./inspect_layout.js";
import { formatKey, formatPrimitive } from "./inspect_text.js";
import { getOwnPropertyDescriptor } from "./primordials.js";

const DEFAULT_DEPTH = 2;
const CUSTOM = Symbol.for("nodejs.util.inspect.custom");
const INDEX = /^(0|[1-9]\d*)$/;
const { ownKeys } = Reflect;
const isEnumerable = Object.prototype.propertyIsEnumerable;

/**
 * @param {unknown} value
 * @param {{depth?: number|null, showHidden?: boolean, customInspect?: boolean}} [options] a depth of null
 *   has no limit
 * @returns {string}
 */
export function inspect(value, options = undefined) {
  return new Inspection(options).format(value, 0);
}

/** The state of one inspect call, and how the shapes of objects go deeper. */
export class Inspection {
  /** The column in which the object being formatted stands. */
  indentation = 0;
  /** The level of the object formatted last: tells how deeply the members just formatted are nested. */
  reachedLevel = 0;
  #depth;
  #showHidden;
  #customInspect;
  #path = [];
  #references = new Map();

  constructor({ depth = DEFAULT_DEPTH, showHidden = false, customInspect = true } = {}) {
    this.#depth = depth ?? Infinity;
    this.#showHidden = showHidden;
    this.#customInspect = customInspect;
  }

  format(value, level) {
    if (value === null) return "null";
    if (typeof value !== "object" && typeof value !== "function") return formatPrimitive(value, this.indentation);
    const { indentation } = this;
    const { length } = this.#path;
    try {
      return (this.#customInspect ? this.#custom(value, level) : undefined) ?? this.#formatObject(value, level);
    } catch {
      this.indentation = indentation;
      this.#path.length = length;
      return "[an object that throws when it is inspected]";
    }
  }

  /** Formats a member two columns further right. */
  nested(value, level) {
    this.indentation += 2;
    const text = this.format(value, level);
    this.indentation -= 2;
    return text;
  }

  /** Formats a property's value two columns further right, without calling getters. */
  property(object, key, level) {
    const descriptor = getOwnPropertyDescriptor(object, key);
    if (descriptor.get !== undefined) return descriptor.set === undefined ? "[Getter]" : "[Getter/Setter]";
    if (descriptor.set !== undefined) return "[Setter]";
    return this.nested(descriptor.value, level);
  }

  /** The own keys to show: enumerable ones, symbols included. */
  keysOf(object, skipIndexes = false) {
    return ownKeys(object).filter((key) => {
      if (skipIndexes && typeof key === "string" && INDEX.test(key)) return false;
      return this.#showHidden || isEnumerable.call(object, key);
    });
  }

  #custom(value, level) {
    const custom = value[CUSTOM];
    if (typeof custom !== "function") return undefined;
    const depth = this.#depth - level;
    const result = custom.call(value, depth, { depth, showHidden: this.#showHidden }, inspect);
    if (result === value) return undefined;
    if (typeof result !== "string") return this.format(result, level);
    return result.replaceAll("\n", `\n${" ".repeat(this.indentation)}`);
  }

  #formatObject(value, level) {
    if (this.#path.includes(value)) return this.#circular(value);
    const shape = shapeOf(this, value);
    if (shape.items === undefined && shape.keys.length === 0) {
      return shape.base === "" ? shape.open + shape.close : shape.base;
    }
    if (level > this.#depth) return shape.name.startsWith("[") ? shape.name : `[${shape.name}]`;
    const members = this.#members(value, shape, level);
    const reference = this.#references.get(value);
    if (reference === undefined) return arrange(this, members, shape, level);
    const mark = `<ref *${reference}>`;
    return arrange(this, members, { ...shape, base: shape.base === "" ? mark : `${mark} ${shape.base}` }, level);
  }

  #circular(value) {
    const { size } = this.#references;
    if (!this.#references.has(value)) this.#references.set(value, size + 1);
    return `[Circular *${this.#references.get(value)}]`;
  }

  #members(value, shape, level) {
    this.#path.push(value);
    this.reachedLevel = level;
    const members = shape.items === undefined ? [] : shape.items(level + 1);
    for (const key of shape.keys) {
      const name = formatKey(key, isEnumerable.call(value, key));
      members.push(`${name}: ${this.property(value, key, level + 1)}`);
    }
    this.#path.pop();
    return members;
  }
}
