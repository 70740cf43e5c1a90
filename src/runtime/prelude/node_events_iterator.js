/** The asynchronous iterator of events.on(). */

import { AbortError, invalidArgumentType } from "./node_errors.js";

const ASYNC_ITERATOR_PROTOTYPE = Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}).prototype);

/** Events that nobody has asked for yet, and requests that no event has come for yet. */
class EventQueue {
  #events = [];
  #requests = [];
  #error = undefined;
  #finished = false;

  push(values) {
    const request = this.#requests.shift();
    if (request === undefined) this.#events.push(values);
    else request.resolve({ value: values, done: false });
  }

  fail(error) {
    const request = this.#requests.shift();
    if (request === undefined) this.#error = { error };
    else request.reject(error);
  }

  finish() {
    this.#finished = true;
    for (const request of this.#requests.splice(0)) request.resolve({ value: undefined, done: true });
  }

  next() {
    if (this.#events.length > 0) return Promise.resolve({ value: this.#events.shift(), done: false });
    if (this.#error !== undefined) {
      const { error } = this.#error;
      this.#error = undefined;
      return Promise.reject(error);
    }
    if (this.#finished) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => this.#requests.push({ resolve, reject }));
  }
}

/**
 * @param {object} emitter an EventEmitter or an EventTarget
 * @param {string|symbol} name
 * @param {{signal?: AbortSignal, close?: string[]}} options
 * @param {{addTo: Function, removeFrom: Function, isEmitter: Function}} access
 */
export function eventIterator(emitter, name, { signal, close = [] }, { addTo, removeFrom, isEmitter }) {
  if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });
  const queue = new EventQueue();
  const attached = [];
  const listen = (type, listener) => {
    addTo(emitter, type, listener, false);
    attached.push([type, listener]);
  };
  const stop = () => {
    signal?.removeEventListener("abort", abort);
    for (const [type, listener] of attached.splice(0)) removeFrom(emitter, type, listener);
    queue.finish();
    return Promise.resolve({ value: undefined, done: true });
  };
  const fail = (error) => {
    queue.fail(error);
    stop();
  };
  const abort = () => fail(new AbortError(undefined, { cause: signal.reason }));
  listen(name, (...values) => queue.push(values));
  if (name !== "error" && isEmitter(emitter)) listen("error", fail);
  for (const type of close) listen(type, stop);
  signal?.addEventListener("abort", abort, { once: true });
  return Object.setPrototypeOf(
    {
      next: () => queue.next(),
      return: stop,
      throw(error) {
        if (!(error instanceof Error)) throw invalidArgumentType("EventEmitter.AsyncIterator", "Error", error);
        fail(error);
        return Promise.resolve({ value: undefined, done: true });
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    },
    ASYNC_ITERATOR_PROTOTYPE,
  );
}
