/**
 * ReadableStream and its readers, as the Streams Standard has them.
 */
import { handled, nothing, promiseOf, rejected } from "./promises.js";
import { highWaterMarkOf, sizeAlgorithmOf } from "./queuing.js";
import { ByteController } from "./readable_byte_controller.js";
import { exposeByteController } from "./readable_byte_stream.js";
import { DefaultController, exposeDefaultController } from "./readable_default_controller.js";
import { pipe } from "./readable_pipe.js";
import { ReadableState, releasedReader } from "./readable_state.js";
import { tee } from "./readable_tee.js";
import { writableStateOf } from "./writable_stream.js";
import { isAbortSignal } from "./abort.js";
import { defineInterface, isObject, requireArguments, requireMethod, toDictionary, toEnforcedInteger } from "./webidl.js";

const FROM_STATE = Symbol("state");

let stateOf;
let isReadable;

/** A source of chunks. */
export class ReadableStream {
  #state;

  constructor(underlyingSource = undefined, strategy = undefined) {
    if (underlyingSource === FROM_STATE) {
      this.#state = strategy;
      return;
    }
    if (underlyingSource !== undefined && !isObject(underlyingSource)) {
      throw new TypeError("ReadableStream: the underlying source is not an object.");
    }
    this.#state = new ReadableState();
    const source = sourceDictionary(underlyingSource ?? {});
    const options = toDictionary(strategy, "ReadableStream strategy");
    if (source.type === "bytes") setUpByteStream(this.#state, underlyingSource, source, options);
    else setUpDefaultStream(this.#state, underlyingSource, source, options);
  }

  static from(iterable) {
    requireArguments(arguments.length, 1, "ReadableStream.from");
    return streamFromIterable(iterable);
  }

  get locked() {
    return this.#state.isLocked;
  }

  cancel(reason = undefined) {
    if (!isReadable(this)) return illegalInvocation();
    if (this.#state.isLocked) return rejected(new TypeError("This ReadableStream is locked: it cannot be cancelled."));
    return this.#state.cancel(reason);
  }

  getReader(options = undefined) {
    const state = this.#state;
    const { mode } = toDictionary(options, "ReadableStream.getReader options");
    if (mode === undefined) return new ReadableStreamDefaultReader(FROM_STATE, state);
    if (`${mode}` !== "byob") throw new TypeError(`ReadableStream.getReader: "${mode}" is not a mode.`);
    return new ReadableStreamBYOBReader(FROM_STATE, state);
  }

  pipeThrough(transform, options = undefined) {
    requireArguments(arguments.length, 1, "ReadableStream.pipeThrough");
    if (!isObject(transform)) throw new TypeError("ReadableStream.pipeThrough: the transform is not an object.");
    const { readable, writable } = transform;
    if (!isReadable(readable)) throw new TypeError("ReadableStream.pipeThrough: readable is not a ReadableStream.");
    const destination = writableStateOf(writable);
    const settings = pipeOptions(options);
    if (this.#state.isLocked) throw new TypeError("This ReadableStream is locked: it cannot be piped.");
    if (destination.isLocked) throw new TypeError("The WritableStream is locked: nothing can be piped to it.");
    handled(pipe(this.#state, destination, settings));
    return readable;
  }

  pipeTo(destination, options = undefined) {
    let target;
    let settings;
    try {
      requireArguments(arguments.length, 1, "ReadableStream.pipeTo");
      void this.#state;
      target = writableStateOf(destination);
      settings = pipeOptions(options);
    } catch (error) {
      return Promise.reject(error);
    }
    if (this.#state.isLocked) return Promise.reject(new TypeError("This ReadableStream is locked: it cannot be piped."));
    if (target.isLocked) {
      return Promise.reject(new TypeError("The WritableStream is locked: nothing can be piped to it."));
    }
    return pipe(this.#state, target, settings);
  }

  tee() {
    return tee(this.#state).map((branch) => new ReadableStream(FROM_STATE, branch));
  }

  values(options = undefined) {
    const preventCancel = Boolean(toDictionary(options, "ReadableStream.values options").preventCancel);
    return new ReadableStreamAsyncIterator(this.#state.acquireReader("default"), preventCancel);
  }

  static {
    stateOf = (stream) => stream.#state;
    isReadable = (value) => isObject(value) && #state in value;
    defineInterface(ReadableStream);
    Object.defineProperty(ReadableStream.prototype, Symbol.asyncIterator, {
      value: ReadableStream.prototype.values,
      writable: true,
      configurable: true,
    });
  }
}

function illegalInvocation() {
  return Promise.reject(new TypeError("Illegal invocation"));
}

function sourceDictionary(source) {
  const { autoAllocateChunkSize, cancel, pull, start, type } = source;
  requireMethod(cancel, "ReadableStream: cancel of the underlying source");
  requireMethod(pull, "ReadableStream: pull of the underlying source");
  requireMethod(start, "ReadableStream: start of the underlying source");
  if (type !== undefined && `${type}` !== "bytes") throw new TypeError(`ReadableStream: "${type}" is not a type.`);
  return {
    autoAllocateChunkSize:
      autoAllocateChunkSize === undefined ? undefined : toEnforcedInteger(autoAllocateChunkSize, "autoAllocateChunkSize"),
    cancel,
    pull,
    start,
    type: type === undefined ? undefined : "bytes",
  };
}

function setUpDefaultStream(state, underlyingSource, source, strategy) {
  const sizeOf = sizeAlgorithmOf(strategy);
  const highWaterMark = highWaterMarkOf(strategy, 1);
  const algorithms = algorithmsOf(underlyingSource, source, () => face);
  const controller = new DefaultController(state, { ...algorithms, highWaterMark, sizeOf });
  const face = exposeDefaultController(controller);
  controller.start(source.start && (() => source.start.call(underlyingSource, face)));
}

function setUpByteStream(state, underlyingSource, source, strategy) {
  if (strategy.size !== undefined) throw new RangeError("The strategy of a byte stream must not have a size.");
  const { autoAllocateChunkSize } = source;
  if (autoAllocateChunkSize === 0) throw new TypeError("autoAllocateChunkSize must not be 0.");
  const highWaterMark = highWaterMarkOf(strategy, 0);
  const algorithms = algorithmsOf(underlyingSource, source, () => face);
  const controller = new ByteController(state, { ...algorithms, highWaterMark, autoAllocateChunkSize });
  const face = exposeByteController(controller);
  controller.start(source.start && (() => source.start.call(underlyingSource, face)));
}

function algorithmsOf(underlyingSource, { pull, cancel }, faceOf) {
  return {
    pull: pull && (() => pull.call(underlyingSource, faceOf())),
    cancel: cancel && ((reason) => cancel.call(underlyingSource, reason)),
  };
}

function pipeOptions(options) {
  const { preventAbort, preventCancel, preventClose, signal } = toDictionary(options, "pipe options");
  if (signal !== undefined && !isAbortSignal(signal)) throw new TypeError("The pipe's signal is not an AbortSignal.");
  return {
    preventAbort: Boolean(preventAbort),
    preventCancel: Boolean(preventCancel),
    preventClose: Boolean(preventClose),
    signal,
  };
}

function streamFromIterable(iterable) {
  const iterator = openIterator(iterable);
  const state = new ReadableState();
  const controller = new DefaultController(state, {
    pull: () =>
      promiseOf(() => iterator.next()).then((result) => {
        if (!isObject(result)) throw new TypeError("The iterator's next() did not produce an object.");
        if (result.done) controller.close();
        else return Promise.resolve(result.value).then((value) => controller.enqueue(value));
      }),
    cancel: (reason) => closeIterator(iterator, reason),
    highWaterMark: 0,
  });
  controller.start();
  return new ReadableStream(FROM_STATE, state);
}

function openIterator(iterable) {
  const open = iterable?.[Symbol.asyncIterator] ?? iterable?.[Symbol.iterator];
  if (typeof open !== "function") throw new TypeError("ReadableStream.from: the argument is not iterable.");
  const iterator = open.call(iterable);
  if (!isObject(iterator)) throw new TypeError("ReadableStream.from: the iterator is not an object.");
  return iterator;
}

async function closeIterator(iterator, reason) {
  const close = iterator.return;
  if (close === undefined || close === null) return;
  const result = await close.call(iterator, reason);
  if (!isObject(result)) throw new TypeError("The iterator's return() did not produce an object.");
}

/** Reads chunk by chunk. */
export class ReadableStreamDefaultReader {
  #reader;

  constructor(stream, state = undefined) {
    if (stream === FROM_STATE) {
      this.#reader = state.acquireReader("default");
      return;
    }
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

  constructor(stream, state = undefined) {
    this.#reader = (stream === FROM_STATE ? state : readableStateOf(stream)).acquireReader("byob");
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
  if (view.byteLength === 0 || view.buffer.byteLength === 0) throw new TypeError("A BYOB read needs a view that is not empty.");
  if (minimum === 0) throw new TypeError("A BYOB read must ask for at least one element.");
  if (minimum > (view.length ?? view.byteLength)) throw new RangeError("A BYOB read cannot ask for more than the view holds.");
}

const ASYNC_ITERATOR_PROTOTYPE = Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}.prototype));

/** What iterating a stream with `for await` uses. */
class ReadableStreamAsyncIterator {
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

/** True for ReadableStream objects. */
export function isReadableStream(value) {
  return isReadable(value);
}

/** The state behind a ReadableStream. Throws a TypeError for anything else. */
export function readableStateOf(stream) {
  if (!isReadable(stream)) throw new TypeError("The argument is not a ReadableStream.");
  return stateOf(stream);
}

/** The ReadableStream that shows `state` to users. */
export function exposeReadable(state) {
  return new ReadableStream(FROM_STATE, state);
}

/**
 * A byte stream made by the runtime. `pull(controller)` and `cancel(reason)` may return promises;
 * `controller` is a ByteController.
 */
export function createByteStream({ pull = nothing, cancel = nothing, expectedLength = null, highWaterMark = 0 }) {
  const state = new ReadableState();
  state.expectedLength = expectedLength;
  const controller = new ByteController(state, { pull: () => pull(controller), cancel, highWaterMark });
  controller.begin();
  return new ReadableStream(FROM_STATE, state);
}

/** Ends a byte stream, also when a reader's own buffer waits to be filled. */
export function closeByteController(controller) {
  const waits = controller.pendingPullIntos.length > 0;
  controller.close();
  if (waits && controller.pendingPullIntos.length > 0) controller.respond(0);
}
