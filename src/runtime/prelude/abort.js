/**
 * AbortController and AbortSignal of the DOM Standard.
 */
import { DOMException } from "./errors.js";
import { Event, EventTarget, defineEventHandler, dispatchTrusted, hasListeners } from "./events.js";
import { defineInterface, isObject, requireArguments, toEnforcedInteger } from "./webidl.js";

const CREATE = Symbol("create");

let isSignal;
let abortSignal;
let addAlgorithm;
let removeAlgorithm;

/** Tells whether and why something should stop. */
export class AbortSignal extends EventTarget {
  #aborted = false;
  #reason = undefined;
  /** `{ algorithms, dependents, sources }`, created when first needed: most signals have none of them. */
  #links = null;

  constructor(token = undefined) {
    if (token !== CREATE) throw new TypeError("Illegal constructor");
    super();
  }

  static abort(reason = undefined) {
    const signal = new AbortSignal(CREATE);
    signal.#aborted = true;
    signal.#reason = reason === undefined ? abortError() : reason;
    return signal;
  }

  static timeout(milliseconds) {
    requireArguments(arguments.length, 1, "AbortSignal.timeout");
    const delay = toEnforcedInteger(milliseconds, "The timeout");
    const signal = new AbortSignal(CREATE);
    setTimeout(() => {
      signal.#abort(new DOMException("The operation was aborted due to timeout", "TimeoutError"));
    }, delay);
    return signal;
  }

  static any(signals) {
    requireArguments(arguments.length, 1, "AbortSignal.any");
    const list = [...signals];
    for (const signal of list) {
      if (!isSignal(signal))
        throw new TypeError("AbortSignal.any: the sequence has a value that is not an AbortSignal.");
    }
    return AbortSignal.#dependentOn(list);
  }

  static #dependentOn(signals) {
    const result = new AbortSignal(CREATE);
    const aborted = signals.find((signal) => signal.#aborted);
    if (aborted !== undefined) {
      result.#aborted = true;
      result.#reason = aborted.#reason;
      return result;
    }
    const sources = new Set(signals.flatMap((signal) => [...(signal.#links?.sources ?? [signal])]));
    result.#link().sources = sources;
    for (const source of sources) source.#link().dependents.add(result);
    return result;
  }

  get aborted() {
    return this.#aborted;
  }

  get reason() {
    return this.#reason;
  }

  throwIfAborted() {
    if (this.#aborted) throw this.#reason;
  }

  #link() {
    this.#links ??= { algorithms: new Set(), dependents: new Set(), sources: null };
    return this.#links;
  }

  #abort(reason) {
    if (this.#aborted) return;
    const affected = [this];
    this.#mark(reason);
    for (const dependent of this.#links?.dependents ?? []) {
      if (dependent.#aborted) continue;
      dependent.#mark(this.#reason);
      affected.push(dependent);
    }
    this.#links?.dependents.clear();
    for (const signal of affected) signal.#notify();
  }

  #mark(reason) {
    this.#aborted = true;
    this.#reason = reason === undefined ? abortError() : reason;
  }

  #notify() {
    const algorithms = [...(this.#links?.algorithms ?? [])];
    this.#links?.algorithms.clear();
    for (const algorithm of algorithms) algorithm(this.#reason);
    if (hasListeners(this, "abort")) dispatchTrusted(this, new Event("abort"));
  }

  static {
    isSignal = (value) => isObject(value) && #aborted in value;
    abortSignal = (signal, reason) => signal.#abort(reason);
    addAlgorithm = (signal, algorithm) => signal.#link().algorithms.add(algorithm);
    removeAlgorithm = (signal, algorithm) => signal.#links?.algorithms.delete(algorithm);
    defineInterface(AbortSignal);
    defineEventHandler(AbortSignal, "abort");
  }
}

/** Aborts the signal it belongs to. */
export class AbortController {
  /** Created when first looked at: few Workers look at the signal of each request. */
  #signal = null;

  get signal() {
    this.#signal ??= new AbortSignal(CREATE);
    return this.#signal;
  }

  abort(reason = undefined) {
    abortSignal(this.signal, reason);
  }

  static {
    defineInterface(AbortController);
  }
}

function abortError() {
  return new DOMException("The operation was aborted", "AbortError");
}

/** True for AbortSignal objects. */
export function isAbortSignal(value) {
  return isSignal(value);
}

/** Runs `algorithm(reason)` when `signal` aborts, before its listeners. */
export function whenAborted(signal, algorithm) {
  addAlgorithm(signal, algorithm);
}

/** Forgets what `whenAborted` was told. */
export function forgetAborted(signal, algorithm) {
  removeAlgorithm(signal, algorithm);
}

/** A signal that nobody will abort. */
export function createIdleSignal() {
  return new AbortSignal(CREATE);
}
