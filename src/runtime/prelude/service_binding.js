/**
 * A binding to another Worker: https://developers.cloudflare.com/workers/runtime-apis/bindings/service-bindings/
 *
 * `env.OTHER.fetch(request)` is answered by the other Worker's fetch(). Any other member is a method of its
 * entrypoint class, called by RPC; awaited without a call, it is the value of a property.
 */

import { fetchFrom } from "./fetch.js";
import { quote, startOperation } from "./operations.js";
import { registerPlatformClass } from "./platform.js";
import { defineProperty } from "./primordials.js";
import { decodeForCall, encodeForCall } from "./rpc_values.js";

/** What `env` has for a service binding. */
export class Fetcher {}

registerPlatformClass(Fetcher);

/** Looked at by promises, JSON and the language without meaning a method. */
const NOT_METHODS = new Set(["then", "toJSON", "constructor"]);

/**
 * @param {string} binding its name on `env`
 * @returns {Fetcher}
 */
export function createServiceBinding(binding) {
  const members = new Map([["fetch", async (input, init = undefined) => fetchFrom(binding, input, init)]]);
  return new Proxy(new Fetcher(), {
    get(target, key) {
      if (typeof key === "symbol" || NOT_METHODS.has(key)) return target[key];
      if (!members.has(key)) members.set(key, createMethod(binding, key));
      return members.get(key);
    },
    has: (target, key) => typeof key === "string" || key in target,
    set() {
      throw new TypeError(`env.${binding} is another Worker: its members cannot be set from here.`);
    },
  });
}

function createMethod(binding, name) {
  const method = async (...parameters) => start(binding, name, encodeForCall(parameters, name));
  const then = (fulfilled, rejected) => start(binding, name, "null").then(fulfilled, rejected);
  return defineProperty(method, "then", { value: then });
}

function start(binding, name, parameters) {
  const fields = `"binding":${quote(binding)},"method":${quote(name)},"arguments":${parameters}`;
  return startOperation("call", fields, decodeForCall).promise;
}
