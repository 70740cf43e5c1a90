/** Writable streams: https://nodejs.org/docs/latest-v20.x/api/stream.html#writable-streams */

import { Buffer } from "./node_buffer.js";
import { findEncoding } from "./node_buffer_encodings.js";
import { unknownEncoding } from "./node_buffer_search.js";
import { createNodeError, invalidArgumentType } from "./node_errors.js";
import { EventEmitter } from "./node_events.js";
import { nextTick } from "./node_next_tick.js";
import { commonState, construct, destroy, fail, undestroy } from "./node_stream_destroy.js";
import { addAbortSignal } from "./node_stream_finished.js";
import { Stream } from "./node_stream_legacy.js";
import { adoptMethods, highWaterMarkOf } from "./node_stream_readable.js";

const nothing = () => {};

export class WritableState {
  constructor(options, isDuplex) {
    Object.assign(this, commonState(options));
    this.objectMode = Boolean(options?.objectMode || (isDuplex && options?.writableObjectMode));
    this.highWaterMark = highWaterMarkOf(options, "writable", this.objectMode);
    this.decodeStrings = options?.decodeStrings !== false;
    this.defaultEncoding = options?.defaultEncoding ?? "utf8";
    this.length = 0;
    this.buffered = [];
    this.corked = 0;
    this.writing = false;
    this.writingLength = 0;
    this.writeCallback = null;
    this.sync = true;
    this.bufferProcessing = false;
    this.needDrain = false;
    this.ending = false;
    this.ended = false;
    this.finalCalled = false;
    this.prefinished = false;
    this.finished = false;
    /** Callbacks of writes that have been called back and of which the user has not been told. */
    this.pendingCallbacks = 0;
    this.endCallbacks = [];
  }

  getBuffer() {
    return this.buffered;
  }

  get bufferedRequestCount() {
    return this.buffered.length;
  }
}

/** A destination of data. Callable without `new`, as old code inherits from it. */
export function Writable(options) {
  if (!(this instanceof Writable)) return new Writable(options);
  initializeWritable(this, options, false);
}

Object.setPrototypeOf(Writable.prototype, Stream.prototype);
Object.setPrototypeOf(Writable, Stream);

/** A Duplex is writable too, though no instance by its prototype. */
Object.defineProperty(Writable, Symbol.hasInstance, {
  value(object) {
    if (Function.prototype[Symbol.hasInstance].call(this, object)) return true;
    return this === Writable && object?._writableState instanceof WritableState;
  },
});

/** What the constructors of Writable and Duplex do. */
export function initializeWritable(stream, options, isDuplex) {
  stream._writableState = new WritableState(options, isDuplex);
  if (!isDuplex) Stream.call(stream, options);
  adoptMethods(stream, options, ["write", "writev", "destroy", "final", "construct"]);
  construct(stream, () => {
    const state = stream._writableState;
    if (!state.writing) processBuffer(stream, state);
    finishIfDone(stream, state);
  });
  if (options?.signal) addAbortSignal(options.signal, stream);
}

function errorOf(code, message, Constructor = Error) {
  return createNodeError(Constructor, code, message);
}

function destroyedError(name) {
  return errorOf("ERR_STREAM_DESTROYED", `Cannot call ${name} after a stream was destroyed`);
}

/** What is written, as the stream wants it: bytes unless it takes objects or strings. */
function prepare(state, chunk, encoding) {
  if (chunk === null) throw errorOf("ERR_STREAM_NULL_VALUES", "May not write null values to stream", TypeError);
  if (state.objectMode) return { chunk, encoding };
  if (typeof chunk === "string") {
    return state.decodeStrings ? { chunk: Buffer.from(chunk, encoding), encoding: "buffer" } : { chunk, encoding };
  }
  if (chunk instanceof Buffer) return { chunk, encoding: "buffer" };
  if (!(chunk instanceof Uint8Array)) throw invalidArgumentType("chunk", ["string", "Buffer", "TypedArray", "DataView"], chunk);
  return { chunk: Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength), encoding: "buffer" };
}

function encodingFor(state, encoding) {
  if (!encoding) return state.defaultEncoding;
  if (encoding !== "buffer" && findEncoding(encoding) === undefined) throw unknownEncoding(encoding);
  return encoding;
}

/** Returns whether more may be written, or the error. */
function write(stream, chunk, encoding, callback) {
  const state = stream._writableState;
  if (typeof encoding === "function") [callback, encoding] = [encoding, undefined];
  const prepared = prepare(state, chunk, encodingFor(state, encoding));
  const done = typeof callback === "function" ? callback : nothing;
  let error;
  if (state.ending) error = errorOf("ERR_STREAM_WRITE_AFTER_END", "write after end");
  else if (state.destroyed) error = destroyedError("write");
  if (error !== undefined) {
    nextTick(done, error);
    fail(stream, error, true);
    return error;
  }
  state.pendingCallbacks++;
  return enqueue(stream, state, prepared, done);
}

function enqueue(stream, state, { chunk, encoding }, callback) {
  const length = state.objectMode ? 1 : chunk.length;
  state.length += length;
  const hasRoom = state.length < state.highWaterMark;
  if (!hasRoom) state.needDrain = true;
  if (state.writing || state.corked || state.errored || !state.constructed) {
    state.buffered.push({ chunk, encoding, callback, length });
  } else {
    callWrite(stream, state, [{ chunk, encoding, callback, length }], false);
  }
  return hasRoom && !state.errored && !state.destroyed;
}

function callWrite(stream, state, requests, together) {
  state.writing = true;
  state.sync = true;
  state.writingLength = requests.reduce((sum, { length }) => sum + length, 0);
  let called = false;
  const done = (error) => {
    if (called) {
      fail(stream, errorOf("ERR_MULTIPLE_CALLBACK", "Callback called multiple times"));
      return;
    }
    called = true;
    onWritten(stream, state, requests, error);
  };
  if (state.destroyed) done(destroyedError("write"));
  else if (together) stream._writev(requests.map(({ chunk, encoding }) => ({ chunk, encoding })), done);
  else stream._write(requests[0].chunk, requests[0].encoding, done);
  state.sync = false;
}

function onWritten(stream, state, requests, error) {
  const { sync } = state;
  state.writing = false;
  state.length -= state.writingLength;
  state.writingLength = 0;
  if (error) {
    state.errored ??= error;
    if (stream._readableState) stream._readableState.errored ??= error;
    const tell = () => {
      for (const { callback } of requests) tellOfWrite(state, callback, error);
      failBuffered(state);
      fail(stream, error);
    };
    if (sync) nextTick(tell);
    else tell();
    return;
  }
  if (state.buffered.length > 0 && !state.bufferProcessing) processBuffer(stream, state);
  if (sync) nextTick(afterWrite, stream, state, requests);
  else afterWrite(stream, state, requests);
}

function tellOfWrite(state, callback, error) {
  state.pendingCallbacks--;
  callback(error);
}

function afterWrite(stream, state, requests) {
  if (!state.ending && !stream.destroyed && state.length === 0 && state.needDrain) {
    state.needDrain = false;
    stream.emit("drain");
  }
  for (const { callback } of requests) tellOfWrite(state, callback, null);
  if (state.destroyed) failBuffered(state);
  finishIfDone(stream, state);
}

/** Writes that will not happen any more. */
function failBuffered(state) {
  if (state.writing) return;
  for (const { callback, length } of state.buffered.splice(0)) {
    state.length -= length;
    tellOfWrite(state, callback, state.errored ?? destroyedError("write"));
  }
  for (const callback of state.endCallbacks.splice(0)) callback(state.errored ?? destroyedError("end"));
}

function processBuffer(stream, state) {
  if (state.corked || state.bufferProcessing || state.destroyed || !state.constructed || state.buffered.length === 0) return;
  state.bufferProcessing = true;
  if (typeof stream._writev === "function" && state.buffered.length > 1) {
    callWrite(stream, state, state.buffered.splice(0), true);
  } else {
    while (state.buffered.length > 0 && !state.writing) callWrite(stream, state, [state.buffered.shift()], false);
  }
  state.bufferProcessing = false;
}

function needsFinish(state) {
  return (
    state.ending &&
    !state.destroyed &&
    state.constructed &&
    state.length === 0 &&
    !state.errored &&
    state.buffered.length === 0 &&
    !state.finished &&
    !state.writing &&
    !state.errorEmitted &&
    !state.closeEmitted
  );
}

function finishIfDone(stream, state, sync = false) {
  if (!needsFinish(state)) return;
  if (!state.prefinished && !state.finalCalled) prefinish(stream, state);
  if (state.pendingCallbacks > 0) return;
  if (sync) {
    state.pendingCallbacks++;
    nextTick(() => {
      state.pendingCallbacks--;
      if (needsFinish(state)) finish(stream, state);
    });
  } else {
    state.pendingCallbacks++;
    finish(stream, state);
  }
}

function prefinish(stream, state) {
  if (typeof stream._final !== "function" || state.destroyed) {
    state.prefinished = true;
    stream.emit("prefinish");
    return;
  }
  state.finalCalled = true;
  let called = false;
  const done = (error) => {
    if (called) {
      fail(stream, error ?? errorOf("ERR_MULTIPLE_CALLBACK", "Callback called multiple times"));
      return;
    }
    called = true;
    state.pendingCallbacks--;
    if (error) {
      for (const callback of state.endCallbacks.splice(0)) callback(error);
      fail(stream, error, state.sync);
    } else if (needsFinish(state)) {
      state.prefinished = true;
      stream.emit("prefinish");
      state.pendingCallbacks++;
      nextTick(finish, stream, state);
    }
  };
  state.sync = true;
  state.pendingCallbacks++;
  try {
    stream._final(done);
  } catch (error) {
    done(error);
  }
  state.sync = false;
}

function finish(stream, state) {
  state.pendingCallbacks--;
  state.finished = true;
  for (const callback of state.endCallbacks.splice(0)) callback(null);
  stream.emit("finish");
  if (!state.autoDestroy) return;
  const readable = stream._readableState;
  if (!readable || (readable.autoDestroy && (readable.endEmitted || readable.readable === false))) stream.destroy();
}

function endError(state) {
  if (state.errored) return undefined;
  if (state.finished) return errorOf("ERR_STREAM_ALREADY_FINISHED", "Cannot call end after a stream was finished");
  return state.destroyed ? destroyedError("end") : undefined;
}

const methods = {
  _undestroy: undestroy,

  _destroy(error, callback) {
    callback(error);
  },

  destroy(error, callback) {
    const state = this._writableState;
    if (!state.destroyed && (state.buffered.length > 0 || state.endCallbacks.length > 0)) nextTick(failBuffered, state);
    return destroy.call(this, error, callback);
  },

  [EventEmitter.captureRejectionSymbol](error) {
    this.destroy(error);
  },

  pipe() {
    fail(this, errorOf("ERR_STREAM_CANNOT_PIPE", "Cannot pipe, not readable"));
  },

  write(chunk, encoding, callback) {
    return write(this, chunk, encoding, callback) === true;
  },

  _write(chunk, encoding, callback) {
    if (typeof this._writev === "function") this._writev([{ chunk, encoding }], callback);
    else throw errorOf("ERR_METHOD_NOT_IMPLEMENTED", "The _write() method is not implemented");
  },

  _writev: null,

  cork() {
    this._writableState.corked++;
  },

  uncork() {
    const state = this._writableState;
    if (state.corked === 0) return;
    state.corked--;
    if (!state.writing) processBuffer(this, state);
  },

  setDefaultEncoding(encoding) {
    const name = `${encoding}`.toLowerCase();
    if (findEncoding(name) === undefined) throw unknownEncoding(encoding);
    this._writableState.defaultEncoding = name;
    return this;
  },

  end(chunk, encoding, callback) {
    const state = this._writableState;
    if (typeof chunk === "function") [callback, chunk, encoding] = [chunk, null, null];
    else if (typeof encoding === "function") [callback, encoding] = [encoding, null];
    let error;
    if (chunk !== null && chunk !== undefined) {
      const result = write(this, chunk, encoding);
      if (result instanceof Error) error = result;
    }
    if (state.corked) {
      state.corked = 1;
      this.uncork();
    }
    if (error === undefined && !state.errored && !state.ending) {
      state.ending = true;
      finishIfDone(this, state, true);
      state.ended = true;
    } else {
      error ??= endError(state);
    }
    if (typeof callback === "function") {
      if (error) nextTick(callback, error);
      else if (state.finished) nextTick(callback);
      else state.endCallbacks.push(callback);
    }
    return this;
  },
};
Object.assign(Writable.prototype, methods);
Writable.WritableState = WritableState;

const attributes = {
  writable: {
    get() {
      const state = this._writableState;
      return Boolean(state) && state.writable !== false && !state.destroyed && !state.errored && !state.ending && !state.ended;
    },
    set(value) {
      if (this._writableState) this._writableState.writable = Boolean(value);
    },
  },
  destroyed: {
    get() {
      return this._writableState?.destroyed ?? false;
    },
    set(value) {
      if (this._writableState) this._writableState.destroyed = value;
    },
  },
};
const simple = {
  closed: (state) => state?.closed ?? false,
  errored: (state) => state?.errored ?? null,
  writableAborted: (state) => state.writable !== false && (state.destroyed || Boolean(state.errored)) && !state.finished,
  writableBuffer: (state) => state?.buffered,
  writableCorked: (state) => state?.corked ?? 0,
  writableEnded: (state) => state?.ending ?? false,
  writableFinished: (state) => state?.finished ?? false,
  writableHighWaterMark: (state) => state?.highWaterMark,
  writableLength: (state) => state?.length,
  writableNeedDrain: (state) => Boolean(state) && !state.destroyed && !state.ending && state.needDrain,
  writableObjectMode: (state) => state?.objectMode ?? false,
};
for (const name of Object.keys(simple)) {
  attributes[name] = {
    get() {
      return simple[name](this._writableState);
    },
  };
}
for (const name of Object.keys(attributes)) {
  Object.defineProperty(Writable.prototype, name, { ...attributes[name], configurable: true });
}
