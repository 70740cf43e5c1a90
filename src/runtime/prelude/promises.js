/**
 * Small helpers for promises that the streams share.
 */

/** Does nothing; used as a default algorithm and to mark rejections as handled. */
export function nothing() {}

/** Marks a promise's rejection as handled and returns the promise. */
export function handled(promise) {
  promise.then(undefined, nothing);
  return promise;
}

/** Calls `algorithm` and answers with a promise whatever it does. */
export function promiseOf(algorithm) {
  try {
    const result = algorithm();
    return result instanceof Promise ? result : Promise.resolve(result);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Creates a rejected promise that nobody has to handle. */
export function rejected(reason) {
  return handled(Promise.reject(reason));
}

const PENDING = 0;
const RESOLVED = 1;
const REJECTED = 2;

/**
 * A promise with its resolving functions, created only when somebody looks at it.
 * Rejections count as handled.
 */
export class Latch {
  #state = PENDING;
  #reason = undefined;
  #deferred = null;

  get isPending() {
    return this.#state === PENDING;
  }

  get promise() {
    if (this.#deferred === null) {
      this.#deferred = Promise.withResolvers();
      this.#settle();
    }
    return this.#deferred.promise;
  }

  resolve() {
    if (this.#state !== PENDING) return;
    this.#state = RESOLVED;
    this.#settle();
  }

  reject(reason) {
    if (this.#state !== PENDING) return;
    this.#state = REJECTED;
    this.#reason = reason;
    this.#settle();
  }

  /** Starts again with a new promise. */
  reset() {
    this.#state = PENDING;
    this.#deferred = null;
    return this;
  }

  #settle() {
    if (this.#deferred === null || this.#state === PENDING) return;
    if (this.#state === RESOLVED) {
      this.#deferred.resolve(undefined);
    } else {
      handled(this.#deferred.promise);
      this.#deferred.reject(this.#reason);
    }
  }
}
