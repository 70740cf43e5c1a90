/**
 * Intrinsics the prelude relies on for its protocol, captured before any Worker code runs: a Worker
 * that patches a global breaks itself, never the exchange with the host.
 */

const { apply } = Reflect;

export const { parse: parseJson, stringify: stringifyJson } = JSON;
export const currentTimeMs = Date.now;
export const { getOwnPropertyDescriptor, getPrototypeOf, defineProperty } = Object;
export const { isArray } = Array;

const PromiseConstructor = Promise;
const promiseResolve = Promise.resolve;
const promiseThen = Promise.prototype.then;

/**
 * Attaches reactions to `value`, which may be a promise, another thenable or a plain value.
 * @param {unknown} value
 * @param {(value: unknown) => unknown} fulfilled
 * @param {(reason: unknown) => unknown} [rejected]
 * @returns {Promise<unknown>}
 */
export function react(value, fulfilled, rejected) {
  return apply(promiseThen, apply(promiseResolve, PromiseConstructor, [value]), [fulfilled, rejected]);
}

/**
 * A new promise with the functions that settle it.
 * @returns {{promise: Promise<unknown>, resolve: (value: unknown) => void, reject: (reason: unknown) => void}}
 */
export function deferred() {
  let resolve, reject;
  const promise = new PromiseConstructor((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

const TABLE_METHODS = ["get", "set", "has", "delete", "values"];

/** A Map whose methods stay what they are when a Worker patches Map.prototype. */
class Table extends Map {}
for (const name of TABLE_METHODS) defineProperty(Table.prototype, name, { value: Map.prototype[name] });

/**
 * A Map for the prelude's own state.
 * @returns {Map<unknown, unknown>}
 */
export function createTable() {
  return new Table();
}

/** The message of the TypeError for a method called with the wrong `this`. */
export const ILLEGAL_INVOCATION =
  "Illegal invocation: function called with incorrect `this` reference. " +
  "See https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.";
