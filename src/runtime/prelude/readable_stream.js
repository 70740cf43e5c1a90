/**
 * ReadableStream, as the Streams Standard has it.
 */
import { handled, nothing, promiseOf, rejected } from "./promises.js";
import { highWaterMarkOf, sizeAlgorithmOf } from "./queuing.js";
import { ByteController } from "./readable_byte_controller.js";
import { exposeByteController } from "./readable_byte_stream.js";
import { DefaultController, exposeDefaultController } from "./readable_default_controller.js";
import { pipe } from "./readable_pipe.js";
import {
  ReadableStreamAsyncIterator,
  ReadableStreamBYOBReader,
  ReadableStreamDefaultReader,
} from "./readable_readers.js";
import { ReadableState } from "./readable_state.js";
import { tee } from "./readable_tee.js";
import { writableStateOf } from "./writable_stream.js";
import { isAbortSignal } from "./abort.js";
import {
  defineInterface,
  isObject,
  requireArguments,
  requireMethod,
  toDictionary,
  toEnforcedInteger,
} from "./webidl.js";

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
    void this.#state;
    const { mode } = toDictionary(options, "ReadableStream.getReader options");
    if (mode === undefined) return new ReadableStreamDefaultReader(this);
    if (`${mode}` !== "byob") throw new TypeError(`ReadableStream.getReader: "${mode}" is not a mode.`);
    return new ReadableStreamBYOBReader(this);
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
    if (this.#state.isLocked)
      return Promise.reject(new TypeError("This ReadableStream is locked: it cannot be piped."));
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
      autoAllocateChunkSize === undefined
        ? undefined
        : toEnforcedInteger(autoAllocateChunkSize, "autoAllocateChunkSize"),
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
