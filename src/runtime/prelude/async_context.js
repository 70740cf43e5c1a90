/**
 * The asynchronous context: what code is running for, across promises, `await` and timers.
 *
 * The engine has no hook for promise jobs, so the context travels with what JavaScript can see of them.
 * Callbacks are wrapped when they are handed over. `await` calls no visible `then`, but it reads
 * `constructor` of the promise just before it attaches its reaction: a getter there attaches a reaction
 * of ours first, which restores the context in the very job before the one that resumes the function.
 * Only `await` of something that is no promise shows nothing; in scripts of Workers that track contexts
 * the bundler passes the operands of all `await`s through `__qemu_dev_await`, which makes promises of them.
 *
 * All that costs time and is in place only once a Worker imports node:async_hooks.
 */

import * as clock from "./timers.js";
import { onDrain } from "./operations.js";
import { isObject } from "./webidl.js";

const { apply, getPrototypeOf, defineProperty } = Reflect;
const PromiseConstructor = Promise;
const promisePrototype = Promise.prototype;
const originalThen = promisePrototype.then;
const originalResolve = Promise.resolve;

/** A frame that is never changed: Map from a key to its value, or undefined for the empty one. */
let current = undefined;
let tracking = false;
/** True while our own calls of `then` make the engine read `constructor`. */
let bypassed = false;

/** The context of the code that is running; undefined for none. */
export function currentContext() {
  return current;
}

/** Changes the context for the rest of the running job and everything it starts. */
export function enterContext(context) {
  current = context;
}

/**
 * Calls a function in a context.
 * @param {Map<unknown, unknown>|undefined} context
 * @param {Function} callback
 * @param {unknown} [receiver]
 * @param {unknown[]} [values]
 */
export function runInContext(context, callback, receiver = undefined, values = []) {
  const outer = current;
  current = context;
  try {
    return apply(callback, receiver, values);
  } finally {
    current = outer;
  }
}

/** A function that calls `callback` in the context of now. */
export function bindToContext(callback) {
  if (!tracking || typeof callback !== "function") return callback;
  const context = current;
  return function (...values) {
    return runInContext(context, callback, this, values);
  };
}

/** A reaction in the context of now. As `bindToContext`, for one value and without a receiver. */
function reaction(callback, context) {
  if (typeof callback !== "function") return callback;
  return (value) => {
    const outer = current;
    current = context;
    try {
      return callback(value);
    } finally {
      current = outer;
    }
  };
}

function callOriginalThen(promise, fulfilled, rejected) {
  const outer = bypassed;
  bypassed = true;
  try {
    return apply(originalThen, promise, [fulfilled, rejected]);
  } finally {
    bypassed = outer;
  }
}

/** Attaches the reaction that restores the context for the reaction attached next. */
function restoreBeforeNextReaction(promise) {
  const context = current;
  const restore = () => {
    current = context;
  };
  try {
    callOriginalThen(promise, restore, restore);
  } catch {
    // Not a promise, but an object that has a promise's prototype: it has no reactions.
  }
}

const patchedMembers = {
  then(fulfilled, rejected) {
    return callOriginalThen(this, reaction(fulfilled, current), reaction(rejected, current));
  },

  get constructor() {
    if (!bypassed && this !== promisePrototype) restoreBeforeNextReaction(this);
    return PromiseConstructor;
  },

  set constructor(value) {
    defineProperty(this, "constructor", { value, writable: true, enumerable: true, configurable: true });
  },
};

const patchedStatics = {
  resolve(value) {
    const outer = bypassed;
    bypassed = true;
    try {
      return apply(originalResolve, this, [this === PromiseConstructor ? contextualThenable(value) : value]);
    } finally {
      bypassed = outer;
    }
  },
};

/** The engine calls `then` of other thenables in a job of its own: there, too, in the context of now. */
function contextualThenable(value) {
  if (!isObject(value) || value instanceof PromiseConstructor) return value;
  const { then } = value;
  if (typeof then !== "function") return value;
  const context = current;
  return { then: (resolve, reject) => runInContext(context, then, value, [resolve, reject]) };
}

/** A promise of exactly the kind whose `constructor` the engine reads when it is awaited. */
function toAwaitable(value) {
  if (!tracking) return value;
  if (isObject(value) && getPrototypeOf(value) === promisePrototype) return value;
  const operand = value instanceof PromiseConstructor ? { then: (...both) => value.then(...both) } : value;
  return new PromiseConstructor((resolve) => resolve(contextualThenable(operand)));
}

defineProperty(globalThis, "__qemu_dev_await", { value: toAwaitable });

function patch(target, members) {
  for (const name of Object.keys(members)) {
    const descriptor = Object.getOwnPropertyDescriptor(members, name);
    defineProperty(target, name, { ...descriptor, enumerable: false });
  }
}

/** Replaces global functions whose first argument is a callback. */
function patchGlobals() {
  for (const name of ["setTimeout", "setInterval", "queueMicrotask"]) {
    const original = clock[name];
    const replaced = {
      [name](callback, ...values) {
        return original(bindToContext(callback), ...values);
      },
    }[name];
    for (const symbol of Object.getOwnPropertySymbols(original)) replaced[symbol] = original[symbol];
    defineProperty(globalThis, name, { value: replaced, writable: true, enumerable: true, configurable: true });
  }
}

/** Starts carrying contexts. There is no way back. */
export function trackContexts() {
  if (tracking) return;
  tracking = true;
  patch(promisePrototype, patchedMembers);
  patch(PromiseConstructor, patchedStatics);
  patchGlobals();
}

/** No job is left to run: what the host starts next belongs to no context. */
onDrain(() => {
  current = undefined;
});
