/** node:timers: https://nodejs.org/docs/latest-v20.x/api/timers.html */

import { bindToContext } from "./async_context.js";
import { validateFunction } from "./node_errors.js";
import promises from "./node_timers_promises.js";
import * as clock from "./timers.js";

const PROMISIFY = Symbol.for("nodejs.util.promisify.custom");

/** A timer as Node hands it out: an object that is its number when used as one. */
export class Timeout {
  #start;
  #id;

  constructor(start) {
    this.#start = start;
    this.#id = start();
  }

  refresh() {
    clock.clearTimeout(this.#id);
    this.#id = this.#start();
    return this;
  }

  close() {
    clock.clearTimeout(this.#id);
    return this;
  }

  /** A Worker has no process to be kept alive. */
  ref() {
    return this;
  }

  unref() {
    return this;
  }

  hasRef() {
    return true;
  }

  [Symbol.toPrimitive]() {
    return this.#id;
  }

  [Symbol.dispose ?? Symbol.for("nodejs.dispose")]() {
    this.close();
  }
}

/** A callback that runs after what is queued already. */
export class Immediate {
  #id;

  constructor(callback, values) {
    this.#id = clock.setTimeout(callback, 0, ...values);
  }

  clear() {
    clock.clearTimeout(this.#id);
  }

  ref() {
    return this;
  }

  unref() {
    return this;
  }

  hasRef() {
    return true;
  }

  [Symbol.dispose ?? Symbol.for("nodejs.dispose")]() {
    this.clear();
  }
}

export function setTimeout(callback, delay = undefined, ...values) {
  validateFunction(callback, "callback");
  const bound = bindToContext(callback);
  return new Timeout(() => clock.setTimeout(bound, delay, ...values));
}

export function setInterval(callback, delay = undefined, ...values) {
  validateFunction(callback, "callback");
  const bound = bindToContext(callback);
  return new Timeout(() => clock.setInterval(bound, delay, ...values));
}

export function setImmediate(callback, ...values) {
  validateFunction(callback, "callback");
  return new Immediate(bindToContext(callback), values);
}

export function clearTimeout(timer = undefined) {
  if (timer instanceof Timeout) timer.close();
  else clock.clearTimeout(timer);
}

export function clearInterval(timer = undefined) {
  clearTimeout(timer);
}

export function clearImmediate(immediate = undefined) {
  if (immediate instanceof Immediate) immediate.clear();
}

setTimeout[PROMISIFY] = promises.setTimeout;
setImmediate[PROMISIFY] = promises.setImmediate;

export { promises };

export default {
  clearImmediate,
  clearInterval,
  clearTimeout,
  promises,
  setImmediate,
  setInterval,
  setTimeout,
};
