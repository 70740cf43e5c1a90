/**
 * node:async_hooks: https://developers.cloudflare.com/workers/runtime-apis/nodejs/asynclocalstorage/
 *
 * As in production, hooks can be created and never fire, and asynchronous operations have no numbers.
 */

import { currentContext, enterContext, runInContext } from "./async_context.js";
import { createNodeError, invalidArgumentType, validateFunction, validateObject, validateString } from "./node_errors.js";

function contextWith(key, value) {
  const context = new Map(currentContext());
  context.set(key, value);
  return context;
}

function contextWithout(key) {
  const context = new Map(currentContext());
  context.delete(key);
  return context;
}

/** A store that follows asynchronous code. */
export class AsyncLocalStorage {
  #enabled = true;

  static bind(callback) {
    return AsyncResource.bind(callback);
  }

  static snapshot() {
    const context = currentContext();
    return (callback, ...values) => runInContext(context, callback, undefined, values);
  }

  run(store, callback, ...values) {
    this.#enabled = true;
    return runInContext(contextWith(this, store), callback, undefined, values);
  }

  exit(callback, ...values) {
    return runInContext(contextWithout(this), callback, undefined, values);
  }

  enterWith(store) {
    this.#enabled = true;
    enterContext(contextWith(this, store));
  }

  getStore() {
    return this.#enabled ? currentContext()?.get(this) : undefined;
  }

  disable() {
    this.#enabled = false;
    enterContext(contextWithout(this));
  }
}

/** An asynchronous operation of the user's own, with the context it was made in. */
export class AsyncResource {
  #context = currentContext();

  constructor(type, options = undefined) {
    validateString(type, "type");
    if (type === "" && options !== undefined) {
      throw createNodeError(TypeError, "ERR_ASYNC_TYPE", 'Invalid name for async "type": ');
    }
    if (options !== undefined && typeof options !== "number") validateObject(options, "options");
  }

  static bind(callback, type = undefined, receiver = undefined) {
    validateFunction(callback, "fn");
    return new AsyncResource(type || callback.name || "bound-anonymous-fn").bind(callback, receiver);
  }

  runInAsyncScope(callback, receiver = undefined, ...values) {
    return runInContext(this.#context, callback, receiver, values);
  }

  bind(callback, receiver = undefined) {
    validateFunction(callback, "fn");
    const resource = this;
    const bound = function (...values) {
      return resource.runInAsyncScope(callback, receiver === undefined ? this : receiver, ...values);
    };
    Object.defineProperty(bound, "length", { value: callback.length, configurable: true });
    return bound;
  }

  emitDestroy() {
    return this;
  }

  asyncId() {
    return 0;
  }

  triggerAsyncId() {
    return 0;
  }
}

const HOOKS = ["init", "before", "after", "destroy", "promiseResolve"];

/** Hooks that never fire. */
export function createHook(callbacks) {
  validateObject(callbacks, "callbacks");
  for (const name of HOOKS) {
    const hook = callbacks[name];
    if (hook !== undefined && typeof hook !== "function") throw invalidArgumentType(`hook.${name}`, "function", hook);
  }
  return {
    enable() {
      return this;
    },
    disable() {
      return this;
    },
  };
}

export function executionAsyncId() {
  return 0;
}

export function triggerAsyncId() {
  return 0;
}

export function executionAsyncResource() {
  return Object.create(null);
}

export const asyncWrapProviders = Object.freeze({ __proto__: null });

export default {
  AsyncLocalStorage,
  AsyncResource,
  asyncWrapProviders,
  createHook,
  executionAsyncId,
  executionAsyncResource,
  triggerAsyncId,
};
