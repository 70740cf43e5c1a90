/**
 * WritableStream and its writer, as the Streams Standard has them.
 */
import { rejected } from "./promises.js";
import { highWaterMarkOf, sizeAlgorithmOf } from "./queuing.js";
import { WritableController } from "./writable_controller.js";
import { WritableState, releasedWriterError } from "./writable_state.js";
import { defineInterface, isObject, requireMethod, toDictionary } from "./webidl.js";

const FROM_STATE = Symbol("state");

let stateOf;
let isWritable;

/** A destination of chunks. */
export class WritableStream {
  #state;

  constructor(underlyingSink = undefined, strategy = undefined) {
    if (underlyingSink === FROM_STATE) {
      this.#state = strategy;
      return;
    }
    if (underlyingSink !== undefined && !isObject(underlyingSink)) {
      throw new TypeError("WritableStream: the underlying sink is not an object.");
    }
    this.#state = new WritableState();
    const options = toDictionary(strategy, "WritableStream strategy");
    const sink = sinkDictionary(underlyingSink ?? {});
    setUpStream(this.#state, underlyingSink, sink, options);
  }

  get locked() {
    return this.#state.isLocked;
  }

  abort(reason = undefined) {
    if (!isWritable(this)) return illegalInvocation();
    if (this.#state.isLocked) return rejected(new TypeError("This WritableStream is locked: it cannot be aborted."));
    return this.#state.abort(reason);
  }

  close() {
    if (!isWritable(this)) return illegalInvocation();
    if (this.#state.isLocked) return rejected(new TypeError("This WritableStream is locked: it cannot be closed."));
    if (this.#state.isClosing) return rejected(new TypeError("This WritableStream is closing already."));
    return this.#state.close();
  }

  getWriter() {
    return new WritableStreamDefaultWriter(this);
  }

  static {
    stateOf = (stream) => stream.#state;
    isWritable = (value) => isObject(value) && #state in value;
    defineInterface(WritableStream);
  }
}

function illegalInvocation() {
  return Promise.reject(new TypeError("Illegal invocation"));
}

function sinkDictionary(sink) {
  const { abort, close, start, type, write } = sink;
  requireMethod(abort, "WritableStream: abort of the underlying sink");
  requireMethod(close, "WritableStream: close of the underlying sink");
  requireMethod(start, "WritableStream: start of the underlying sink");
  requireMethod(write, "WritableStream: write of the underlying sink");
  if (type !== undefined) throw new RangeError("WritableStream: the underlying sink must not have a type.");
  return { abort, close, start, write };
}

function setUpStream(state, underlyingSink, { abort, close, start, write }, strategy) {
  const sizeOf = sizeAlgorithmOf(strategy);
  const highWaterMark = highWaterMarkOf(strategy, 1);
  const controller = new WritableController(state, {
    write: write && ((chunk) => write.call(underlyingSink, chunk, face)),
    close: close && (() => close.call(underlyingSink)),
    abort: abort && ((reason) => abort.call(underlyingSink, reason)),
    highWaterMark,
    sizeOf,
  });
  const face = new WritableStreamDefaultController(FROM_STATE, controller);
  controller.start(start && (() => start.call(underlyingSink, face)));
}

/** Writes chunk by chunk. */
export class WritableStreamDefaultWriter {
  #writer;

  constructor(stream) {
    this.#writer = writableStateOf(stream).acquireWriter();
  }

  get closed() {
    if (!isObject(this) || !(#writer in this)) return illegalInvocation();
    return this.#writer.closed.promise;
  }

  get desiredSize() {
    if (this.#writer.stream === null) throw releasedWriterError();
    return this.#writer.desiredSize;
  }

  get ready() {
    if (!isObject(this) || !(#writer in this)) return illegalInvocation();
    return this.#writer.ready.promise;
  }

  abort(reason = undefined) {
    if (!isObject(this) || !(#writer in this)) return illegalInvocation();
    const { stream } = this.#writer;
    return stream === null ? rejected(releasedWriterError()) : stream.abort(reason);
  }

  close() {
    if (!isObject(this) || !(#writer in this)) return illegalInvocation();
    const { stream } = this.#writer;
    if (stream === null) return Promise.reject(releasedWriterError());
    if (stream.isClosing) return Promise.reject(new TypeError("This WritableStream is closing already."));
    return stream.close();
  }

  releaseLock() {
    if (this.#writer.stream !== null) this.#writer.release();
  }

  write(chunk = undefined) {
    if (!isObject(this) || !(#writer in this)) return illegalInvocation();
    return this.#writer.stream === null ? Promise.reject(releasedWriterError()) : this.#writer.write(chunk);
  }

  static {
    defineInterface(WritableStreamDefaultWriter);
  }
}

/** The public face of a WritableController. */
export class WritableStreamDefaultController {
  #controller;

  constructor(token = undefined, controller = undefined) {
    if (token !== FROM_STATE) throw new TypeError("Illegal constructor");
    this.#controller = controller;
  }

  get signal() {
    return this.#controller.signal;
  }

  error(reason = undefined) {
    this.#controller.errorIfNeeded(reason);
  }

  static {
    defineInterface(WritableStreamDefaultController);
  }
}

/** The state behind a WritableStream. Throws a TypeError for anything else. */
export function writableStateOf(stream) {
  if (!isWritable(stream)) throw new TypeError("The argument is not a WritableStream.");
  return stateOf(stream);
}

/** The WritableStream that shows `state` to users. */
export function exposeWritable(state) {
  return new WritableStream(FROM_STATE, state);
}
