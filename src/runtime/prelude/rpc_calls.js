/**
 * Calls by other Workers: https://developers.cloudflare.com/workers/runtime-apis/rpc/
 *
 * A method is found on the prototypes of the entrypoint's class, so that what an instance keeps for itself is
 * private. Of an entrypoint that is a plain object every function is a method; it gets one argument, `env` and
 * `ctx`.
 */

import { environment } from "./environment.js";
import { describeError } from "./errors.js";
import { ExecutionContext } from "./execution_context.js";
import { findEntrypoint } from "./handlers.js";
import { Invocation } from "./invocation.js";
import { emit, onEvent } from "./operations.js";
import { getOwnPropertyDescriptor, getPrototypeOf } from "./primordials.js";
import { decodeForCall, encodeForCall } from "./rpc_values.js";
import { WorkerEntrypoint } from "./worker_classes.js";

/** Members with a meaning of their own, which RPC does not reach. */
const RESERVED = new Set(["constructor", "fetch", "connect", "queue", "scheduled", "alarm", "tail", "trace", "test", "dup"]);

onEvent("call", (event) => {
  const { invocation: id, entrypoint, method, props } = event;
  const parameters = event.arguments === null ? null : decodeForCall(event.arguments);
  const invocation = new Invocation(id, (failure, value) => {
    if (failure === undefined) emit(`{"type":"returned","invocation":${id},"value":${value}}`);
    else emit(`{"type":"exception","invocation":${id},"error":${describeError(failure.error)}}`);
  });
  const run = () => callMethod(entrypoint, method, parameters, new ExecutionContext(invocation, props));
  invocation.run(run, (result) => encodeForCall(result, method));
});

function callMethod(entrypoint, name, parameters, context) {
  const target = findEntrypoint(entrypoint);
  if (RESERVED.has(name)) throw new TypeError(`'${name}' is a reserved method and cannot be called over RPC.`);
  if (typeof target !== "function") return callPlain(target, name, parameters, context);
  if (!(target.prototype instanceof WorkerEntrypoint)) {
    throw new TypeError(`"${target.name}" does not extend WorkerEntrypoint, so it has no methods for RPC.`);
  }
  const instance = new target(context, environment);
  const member = findMember(instance, name);
  const value = typeof member.get === "function" ? member.get.call(instance) : member.value;
  if (parameters === null) return value;
  return requireFunction(value, name).apply(instance, parameters);
}

function callPlain(target, name, parameters, context) {
  const descriptor = getOwnPropertyDescriptor(target, name);
  if (descriptor === undefined) throw missing(name);
  if (parameters === null) return target[name];
  if (parameters.length > 1) {
    throw new TypeError(`Methods of a plain object get one argument over RPC; use a class that extends WorkerEntrypoint.`);
  }
  return requireFunction(target[name], name).call(target, parameters[0], environment, context);
}

/** The descriptor of a member of the class or one it extends, up to WorkerEntrypoint. */
function findMember(instance, name) {
  let prototype = getPrototypeOf(instance);
  while (prototype !== WorkerEntrypoint.prototype && prototype !== null) {
    const descriptor = getOwnPropertyDescriptor(prototype, name);
    if (descriptor !== undefined) return descriptor;
    prototype = getPrototypeOf(prototype);
  }
  throw missing(name);
}

function requireFunction(value, name) {
  if (typeof value !== "function") throw new TypeError(`"${name}" is not a function.`);
  return value;
}

function missing(name) {
  return new TypeError(`The RPC receiver does not implement the method "${name}".`);
}
