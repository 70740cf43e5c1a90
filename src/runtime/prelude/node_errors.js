/** Errors with Node's codes and messages, and the checks of arguments that throw them. */

import { inspect } from "./inspect.js";

const LONGEST_VALUE = 28;
/** Names that Node calls "of type"; every other name is a class, "an instance of". */
const PRIMITIVE_TYPES = ["string", "function", "number", "object", "boolean", "bigint", "symbol"];

/**
 * An error as Node makes them: with `code`, and the code in its text.
 * @param {ErrorConstructor} Constructor
 * @param {string} code
 * @param {string} message
 * @param {object} [members] more members of the error
 * @returns {Error & {code: string}}
 */
export function createNodeError(Constructor, code, message, members = undefined) {
  const error = new Constructor(message);
  error.code = code;
  if (members !== undefined) Object.assign(error, members);
  const toString = () => `${error.name} [${code}]: ${error.message}`;
  Object.defineProperty(error, "toString", { value: toString, writable: true, configurable: true });
  return error;
}

/** The error of an operation that was given up through an AbortSignal. */
export class AbortError extends Error {
  constructor(message = "The operation was aborted", options = undefined) {
    super(message, options);
    this.name = "AbortError";
    this.code = "ABORT_ERR";
  }
}

/** What a value is, for the end of a message: "Received type number (5)". */
export function describeReceived(value) {
  if (value === null || value === undefined) return ` Received ${value}`;
  if (typeof value === "function") return ` Received function ${value.name}`;
  if (typeof value === "object") {
    const name = value.constructor?.name;
    return name ? ` Received an instance of ${name}` : ` Received ${inspect(value, { depth: -1 })}`;
  }
  let text = inspect(value);
  if (text.length > LONGEST_VALUE) text = `${text.slice(0, LONGEST_VALUE - 3)}...`;
  return ` Received type ${typeof value} (${text})`;
}

function joinAlternatives(names) {
  if (names.length <= 2) return names.join(" or ");
  return `${names.slice(0, -1).join(", ")}, or ${names.at(-1)}`;
}

function describeExpected(expected) {
  const types = expected.filter((name) => PRIMITIVE_TYPES.includes(name) && name !== "object");
  const classes = expected.filter((name) => /^[A-Z]/.test(name));
  const others = expected.filter((name) => !types.includes(name) && !classes.includes(name) && name !== "object");
  if (expected.includes("object")) (classes.length > 0 ? classes : types).push(classes.length > 0 ? "Object" : "object");
  const parts = [];
  if (types.length > 0) parts.push(`${types.length > 1 ? "one of type" : "of type"} ${joinAlternatives(types)}`);
  if (classes.length > 0) parts.push(`an instance of ${joinAlternatives(classes)}`);
  if (others.length > 0) parts.push(others.length > 1 ? `one of ${joinAlternatives(others)}` : others[0]);
  return joinAlternatives(parts);
}

/**
 * The TypeError for an argument of the wrong type.
 * @param {string} name the argument's name; one with a dot is a property
 * @param {string|string[]} expected type and class names
 * @param {unknown} value what was given
 */
export function invalidArgumentType(name, expected, value) {
  const kind = name.includes(".") ? "property" : "argument";
  const subject = name.endsWith(" argument") ? name : `"${name}" ${kind}`;
  const list = Array.isArray(expected) ? expected : [expected];
  const message = `The ${subject} must be ${describeExpected(list)}.${describeReceived(value)}`;
  return createNodeError(TypeError, "ERR_INVALID_ARG_TYPE", message);
}

/** The TypeError for an argument of the right type and a wrong value. */
export function invalidArgumentValue(name, value, reason = "is invalid") {
  const kind = name.includes(".") ? "property" : "argument";
  const message = `The ${kind} '${name}' ${reason}. Received ${inspect(value)}`;
  return createNodeError(TypeError, "ERR_INVALID_ARG_VALUE", message);
}

function withSeparators(number) {
  const text = `${number}`;
  return text.replace(/\B(?=(\d{3})+$)/g, "_");
}

/** The RangeError for a number out of range. */
export function outOfRange(name, range, value) {
  let received = inspect(value);
  if (Number.isInteger(value) && Math.abs(value) > 2 ** 32) received = withSeparators(value);
  if (typeof value === "bigint") {
    received = value > 2n ** 32n || value < -(2n ** 32n) ? withSeparators(value) : `${value}`;
    received += "n";
  }
  const message = `The value of "${name}" is out of range. It must be ${range}. Received ${received}`;
  return createNodeError(RangeError, "ERR_OUT_OF_RANGE", message);
}

/** Throws unless `value` is a string. */
export function validateString(value, name) {
  if (typeof value !== "string") throw invalidArgumentType(name, "string", value);
}

/** Throws unless `value` is a function. */
export function validateFunction(value, name) {
  if (typeof value !== "function") throw invalidArgumentType(name, "function", value);
}

/** Throws unless `value` is a boolean. */
export function validateBoolean(value, name) {
  if (typeof value !== "boolean") throw invalidArgumentType(name, "boolean", value);
}

/** Throws unless `value` is an object that is no array. */
export function validateObject(value, name) {
  if (value === null || Array.isArray(value) || typeof value !== "object") {
    throw invalidArgumentType(name, "Object", value);
  }
}

/** Throws unless `value` is a number within the bounds. */
export function validateNumber(value, name, minimum = undefined, maximum = undefined) {
  if (typeof value !== "number") throw invalidArgumentType(name, "number", value);
  const tooSmall = minimum !== undefined && value < minimum;
  const tooLarge = maximum !== undefined && value > maximum;
  const isUnordered = Number.isNaN(value) && (minimum !== undefined || maximum !== undefined);
  if (!tooSmall && !tooLarge && !isUnordered) return;
  const bounds = [minimum === undefined ? "" : `>= ${minimum}`, maximum === undefined ? "" : `<= ${maximum}`];
  throw outOfRange(name, bounds.filter(Boolean).join(" && "), value);
}

/** Throws unless `value` is an integer within the bounds. */
export function validateInteger(value, name, minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER) {
  if (typeof value !== "number") throw invalidArgumentType(name, "number", value);
  if (!Number.isInteger(value)) throw outOfRange(name, "an integer", value);
  if (value < minimum || value > maximum) throw outOfRange(name, `>= ${minimum} && <= ${maximum}`, value);
}

/** Throws unless `value` is undefined or an AbortSignal. */
export function validateAbortSignal(value, name = "signal") {
  if (value === undefined) return;
  if (value === null || typeof value !== "object" || !("aborted" in value)) {
    throw invalidArgumentType(name, "AbortSignal", value);
  }
}

/** The error for something of Node's that does not exist here. */
export function notProvided(module, name) {
  const error = new Error(`${module} ${name} is not provided by qemu-dev yet`);
  error.code = "ERR_METHOD_NOT_IMPLEMENTED";
  return error;
}

/**
 * Functions that throw: one for each name of `module` that does not exist here.
 * @param {string} module
 * @param {string[]} names
 * @returns {Record<string, Function>}
 */
export function missingFunctions(module, names) {
  const functions = {};
  for (const name of names) {
    const missing = function () {
      throw notProvided(module, name);
    };
    Object.defineProperty(missing, "name", { value: name.split(".").at(-1), configurable: true });
    functions[name] = missing;
  }
  return functions;
}
