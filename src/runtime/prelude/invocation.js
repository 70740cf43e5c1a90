/**
 * One invocation of a handler: what is still running of it, and how it ended.
 *
 * Whether it is over is decided at a drain, when no promise job is left: a `waitUntil` in a reaction to
 * the last promise still counts.
 */

import { currentContext, runInContext } from "./async_context.js";
import { describeError, logUncaught } from "./errors.js";
import { emit, onDrain } from "./operations.js";
import { createTable, react } from "./primordials.js";

const live = createTable();
let changed = [];
let running = null;
/** The one whose code was entered last, be it over or not: events of its WebSockets may still come. */
let entered;

/** The key of an invocation in the asynchronous context of its handler. */
const INVOCATION = Symbol("invocation");

/** @param {number} id the host's number of an invocation that is not over */
export function findInvocation(id) {
  return live.get(id);
}

/**
 * The invocation that code belongs to which does not say so: that of its asynchronous context, where the
 * Worker follows contexts; else the one whose handler is being called, else the one that began last, else the one
 * whose code ran last.
 * @returns {Invocation|undefined}
 */
export function currentInvocation() {
  const own = currentContext()?.get(INVOCATION);
  if (own !== undefined) return own;
  if (running !== null) return running;
  let last;
  for (const invocation of live.values()) last = invocation;
  return last ?? entered;
}

/**
 * The host has given up on an invocation.
 * @param {number} id
 */
export function forgetInvocation(id) {
  live.delete(id);
}

/** A running invocation. */
export class Invocation {
  passThrough = false;
  /** Called when the host says that the client is gone; set for requests. */
  abort = undefined;
  #id;
  #answer;
  #answersLast;
  #result = undefined;
  #error = undefined;
  #returned = false;
  #answered = false;
  #pending = 0;
  #errors = [];

  /**
   * @param {number} id
   * @param {(failure: {error: unknown}|undefined, result: unknown, invocation: Invocation) => void} answer
   *   emits the operation that answers the host. `failure` says what the handler threw.
   * @param {boolean} answersLast whether the answer waits for all waitUntil promises
   */
  constructor(id, answer, answersLast = false) {
    this.#id = id;
    this.#answer = answer;
    this.#answersLast = answersLast;
    live.set(id, this);
  }

  /**
   * Calls the handler.
   * @param {() => unknown} handler
   * @param {(result: any) => unknown} accept turns the handler's result into what is answered; may throw
   */
  run(handler, accept) {
    this.#pending++;
    try {
      const returned = this.enter(handler);
      react(returned, (result) => this.#finish(result, accept), (error) => this.#fail(error));
    } catch (error) {
      this.#fail(error);
    }
  }

  /**
   * Runs code that belongs to this invocation, which may be over.
   * @param {() => unknown} code
   */
  enter(code) {
    const outer = running;
    running = entered = this;
    try {
      return runInContext(new Map([[INVOCATION, this]]), code);
    } finally {
      running = outer;
    }
  }

  waitUntil(value) {
    if (!live.has(this.#id)) {
      react(value, () => {}, logUncaught);
      return;
    }
    this.#pending++;
    react(value, () => this.#release(), (error) => {
      this.#errors.push(error);
      this.#release();
    });
  }

  #finish(result, accept) {
    try {
      this.#result = accept(result);
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#returned = true;
    this.#release();
  }

  #fail(error) {
    this.#error = { error };
    this.#returned = true;
    this.#release();
  }

  #release() {
    this.#pending--;
    changed.push(this);
  }

  /** Emits what has become certain. */
  advance() {
    const isOver = this.#returned && this.#pending === 0;
    if (this.#returned && !this.#answered && (isOver || !this.#answersLast)) {
      this.#answered = true;
      const failure = this.#error ?? (this.#answersLast ? this.#takeError() : undefined);
      this.#answer(failure, this.#result, this);
    }
    if (!isOver || !live.delete(this.#id)) return;
    const errors = this.#errors.map(describeError).join(",");
    emit(`{"type":"settled","invocation":${this.#id},"errors":[${errors}]}`);
  }

  #takeError() {
    return this.#errors.length === 0 ? undefined : { error: this.#errors.shift() };
  }
}

onDrain(() => {
  const invocations = changed;
  if (invocations.length === 0) return;
  changed = [];
  for (const invocation of invocations) invocation.advance();
});
