/** The Worker's `env`, and what else the host's setup decides. */

import { WorkerQueue } from "./queue.js";
import { createServiceBinding } from "./service_binding.js";

/** The host's setup. Empty until the isolate starts. */
export let settings = { flags: {} };

/** The Worker's `env`: one object per isolate, as in production. */
export const environment = {};

/**
 * Builds `env` from the setup of the isolate.
 * @param {object} setup
 */
export function buildEnvironment(setup) {
  settings = setup;
  Object.assign(environment, setup.vars);
  for (const { binding } of setup.producers) environment[binding] = new WorkerQueue(binding, setup.flags);
  for (const { binding } of setup.services) environment[binding] = createServiceBinding(binding);
  for (const { binding, message } of setup.missing) environment[binding] = createMissing(message);
}

/** Properties the language and inspectors look at without meaning to use a binding. */
const PASSIVE_PROPERTIES = new Set(["then", "toJSON", "constructor"]);

/**
 * An object that stands for something we do not emulate: whoever uses it gets `message` as an error.
 * @param {string} message
 * @returns {object}
 */
export function createMissing(message) {
  const refuse = () => {
    throw new Error(message);
  };
  return new Proxy(Object.freeze({ __proto__: null }), {
    get(target, key) {
      return typeof key === "symbol" || PASSIVE_PROPERTIES.has(key) ? undefined : refuse();
    },
    set: refuse,
    has: refuse,
    deleteProperty: refuse,
    defineProperty: refuse,
  });
}

/**
 * In service-worker syntax the bindings are global variables. Names that exist are left alone. The bundler has
 * scripts without a default export call this before all else.
 */
export function exposeBindings() {
  for (const name of Object.keys(environment)) {
    if (name in globalThis) continue;
    Object.defineProperty(globalThis, name, { value: environment[name], writable: true, configurable: true });
  }
}
