/**
 * process.nextTick. Its callbacks run before the promise jobs that are queued after the first of them:
 * all ticks share one microtask, and ticks added by a tick run in it too.
 */

import { bindToContext } from "./async_context.js";
import { logUncaught } from "./errors.js";
import { validateFunction } from "./node_errors.js";

const promiseThen = Promise.prototype.then;
const resolved = Promise.resolve();

let ticks = [];

function runTicks() {
  for (let index = 0; index < ticks.length; index++) {
    const { callback, values } = ticks[index];
    try {
      callback(...values);
    } catch (error) {
      logUncaught(error);
    }
  }
  ticks = [];
}

/** Calls `callback` after the running code and before anything else that is not yet queued. */
export function nextTick(callback, ...values) {
  validateFunction(callback, "callback");
  ticks.push({ callback: bindToContext(callback), values });
  if (ticks.length === 1) Reflect.apply(promiseThen, resolved, [runTicks]);
}
