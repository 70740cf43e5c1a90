/** node:assert: https://nodejs.org/docs/latest-v20.x/api/assert.html */

import { inspect } from "./inspect.js";
import { isDeepEqual } from "./node_deep_equal.js";
import { AssertionError } from "./node_assertion_error.js";
import { createNodeError, invalidArgumentType, missingFunctions, validateFunction } from "./node_errors.js";
import { isRegExp } from "./node_util_types.js";
import { isObject } from "./webidl.js";

export { AssertionError };

/** Throws the user's own error when the message is one. */
function failWith(message, details) {
  if (message instanceof Error) throw message;
  throw new AssertionError({ ...details, message });
}

function check(holds, actual, expected, message, operator, caller) {
  if (holds) return;
  failWith(message, { actual, expected, operator, stackStartFn: caller });
}

/** Throws unless `value` is truthy. */
export function ok(...values) {
  checkTruth(ok, values);
}

function checkTruth(caller, values) {
  const [value, message] = values;
  if (value) return;
  const generated = values.length === 0 ? "No value argument passed to `assert.ok()`" : undefined;
  const text = message ?? generated ?? "The expression evaluated to a falsy value";
  if (text instanceof Error) throw text;
  const error = new AssertionError({ actual: value, expected: true, operator: "==", message: text, stackStartFn: caller });
  error.generatedMessage = message === undefined;
  throw error;
}

/** The function `assert` itself: the same as `ok`. */
export default function assert(...values) {
  checkTruth(assert, values);
}

export function fail(message = undefined) {
  if (message instanceof Error) throw message;
  const error = new AssertionError({ message: message ?? "Failed", operator: "fail", stackStartFn: fail });
  error.generatedMessage = message === undefined;
  throw error;
}

export function equal(actual, expected, message) {
  // eslint-disable-next-line eqeqeq
  const holds = actual == expected || (Number.isNaN(actual) && Number.isNaN(expected));
  check(holds, actual, expected, message, "==", equal);
}

export function notEqual(actual, expected, message) {
  // eslint-disable-next-line eqeqeq
  const same = actual == expected || (Number.isNaN(actual) && Number.isNaN(expected));
  check(!same, actual, expected, message, "!=", notEqual);
}

export function strictEqual(actual, expected, message) {
  check(Object.is(actual, expected), actual, expected, message, "strictEqual", strictEqual);
}

export function notStrictEqual(actual, expected, message) {
  check(!Object.is(actual, expected), actual, expected, message, "notStrictEqual", notStrictEqual);
}

export function deepEqual(actual, expected, message) {
  check(isDeepEqual(actual, expected, false), actual, expected, message, "deepEqual", deepEqual);
}

export function notDeepEqual(actual, expected, message) {
  check(!isDeepEqual(actual, expected, false), actual, expected, message, "notDeepEqual", notDeepEqual);
}

export function deepStrictEqual(actual, expected, message) {
  check(isDeepEqual(actual, expected, true), actual, expected, message, "deepStrictEqual", deepStrictEqual);
}

export function notDeepStrictEqual(actual, expected, message) {
  check(!isDeepEqual(actual, expected, true), actual, expected, message, "notDeepStrictEqual", notDeepStrictEqual);
}

function matching(actual, regexp, message, expectMatch, caller) {
  if (!isRegExp(regexp)) throw invalidArgumentType("regexp", "RegExp", regexp);
  if (typeof actual === "string" && regexp.exec(actual) !== null === expectMatch) return;
  const verb = expectMatch ? "did not match the regular expression" : "was expected to not match the regular expression";
  const text =
    typeof actual === "string"
      ? `The input ${verb} ${inspect(regexp)}. Input:\n\n${inspect(actual)}\n`
      : `The "string" argument must be of type string. Received type ${typeof actual} (${inspect(actual)})`;
  const details = { actual, expected: regexp, operator: caller.name, stackStartFn: caller };
  if (message instanceof Error) throw message;
  const error = new AssertionError({ ...details, message: message ?? text });
  error.generatedMessage = message === undefined;
  throw error;
}

export function match(actual, regexp, message) {
  matching(actual, regexp, message, true, match);
}

export function doesNotMatch(actual, regexp, message) {
  matching(actual, regexp, message, false, doesNotMatch);
}

export function ifError(value) {
  if (value === null || value === undefined) return;
  const text = isObject(value) && typeof value.message === "string" ? value.message || value.constructor?.name : inspect(value);
  const message = `ifError got unwanted exception: ${text}`;
  throw new AssertionError({ actual: value, expected: null, operator: "ifError", message, stackStartFn: ifError });
}

/** Whether what was thrown is what was expected: a class, a pattern, a function that decides, or members. */
function verifyThrown(thrown, expected, message, caller) {
  if (expected === undefined) return;
  if (typeof expected === "function") {
    if (expected.prototype !== undefined && thrown instanceof expected) return;
    if (Error.isPrototypeOf(expected)) throw mismatch(thrown, expected, message, caller, wrongClass(thrown, expected));
    if (Reflect.apply(expected, {}, [thrown]) === true) return;
    const name = expected.name ? `"${expected.name}" ` : "";
    const text = `The ${name}validation function is expected to return "true". Received ${inspect(false)}\n\nCaught error:\n\n${thrown}`;
    throw mismatch(thrown, expected, message, caller, text);
  }
  if (isRegExp(expected)) {
    if (expected.test(String(thrown))) return;
    const text = `The input did not match the regular expression ${inspect(expected)}. Input:\n\n${inspect(String(thrown))}\n`;
    throw mismatch(thrown, expected, message, caller, text);
  }
  verifyMembers(thrown, expected, message, caller);
}

function wrongClass(thrown, expected) {
  const received = thrown?.constructor?.name ?? inspect(thrown);
  return `The error is expected to be an instance of "${expected.name}". Received "${received}"\n\nError message:\n\n${thrown?.message ?? thrown}`;
}

function mismatch(actual, expected, message, caller, text) {
  if (message instanceof Error) return message;
  const error = new AssertionError({ actual, expected, operator: caller.name, message: message ?? text, stackStartFn: caller });
  error.generatedMessage = message === undefined;
  return error;
}

function verifyMembers(thrown, expected, message, caller) {
  const keys = Object.keys(expected);
  if (expected instanceof Error) keys.push("name", "message");
  else if (keys.length === 0) throw createNodeError(TypeError, "ERR_INVALID_ARG_VALUE", "The argument 'error' may not be an empty object. Received {}");
  for (const key of keys) {
    const value = thrown?.[key];
    const matches = isRegExp(expected[key]) && typeof value === "string" ? expected[key].test(value) : isDeepEqual(value, expected[key], true);
    if (isObject(thrown) && key in thrown && matches) continue;
    const shown = Object.fromEntries(keys.filter((name) => isObject(thrown) && name in thrown).map((name) => [name, thrown[name]]));
    const wanted = Object.fromEntries(keys.map((name) => [name, expected[name]]));
    if (message instanceof Error) throw message;
    const details = { actual: shown, expected: wanted, operator: "deepStrictEqual", stackStartFn: caller };
    throw Object.assign(new AssertionError({ ...details, message }), { operator: caller.name });
  }
}

function missingException(expected, message, caller, kind) {
  const name = expected?.name ? ` (${expected.name})` : "";
  const text = `Missing expected ${kind}${name}${message ? `: ${message}` : "."}`;
  return new AssertionError({ actual: undefined, expected, operator: caller.name, message: text, stackStartFn: caller });
}

/** A string in the place of the expected error is the message. */
function expectation(expected, message) {
  return typeof expected === "string" ? [undefined, expected] : [expected, message];
}

export function throws(callback, expected = undefined, message = undefined) {
  validateFunction(callback, "fn");
  const [wanted, text] = expectation(expected, message);
  try {
    callback();
  } catch (error) {
    verifyThrown(error, wanted, text, throws);
    return;
  }
  throw missingException(wanted, text, throws, "exception");
}

export function doesNotThrow(callback, expected = undefined, message = undefined) {
  validateFunction(callback, "fn");
  const [wanted, text] = expectation(expected, message);
  try {
    callback();
  } catch (error) {
    throw unwanted(error, wanted, text, doesNotThrow, "exception");
  }
}

function unwanted(error, expected, message, caller, kind) {
  if (typeof expected === "function" && !(error instanceof expected)) return error;
  const text = `Got unwanted ${kind}${message ? `: ${message}` : "."}\nActual message: "${error?.message}"`;
  return new AssertionError({ actual: error, expected, operator: caller.name, message: text, stackStartFn: caller });
}

async function settle(promiseOrFunction) {
  const promise = typeof promiseOrFunction === "function" ? promiseOrFunction() : promiseOrFunction;
  if (typeof promise?.then !== "function") throw invalidArgumentType("promiseFn", ["function", "Promise"], promise);
  try {
    await promise;
  } catch (error) {
    return { error };
  }
  return undefined;
}

export async function rejects(promiseOrFunction, expected = undefined, message = undefined) {
  const [wanted, text] = expectation(expected, message);
  const failure = await settle(promiseOrFunction);
  if (failure === undefined) throw missingException(wanted, text, rejects, "rejection");
  verifyThrown(failure.error, wanted, text, rejects);
}

export async function doesNotReject(promiseOrFunction, expected = undefined, message = undefined) {
  const [wanted, text] = expectation(expected, message);
  const failure = await settle(promiseOrFunction);
  if (failure !== undefined) throw unwanted(failure.error, wanted, text, doesNotReject, "rejection");
}

export const { CallTracker } = missingFunctions("node:assert", ["CallTracker"]);

/** The same assertions, the loose ones replaced by the strict. */
export function strict(...values) {
  checkTruth(strict, values);
}

const shared = {
  AssertionError,
  CallTracker,
  deepStrictEqual,
  doesNotMatch,
  doesNotReject,
  doesNotThrow,
  fail,
  ifError,
  match,
  notDeepStrictEqual,
  notStrictEqual,
  ok,
  rejects,
  strict,
  strictEqual,
  throws,
};
Object.assign(assert, shared, { deepEqual, equal, notDeepEqual, notEqual });
Object.assign(strict, shared, {
  deepEqual: deepStrictEqual,
  equal: strictEqual,
  notDeepEqual: notDeepStrictEqual,
  notEqual: notStrictEqual,
});
