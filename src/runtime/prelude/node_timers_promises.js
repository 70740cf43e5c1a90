/** node:timers/promises: https://nodejs.org/docs/latest-v20.x/api/timers.html#timers-promises-api */

import { AbortError, validateAbortSignal, validateObject } from "./node_errors.js";
import * as clock from "./timers.js";

function signalOf(options) {
  if (options === undefined) return undefined;
  validateObject(options, "options");
  validateAbortSignal(options.signal, "options.signal");
  return options.signal;
}

function abortError(signal) {
  return new AbortError(undefined, { cause: signal.reason });
}

async function wait(delay, value, options) {
  const signal = signalOf(options);
  if (signal?.aborted) throw abortError(signal);
  return new Promise((resolve, reject) => {
    const abort = () => {
      clock.clearTimeout(id);
      reject(abortError(signal));
    };
    const id = clock.setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve(value);
    }, delay);
    signal?.addEventListener("abort", abort, { once: true });
  });
}

/** A promise that is fulfilled with `value` after `delay` milliseconds. */
export async function setTimeout(delay = undefined, value = undefined, options = undefined) {
  return wait(delay, value, options);
}

/** A promise that is fulfilled with `value` after what is queued already. */
export async function setImmediate(value = undefined, options = undefined) {
  return wait(0, value, options);
}

/** An endless sequence of `value`, one each `delay` milliseconds. */
export async function* setInterval(delay = undefined, value = undefined, options = undefined) {
  const signal = signalOf(options);
  if (signal?.aborted) throw abortError(signal);
  let due = 0;
  let wake = () => {};
  const id = clock.setInterval(() => {
    due++;
    wake();
  }, delay);
  const abort = () => wake();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    for (;;) {
      if (due === 0 && !signal?.aborted) await new Promise((resolve) => (wake = resolve));
      if (signal?.aborted) throw abortError(signal);
      for (; due > 0; due--) yield value;
    }
  } finally {
    clock.clearInterval(id);
    signal?.removeEventListener("abort", abort);
  }
}

export const scheduler = {
  wait: (delay, options = undefined) => wait(delay, undefined, options),
  yield: () => setImmediate(),
};

export default { scheduler, setImmediate, setInterval, setTimeout };
