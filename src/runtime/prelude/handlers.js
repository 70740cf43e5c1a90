/**
 * Where a Worker's handlers are: on the default export (an object, or a class that is instantiated for
 * each invocation) or, in service-worker syntax, among the listeners of the global scope.
 */

import { settings } from "./environment.js";
import { EventTarget, hasListeners } from "./events.js";
import { isObject } from "./webidl.js";
import { WorkerEntrypoint } from "./worker_classes.js";

const TYPES = ["fetch", "queue", "scheduled"];

/** The target behind the global addEventListener. */
export const globalTarget = new EventTarget();

let exported = {};

/**
 * Takes the handlers from the Worker's module namespace.
 * @param {unknown} namespace
 */
export function setExports(namespace) {
  exported = isObject(namespace) ? namespace : {};
}

/** Whether the Worker is written in module syntax. */
export function hasDefaultExport() {
  return isObject(exported.default);
}

/**
 * A function that calls the exported handler of `type`, or undefined when there is none.
 * @param {string} type fetch, queue or scheduled
 * @param {object} context the ExecutionContext
 * @param {object} env
 * @param {string} [entrypoint] the name of the export; the default one without
 * @returns {((event: unknown) => unknown)|undefined}
 */
export function exportedHandler(type, context, env, entrypoint = undefined) {
  const target = entrypoint === undefined ? exported.default : findEntrypoint(entrypoint);
  if (typeof target === "function") {
    const instance = new target(context, env);
    return typeof instance[type] === "function" ? (event) => instance[type](event) : undefined;
  }
  return typeof target?.[type] === "function" ? (event) => target[type](event, env, context) : undefined;
}

/**
 * The export that another Worker calls.
 * @param {string} [entrypoint] its name; the default one without
 * @returns {object}
 */
export function findEntrypoint(entrypoint = "default") {
  if (Object.hasOwn(exported, entrypoint) && isObject(exported[entrypoint])) return exported[entrypoint];
  const known = Object.keys(exported).filter((name) => isObject(exported[name]));
  const hint = known.length === 0 ? "it exports none" : `it exports ${known.join(", ")}`;
  throw new TypeError(`Worker "${settings.worker}" has no entrypoint "${entrypoint}": ${hint}.`);
}

/** Which handlers the Worker has: the member of the `started` operation. */
export function describeHandlers() {
  const target = typeof exported.default === "function" ? exported.default.prototype : exported.default;
  const handlers = {};
  for (const type of TYPES) {
    handlers[type] = hasDefaultExport() ? typeof target?.[type] === "function" : hasListeners(globalTarget, type);
  }
  return handlers;
}

/** The names of the exported entrypoint classes other than the default one. */
export function entrypointNames() {
  return Object.keys(exported).filter((name) => {
    const value = exported[name];
    return name !== "default" && typeof value === "function" && value.prototype instanceof WorkerEntrypoint;
  });
}
