/** How ECMA-402 reads options, and how its classes look: https://tc39.es/ecma402/#sec-getoption */

import { isObject } from "./webidl.js";

const TYPES = /^[0-9a-z]{3,8}(?:-[0-9a-z]{3,8})*$/i;
const NO_OPTIONS = Object.freeze(Object.create(null));

/** GetOptionsObject: undefined is empty, what is no object throws. */
export function optionsObject(options) {
  if (options === undefined) return NO_OPTIONS;
  if (!isObject(options)) throw new TypeError("Incorrect options: they are no object.");
  return options;
}

/** CoerceOptionsToObject: the older constructors take what converts to an object. */
export function coercedOptions(options) {
  if (options === undefined) return NO_OPTIONS;
  if (options === null) throw new TypeError("Cannot convert undefined or null to object");
  return Object(options);
}

/** A reader of string options for the class called `owner`. */
export function stringOptions(owner, options) {
  return (name, values, fallback) => {
    const value = options[name];
    if (value === undefined) return fallback;
    const text = `${value}`;
    if (values !== undefined && !values.includes(text)) {
      throw new RangeError(`Value ${text} out of range for ${owner} options property ${name}`);
    }
    return text;
  };
}

/** Throws unless a value, if there is one, is of Unicode's `type` grammar, as names of calendars and digits are. */
export function requireTypes(name, value) {
  if (value !== undefined && !TYPES.test(value)) throw new RangeError(`Invalid ${name} : ${value}`);
}

/** DefaultNumberOption: an integer between two limits. */
export function integerOption(value, minimum, maximum, fallback, name) {
  if (value === undefined) return fallback;
  const number = Number(value);
  if (!(number >= minimum && number <= maximum)) throw new RangeError(`${name} value is out of range.`);
  return Math.floor(number);
}

/** Gives a constructor its methods and its tag as the language has them: not enumerable. */
export function defineIntlClass(constructor, tag, members, statics = {}) {
  defineHidden(constructor.prototype, members);
  defineHidden(constructor, statics);
  Object.defineProperty(constructor, "prototype", { writable: false });
  Object.defineProperty(constructor.prototype, Symbol.toStringTag, { value: tag, configurable: true });
}

/** Defines methods and getters that are not enumerable. */
export function defineHidden(target, members) {
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(members))) {
    Object.defineProperty(target, name, { ...descriptor, enumerable: false });
  }
}

/** The state behind objects of a class, and the TypeError for other objects. */
export function stateOf(states, object, method) {
  const state = isObject(object) ? states.get(object) : undefined;
  if (state === undefined) throw new TypeError(`Method ${method} called on incompatible receiver ${describe(object)}`);
  return state;
}

function describe(object) {
  return isObject(object) ? "#<Object>" : `${String(object)}`;
}

/** Makes the instance that a constructor which can be called without `new` returns. */
export function instanceOf(newTarget, constructor) {
  const prototype = newTarget?.prototype;
  return Object.create(isObject(prototype) ? prototype : constructor.prototype);
}

/** The parts that the host answers: kinds and texts in turn. */
export function partsOf(answer) {
  const items = JSON.parse(answer);
  const parts = [];
  for (let index = 0; index < items.length; index += 2) parts.push({ type: items[index], value: items[index + 1] });
  return parts;
}

/** What parts say together. */
export function textOf(parts) {
  return parts.map(({ value }) => value).join("");
}
