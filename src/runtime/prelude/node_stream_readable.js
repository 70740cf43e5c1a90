/** Readable streams: https://nodejs.org/docs/latest-v20.x/api/stream.html#readable-streams */

import { Buffer } from "./node_buffer.js";
import { createNodeError, invalidArgumentType } from "./node_errors.js";
import { EventEmitter } from "./node_events.js";
import { nextTick } from "./node_next_tick.js";
import { addAbortSignal } from "./node_stream_finished.js";
import { commonState, construct, destroy, fail, getDefaultHighWaterMark, undestroy } from "./node_stream_destroy.js";
import { Stream } from "./node_stream_legacy.js";
import { pipe, unpipe } from "./node_stream_pipe.js";
import { ReadableBuffer } from "./node_stream_buffer.js";
import { StringDecoder } from "./node_string_decoder.js";

/** The option of either side: `readableHighWaterMark` before `highWaterMark`. */
export function highWaterMarkOf(options, side, objectMode) {
  const given = options?.highWaterMark ?? options?.[`${side}HighWaterMark`];
  if (given === undefined || given === null) return getDefaultHighWaterMark(objectMode);
  if (!Number.isInteger(given) || given < 0) {
    const name = options.highWaterMark === undefined ? `options.${side}HighWaterMark` : "options.highWaterMark";
    throw createNodeError(TypeError, "ERR_INVALID_ARG_VALUE", `The property '${name}' is invalid. Received ${given}`);
  }
  return given;
}

export class ReadableState {
  constructor(options, isDuplex) {
    Object.assign(this, commonState(options));
    this.objectMode = Boolean(options?.objectMode || (isDuplex && options?.readableObjectMode));
    this.highWaterMark = highWaterMarkOf(options, "readable", this.objectMode);
    this.buffer = new ReadableBuffer();
    this.length = 0;
    this.pipes = [];
    /** Null until somebody decided: true emits data, false waits for read() or resume(). */
    this.flowing = null;
    this.ended = false;
    this.endEmitted = false;
    this.reading = false;
    this.sync = true;
    this.needReadable = false;
    this.emittedReadable = false;
    this.readableListening = false;
    this.resumeScheduled = false;
    this.readingMore = false;
    this.dataEmitted = false;
    this.paused = null;
    this.defaultEncoding = options?.defaultEncoding ?? "utf8";
    this.awaitDrainWriters = new Set();
    this.decoder = options?.encoding ? new StringDecoder(options.encoding) : null;
    this.encoding = options?.encoding ?? null;
  }
}

/** A source of data. Callable without `new`, as old code inherits from it. */
export function Readable(options) {
  if (!(this instanceof Readable)) return new Readable(options);
  initializeReadable(this, options, false);
}

Object.setPrototypeOf(Readable.prototype, Stream.prototype);
Object.setPrototypeOf(Readable, Stream);

/** What the constructors of Readable and Duplex do. */
export function initializeReadable(stream, options, isDuplex) {
  stream._readableState = new ReadableState(options, isDuplex);
  Stream.call(stream, options);
  adoptMethods(stream, options, ["read", "destroy", "construct"]);
  construct(stream, () => {
    if (stream._readableState.needReadable) maybeReadMore(stream, stream._readableState);
  });
  if (options?.signal && !isDuplex) addAbortSignal(options.signal, stream);
}

/** Options that are functions become the methods a subclass would have. */
export function adoptMethods(stream, options, names) {
  for (const name of names) if (typeof options?.[name] === "function") stream[`_${name}`] = options[name];
}

function toBytes(state, chunk, encoding) {
  if (typeof chunk === "string") return Buffer.from(chunk, encoding || state.defaultEncoding);
  if (chunk instanceof Buffer) return chunk;
  if (chunk instanceof Uint8Array) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  throw invalidArgumentType("chunk", ["string", "Buffer", "TypedArray", "DataView"], chunk);
}

/** Adds a chunk at the end or, for `unshift`, at the front. Tells whether more is wanted. */
function accept(stream, chunk, encoding, front) {
  const state = stream._readableState;
  if (chunk === null) {
    state.reading = false;
    end(stream, state);
    return false;
  }
  try {
    if (!state.objectMode) chunk = toBytes(state, chunk, encoding);
  } catch (error) {
    fail(stream, error);
    return false;
  }
  if (!state.objectMode && chunk.length === 0) {
    if (!front) state.reading = false;
    if (!front) maybeReadMore(stream, state);
  } else if (front) {
    if (state.endEmitted) fail(stream, streamError("ERR_STREAM_UNSHIFT_AFTER_END_EVENT", "stream.unshift() after end event"));
    else if (!state.destroyed && !state.errored) add(stream, state, decoded(state, chunk), true);
  } else if (state.ended) {
    fail(stream, streamError("ERR_STREAM_PUSH_AFTER_EOF", "stream.push() after EOF"));
  } else if (!state.destroyed && !state.errored) {
    state.reading = false;
    const value = decoded(state, chunk);
    if (state.objectMode || value.length > 0) add(stream, state, value, false);
    else maybeReadMore(stream, state);
  }
  return !state.ended && (state.length < state.highWaterMark || state.length === 0);
}

function decoded(state, chunk) {
  return state.decoder === null || state.objectMode ? chunk : state.decoder.write(chunk);
}

function streamError(code, message) {
  return createNodeError(Error, code, message);
}

function add(stream, state, chunk, front) {
  if (state.flowing && state.length === 0 && !state.sync && stream.listenerCount("data") > 0) {
    state.dataEmitted = true;
    stream.emit("data", chunk);
  } else {
    state.length += state.objectMode ? 1 : chunk.length;
    if (front) state.buffer.unshift(chunk);
    else state.buffer.push(chunk);
    if (state.needReadable) announceReadable(stream);
  }
  maybeReadMore(stream, state);
}

function end(stream, state) {
  if (state.ended) return;
  if (state.decoder !== null) {
    const rest = state.decoder.end();
    if (rest.length > 0) {
      state.buffer.push(rest);
      state.length += state.objectMode ? 1 : rest.length;
    }
  }
  state.ended = true;
  if (state.sync) {
    announceReadable(stream);
    return;
  }
  state.needReadable = false;
  state.emittedReadable = true;
  emitReadable(stream);
}

function announceReadable(stream) {
  const state = stream._readableState;
  state.needReadable = false;
  if (state.emittedReadable) return;
  state.emittedReadable = true;
  nextTick(emitReadable, stream);
}

function emitReadable(stream) {
  const state = stream._readableState;
  if (!state.destroyed && !state.errored && (state.length > 0 || state.ended)) {
    stream.emit("readable");
    state.emittedReadable = false;
  }
  state.needReadable = !state.flowing && !state.ended && state.length <= state.highWaterMark;
  flow(stream);
}

/** Emits all there is while the stream flows. */
function flow(stream) {
  const state = stream._readableState;
  while (state.flowing && stream.read() !== null);
}

/** Fills the buffer up to the high-water mark, a tick later. */
function maybeReadMore(stream, state) {
  if (state.readingMore || !state.constructed) return;
  state.readingMore = true;
  nextTick(() => {
    while (!state.reading && !state.ended && (state.length < state.highWaterMark || (state.flowing && state.length === 0))) {
      const { length } = state;
      stream.read(0);
      if (length === state.length) break;
    }
    state.readingMore = false;
  });
}

function emitEndLater(stream) {
  const state = stream._readableState;
  if (state.endEmitted) return;
  state.ended = true;
  nextTick(() => {
    if (state.errored || state.closeEmitted || state.endEmitted || state.length > 0) return;
    state.endEmitted = true;
    stream.emit("end");
    finishOtherSide(stream, state);
  });
}

function finishOtherSide(stream, state) {
  const writable = stream._writableState;
  if (stream.writable && stream.allowHalfOpen === false) {
    nextTick(() => stream.writable && !stream.writableEnded && stream.end());
  } else if (state.autoDestroy && (!writable || (writable.autoDestroy && (writable.finished || writable.writable === false)))) {
    stream.destroy();
  }
}

/** How much `read(count)` can give now: NaN asks for all, or for the first piece of a flowing stream. */
function available(state, count) {
  if (count <= 0 || state.length === 0) return 0;
  if (state.objectMode) return 1;
  if (Number.isNaN(count)) return state.flowing && state.length > 0 ? state.buffer.first().length : state.length;
  if (count <= state.length) return count;
  return state.ended ? state.length : 0;
}

function shouldFill(state, count) {
  if (state.ended || state.reading || state.destroyed || state.errored || !state.constructed) return false;
  return state.needReadable || state.length === 0 || state.length - count < state.highWaterMark;
}

function callRead(stream, state) {
  state.reading = true;
  state.sync = true;
  if (state.length === 0) state.needReadable = true;
  try {
    stream._read(state.highWaterMark);
  } catch (error) {
    fail(stream, error);
  }
  state.sync = false;
}

const methods = {
  destroy,
  _undestroy: undestroy,

  _destroy(error, callback) {
    callback(error);
  },

  [EventEmitter.captureRejectionSymbol](error) {
    this.destroy(error);
  },

  push(chunk, encoding) {
    return accept(this, chunk, encoding, false);
  },

  unshift(chunk, encoding) {
    return accept(this, chunk, encoding, true);
  },

  isPaused() {
    const state = this._readableState;
    return state.paused === true || state.flowing === false;
  },

  setEncoding(encoding) {
    const state = this._readableState;
    const decoder = new StringDecoder(encoding);
    state.decoder = decoder;
    state.encoding = decoder.encoding;
    const text = state.buffer.map((chunk) => decoder.write(chunk)).join("");
    state.buffer.clear();
    if (text !== "") state.buffer.push(text);
    state.length = text.length;
    return this;
  },

  read(size) {
    const state = this._readableState;
    const asked = size === undefined ? Number.NaN : Math.trunc(Number(size));
    if (asked > state.highWaterMark) state.highWaterMark = 2 ** Math.ceil(Math.log2(asked));
    if (asked !== 0) state.emittedReadable = false;
    const isFull = state.highWaterMark === 0 ? state.length > 0 : state.length >= state.highWaterMark;
    if (asked === 0 && state.needReadable && (isFull || state.ended)) {
      if (state.length === 0 && state.ended) emitEndLater(this);
      else announceReadable(this);
      return null;
    }
    let count = available(state, asked);
    if (count === 0 && state.ended) {
      if (state.length === 0) emitEndLater(this);
      return null;
    }
    if (shouldFill(state, count)) {
      callRead(this, state);
      if (!state.reading) count = available(state, asked);
    }
    return this._take(state, asked, count);
  },

  _take(state, asked, count) {
    const chunk = count > 0 ? state.buffer.take(count, state) : null;
    if (chunk === null) {
      state.needReadable = state.length <= state.highWaterMark;
      count = 0;
    } else {
      state.length -= count;
      state.awaitDrainWriters.clear();
    }
    if (state.length === 0) {
      if (!state.ended) state.needReadable = true;
      if (asked !== count && state.ended) emitEndLater(this);
    }
    if (chunk !== null && !state.errored && !state.closeEmitted) {
      state.dataEmitted = true;
      this.emit("data", chunk);
    }
    return chunk;
  },

  _read() {
    throw createNodeError(Error, "ERR_METHOD_NOT_IMPLEMENTED", "The _read() method is not implemented");
  },

  pipe,
  unpipe,

  on(type, listener) {
    const result = Stream.prototype.on.call(this, type, listener);
    const state = this._readableState;
    if (type === "data") {
      state.readableListening = this.listenerCount("readable") > 0;
      if (state.flowing !== false) this.resume();
    } else if (type === "readable" && !state.endEmitted && !state.readableListening) {
      Object.assign(state, { readableListening: true, needReadable: true, flowing: false, emittedReadable: false });
      if (state.length > 0) announceReadable(this);
      else if (!state.reading) nextTick(() => this.read(0));
    }
    return result;
  },

  removeListener(type, listener) {
    const result = Stream.prototype.removeListener.call(this, type, listener);
    if (type === "readable") nextTick(updateListening, this);
    return result;
  },

  removeAllListeners(...types) {
    const result = Stream.prototype.removeAllListeners.apply(this, types);
    if (types[0] === "readable" || types.length === 0) nextTick(updateListening, this);
    return result;
  },

  resume() {
    const state = this._readableState;
    if (!state.flowing) {
      state.flowing = !state.readableListening;
      scheduleResume(this, state);
    }
    state.paused = false;
    return this;
  },

  pause() {
    const state = this._readableState;
    if (state.flowing !== false) {
      state.flowing = false;
      this.emit("pause");
    }
    state.paused = true;
    return this;
  },

  /** Reads from a stream of the first generation. */
  wrap(source) {
    let paused = false;
    source.on("data", (chunk) => {
      if (!this.push(chunk) && source.pause) {
        paused = true;
        source.pause();
      }
    });
    source.on("end", () => this.push(null));
    source.on("error", (error) => fail(this, error));
    source.on("close", () => this.destroy());
    source.on("destroy", () => this.destroy());
    this._read = () => {
      if (paused && source.resume) source.resume();
      paused = false;
    };
    return this;
  },
};

function updateListening(stream) {
  const state = stream._readableState;
  state.readableListening = stream.listenerCount("readable") > 0;
  if (state.resumeScheduled && state.paused === false) state.flowing = true;
  else if (stream.listenerCount("data") > 0) stream.resume();
  else if (!state.readableListening) state.flowing = null;
}

function scheduleResume(stream, state) {
  if (state.resumeScheduled) return;
  state.resumeScheduled = true;
  nextTick(() => {
    if (!state.reading) stream.read(0);
    state.resumeScheduled = false;
    stream.emit("resume");
    flow(stream);
    if (state.flowing && !state.reading) stream.read(0);
  });
}

Object.assign(Readable.prototype, methods);
Readable.prototype.addListener = methods.on;
Readable.prototype.off = methods.removeListener;
Readable.ReadableState = ReadableState;

/** Attributes read from the state. */
const attributes = {
  readable: {
    get() {
      const state = this._readableState;
      return Boolean(state) && state.readable !== false && !state.destroyed && !state.errorEmitted && !state.endEmitted;
    },
    set(value) {
      if (this._readableState) this._readableState.readable = Boolean(value);
    },
  },
  destroyed: {
    get() {
      return this._readableState?.destroyed ?? false;
    },
    set(value) {
      if (this._readableState) this._readableState.destroyed = value;
    },
  },
  readableFlowing: {
    get() {
      return this._readableState.flowing;
    },
    set(value) {
      if (this._readableState) this._readableState.flowing = value;
    },
  },
  readableAborted: {
    get() {
      const state = this._readableState;
      return state.readable !== false && (state.destroyed || Boolean(state.errored)) && !state.endEmitted;
    },
  },
};
const simple = {
  closed: (state) => state?.closed ?? false,
  errored: (state) => state?.errored ?? null,
  readableBuffer: (state) => state?.buffer,
  readableDidRead: (state) => state.dataEmitted,
  readableEncoding: (state) => state?.encoding ?? null,
  readableEnded: (state) => state?.endEmitted ?? false,
  readableHighWaterMark: (state) => state.highWaterMark,
  readableLength: (state) => state.length,
  readableObjectMode: (state) => state?.objectMode ?? false,
};
for (const name of Object.keys(simple)) {
  attributes[name] = {
    get() {
      return simple[name](this._readableState);
    },
  };
}
for (const name of Object.keys(attributes)) {
  Object.defineProperty(Readable.prototype, name, { ...attributes[name], configurable: true });
}
