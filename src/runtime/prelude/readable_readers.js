/**
 * The readers of readable streams and the iterator of `for await`.
 */
import { releasedReader } from "./readable_state.js";
import { readableStateOf } from "./readable_stream.js";
import { defineInterface, isObject, toDictionary, toEnforcedInteger } from "./webidl.js";

/** Reads chunk by chunk. */
export class ReadableStreamDefaultReader {
  #reader;

  constructor(stream) {
    this.#reader = readableStateOf(stream).acquireReader("default");
  }

  get closed() {
    if (!isObject(this) || !(#reader in this)) return illegalInvocation();
    return this.#reader.closed.promise;
  }

  cancel(reason = undefined) {
    if (!isObject(this) || !(#reader in this)) return illegalInvocation();
    return this.#reader.stream === null ? releasedReader() : this.#reader.cancel(reason);
  }

  read() {
    if (!isObject(this) || !(#reader in this)) return illegalInvocation();
    return this.#reader.stream === null ? releasedReader() : this.#reader.readAsPromise();
  }

  releaseLock() {
    if (this.#reader.stream !== null) this.#reader.release();
  }

  static {
    defineInterface(ReadableStreamDefaultReader);
  }
}

/** Reads bytes into buffers that the caller brings. */
export class ReadableStreamBYOBReader {
  #reader;

  constructor(stream) {
    this.#reader = readableStateOf(stream).acquireReader("byob");
  }

  get closed() {
    if (!isObject(this) || !(#reader in this)) return illegalInvocation();
    return this.#reader.closed.promise;
  }

  cancel(reason = undefined) {
    if (!isObject(this) || !(#reader in this)) return illegalInvocation();
    return this.#reader.stream === null ? releasedReader() : this.#reader.cancel(reason);
  }

  read(view, options = undefined) {
    if (!isObject(this) || !(#reader in this)) return illegalInvocation();
    try {
      const minimum = toEnforcedInteger(toDictionary(options, "read options").min ?? 1, "min");
      checkView(view, minimum);
      if (this.#reader.stream === null) return releasedReader();
      return this.#readInto(view, minimum);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Reads at least `minimumBytes`; an addition of Cloudflare's runtime. */
  readAtLeast(minimumBytes, view) {
    const elementSize = view?.BYTES_PER_ELEMENT ?? 1;
    return this.read(view, { min: Math.ceil(minimumBytes / elementSize) });
  }

  releaseLock() {
    if (this.#reader.stream !== null) this.#reader.release();
  }

  #readInto(view, minimum) {
    const { promise, resolve, reject } = Promise.withResolvers();
    this.#reader.readInto(view, minimum, {
      chunk: (value) => resolve({ value, done: false }),
      close: (value) => resolve({ value, done: true }),
      error: reject,
    });
    return promise;
  }

  static {
    defineInterface(ReadableStreamBYOBReader);
  }
}

function checkView(view, minimum) {
  if (!ArrayBuffer.isView(view)) throw new TypeError("A BYOB read needs a view on an ArrayBuffer.");
  if (view.buffer.detached) throw new TypeError("The view's buffer has been detached.");
  if (view.byteLength === 0 || view.buffer.byteLength === 0)
    throw new TypeError("A BYOB read needs a view that is not empty.");
  if (minimum === 0) throw new TypeError("A BYOB read must ask for at least one element.");
  if (minimum > (view.length ?? view.byteLength))
    throw new RangeError("A BYOB read cannot ask for more than the view holds.");
}

const ASYNC_ITERATOR_PROTOTYPE = Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}.prototype));

/** What iterating a stream with `for await` uses. */
export class ReadableStreamAsyncIterator {
  #reader;
  #preventCancel;
  #ongoing = null;
  #finished = false;

  constructor(reader, preventCancel) {
    this.#reader = reader;
    this.#preventCancel = preventCancel;
  }

  next() {
    if (!isObject(this) || !(#reader in this)) return illegalInvocation();
    return this.#afterOngoing(() => this.#next());
  }

  return(value = undefined) {
    if (!isObject(this) || !(#reader in this)) return illegalInvocation();
    return this.#afterOngoing(() => this.#return(value));
  }

  /** Runs steps one after the other; at once when none is under way. */
  #afterOngoing(step) {
    const promise = this.#ongoing === null ? step() : this.#ongoing.then(step, step);
    this.#ongoing = promise;
    const settled = () => {
      if (this.#ongoing === promise) this.#ongoing = null;
    };
    promise.then(settled, settled);
    return promise;
  }

  async #next() {
    if (this.#finished) return { value: undefined, done: true };
    try {
      const result = await this.#reader.readAsPromise();
      if (result.done) this.#finish();
      return result;
    } catch (error) {
      this.#finish();
      throw error;
    }
  }

  async #return(value) {
    if (!this.#finished) {
      const cancelled = this.#preventCancel ? undefined : this.#reader.cancel(value);
      this.#finish();
      await cancelled;
    }
    return { value, done: true };
  }

  #finish() {
    this.#finished = true;
    this.#reader.release();
  }

  static {
    delete ReadableStreamAsyncIterator.prototype.constructor;
    Object.setPrototypeOf(ReadableStreamAsyncIterator.prototype, ASYNC_ITERATOR_PROTOTYPE);
    defineInterface(ReadableStreamAsyncIterator, "ReadableStream AsyncIterator");
  }
}

function illegalInvocation() {
  return Promise.reject(new TypeError("Illegal invocation"));
}
