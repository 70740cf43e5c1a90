/**
 * Timers: https://html.spec.whatwg.org/multipage/timers-and-user-prompts.html
 *
 * They wait in a binary heap here; the host only learns when the next one is due. Each timer is a task
 * of its own: one runs per tick, so that its promise jobs run before the next timer, as in a browser.
 */

import { logUncaught } from "./errors.js";
import { requireHandler } from "./global_scope.js";
import { createTable, currentTimeMs, deferred, ILLEGAL_INVOCATION } from "./primordials.js";
import { defineInterface, toDictionary } from "./webidl.js";

/** The longest delay: a 32-bit integer, as in browsers. */
const LONGEST_DELAY_MS = 2_147_483_647;
const SHORTEST_INTERVAL_MS = 1;

/** Binary heap by due time, then by order of creation. Each timer knows its place. */
const heap = [];
const timers = createTable();
let lastId = 0;
let lastSequence = 0;

function isBefore(a, b) {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.sequence < b.sequence);
}

function place(timer, index) {
  heap[index] = timer;
  timer.place = index;
}

function siftUp(timer, index) {
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (!isBefore(timer, heap[parent])) break;
    place(heap[parent], index);
    index = parent;
  }
  place(timer, index);
}

function siftDown(timer, index) {
  for (;;) {
    let child = 2 * index + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
    if (!isBefore(heap[child], timer)) break;
    place(heap[child], index);
    index = child;
  }
  place(timer, index);
}

function insert(timer, delayMs) {
  timer.dueMs = currentTimeMs() + delayMs;
  timer.sequence = ++lastSequence;
  heap.push(timer);
  siftUp(timer, heap.length - 1);
}

function remove(timer) {
  const last = heap.pop();
  if (last === timer) return;
  if (isBefore(last, timer)) siftUp(last, timer.place);
  else siftDown(last, timer.place);
}

function add(callback, delay, values, repeats) {
  requireHandler();
  const delayMs = Math.min(Math.max(Math.trunc(Number(delay)) || 0, repeats ? SHORTEST_INTERVAL_MS : 0), LONGEST_DELAY_MS);
  const timer = { id: ++lastId, callback, values, delayMs, repeats, dueMs: 0, sequence: 0, place: 0 };
  timers.set(timer.id, timer);
  insert(timer, delayMs);
  return timer.id;
}

function requireFunction(callback, name) {
  if (typeof callback === "function") return;
  throw new TypeError(
    `Failed to execute '${name}' on 'ServiceWorkerGlobalScope': parameter 1 is not of type 'Function'.`,
  );
}

/** @returns {number} the timer's id */
export function setTimeout(callback, delay = 0, ...values) {
  requireFunction(callback, "setTimeout");
  return add(callback, delay, values, false);
}

/** @returns {number} the timer's id */
export function setInterval(callback, delay = 0, ...values) {
  requireFunction(callback, "setInterval");
  return add(callback, delay, values, true);
}

/** Stops a timer; ids that are not in use are ignored. */
export function clearTimeout(id = undefined) {
  const timer = timers.get(Number(id));
  if (timer === undefined) return;
  timers.delete(timer.id);
  if (timer.dueMs !== RUNNING) remove(timer);
}

/** The same as `clearTimeout`. */
export function clearInterval(id = undefined) {
  clearTimeout(id);
}

/** The due time of a timer whose callback is running, and which therefore is not in the heap. */
const RUNNING = -1;

/**
 * Runs the timer that is due first, if one is due.
 * @param {number} [nowMs] the time
 */
export function runDueTimer(nowMs = currentTimeMs()) {
  if (heap.length === 0 || heap[0].dueMs > nowMs) return;
  const timer = heap[0];
  remove(timer);
  timer.dueMs = RUNNING;
  if (!timer.repeats) timers.delete(timer.id);
  try {
    timer.callback.apply(globalThis, timer.values);
  } catch (error) {
    logUncaught(error);
  }
  if (timer.repeats && timers.has(timer.id)) insert(timer, timer.delayMs);
}

/** Stops all timers: nothing is left that they could be for. */
export function forgetTimers() {
  for (let index = 0; index < heap.length; index++) timers.delete(heap[index].id);
  heap.length = 0;
}

/**
 * When the next timer is due, in milliseconds since the Unix epoch.
 * @returns {number|undefined} undefined without timers
 */
export function nextDueMs() {
  return heap.length === 0 ? undefined : heap[0].dueMs;
}

const promiseThen = Promise.prototype.then;
const resolved = Promise.resolve();

/** https://html.spec.whatwg.org/multipage/timers-and-user-prompts.html#dom-queuemicrotask */
export function queueMicrotask(callback) {
  requireFunction(callback, "queueMicrotask");
  promiseThen.call(resolved, () => {
    try {
      callback();
    } catch (error) {
      logUncaught(error);
    }
  });
}

/** https://developers.cloudflare.com/workers/runtime-apis/scheduler/ */
class Scheduler {
  #brand;

  async wait(delay, options = undefined) {
    if (this == null || !(#brand in this)) throw new TypeError(ILLEGAL_INVOCATION);
    const { signal } = toDictionary(options, "The options of scheduler.wait()");
    signal?.throwIfAborted();
    const { promise, resolve, reject } = deferred();
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const finish = () => {
      signal?.removeEventListener("abort", stop);
      resolve();
    };
    const timer = setTimeout(finish, delay);
    signal?.addEventListener("abort", stop);
    return promise;
  }
}

defineInterface(Scheduler);

/** The global `scheduler`. */
export const scheduler = new Scheduler();
