/** When a stream is over: finished(), and giving up through an AbortSignal. */

import { AbortError, createNodeError, invalidArgumentType, validateAbortSignal, validateFunction } from "./node_errors.js";
import { bindToContext } from "./async_context.js";
import { nextTick } from "./node_next_tick.js";

/** Anything with the events of a Node stream. */
export function isNodeStream(value) {
  return Boolean(value) && (value._readableState || value._writableState || (typeof value.write === "function" && typeof value.on === "function") || (typeof value.pipe === "function" && typeof value.on === "function"));
}

export function isReadableNodeStream(value) {
  return Boolean(value) && typeof value.pipe === "function" && typeof value.on === "function" && (!value._writableState || value._readableState?.readable !== false) && (!value._writableState || Boolean(value._readableState));
}

export function isWritableNodeStream(value) {
  return Boolean(value) && typeof value.write === "function" && typeof value.on === "function" && (!value._readableState || value._writableState?.writable !== false);
}

function prematureClose() {
  return createNodeError(Error, "ERR_STREAM_PREMATURE_CLOSE", "Premature close");
}

function isFinished(stream) {
  const state = stream._writableState;
  return state ? state.finished : Boolean(stream.writableFinished);
}

function isEnded(stream) {
  const state = stream._readableState;
  return state ? state.endEmitted || (state.ended && state.length === 0) : Boolean(stream.readableEnded);
}

function errorOf(stream) {
  return stream._writableState?.errored ?? stream._readableState?.errored ?? null;
}

function isClosed(stream) {
  const states = [stream._writableState, stream._readableState].filter(Boolean);
  return states.length > 0 ? states.some((state) => state.closed) : Boolean(stream.closed);
}

function willEmitClose(stream) {
  const state = stream._writableState ?? stream._readableState;
  return Boolean(state) && state.autoDestroy && state.emitClose && state.closed === false;
}

/**
 * Calls back once the stream is over, for whatever reason.
 * @returns {() => void} stops the watching
 */
export function finished(stream, options, callback) {
  if (typeof options === "function") [callback, options] = [options, {}];
  options ??= {};
  validateFunction(callback, "callback");
  validateAbortSignal(options.signal, "options.signal");
  if (isWebStream(stream)) return finishedWeb(stream, options, callback);
  if (!isNodeStream(stream)) throw invalidArgumentType("stream", ["ReadableStream", "WritableStream", "Stream"], stream);
  return new Watch(stream, options, bindToContext(callback)).stop;
}

function isWebStream(stream) {
  return typeof stream?.getReader === "function" || typeof stream?.getWriter === "function";
}

function finishedWeb(stream, { signal }, callback) {
  let over = false;
  const settle = (error) => {
    if (!over) nextTick(callback, error);
    over = true;
  };
  signal?.addEventListener("abort", () => settle(new AbortError(undefined, { cause: signal.reason })), { once: true });
  // A stream tells of its end only through a reader or writer, and those lock it: a locked one cannot be watched.
  if (stream.locked) throw createNodeError(TypeError, "ERR_INVALID_STATE", "node:stream finished of a locked web stream is not provided by qemu-dev yet");
  const handle = stream.getReader?.() ?? stream.getWriter();
  handle.closed.then(() => settle(), settle);
  handle.releaseLock();
  return () => {
    over = true;
  };
}

/** One call of finished(). */
class Watch {
  #stream;
  #callback;
  #listeners = [];
  #wantsReadable;
  #wantsWritable;
  #readableDone;
  #writableDone;
  #willEmitClose;
  #called = false;

  constructor(stream, options, callback) {
    this.#stream = stream;
    this.#callback = callback;
    this.#wantsReadable = options.readable ?? isReadableNodeStream(stream);
    this.#wantsWritable = options.writable ?? isWritableNodeStream(stream);
    this.#readableDone = isEnded(stream);
    this.#writableDone = isFinished(stream);
    this.#willEmitClose =
      willEmitClose(stream) &&
      isReadableNodeStream(stream) === this.#wantsReadable &&
      isWritableNodeStream(stream) === this.#wantsWritable;
    this.stop = this.stop.bind(this);
    this.#attach(options);
    this.#checkNow();
    this.#watchSignal(options.signal);
  }

  #listen(name, listener) {
    this.#stream.on(name, listener);
    this.#listeners.push([name, listener]);
  }

  #attach(options) {
    this.#listen("end", () => {
      this.#readableDone = true;
      this.#partDone(!this.#wantsWritable || this.#writableDone);
    });
    this.#listen("finish", () => {
      this.#writableDone = true;
      this.#partDone(!this.#wantsReadable || this.#readableDone);
    });
    if (options.error !== false) this.#listen("error", (error) => this.#settle(error));
    this.#listen("close", () => this.#onClose());
    this.#listen("aborted", () => this.#onClose());
  }

  /** A stream that destroys itself emits close next; that is the end. */
  #partDone(isAll) {
    if (this.#stream.destroyed) this.#willEmitClose = false;
    if (this.#willEmitClose && (!this.#stream.writable || this.#wantsWritable) && (!this.#stream.readable || this.#wantsReadable)) return;
    if (isAll) this.#settle();
  }

  #onClose() {
    const error = errorOf(this.#stream);
    if (error) this.#settle(error);
    else if (this.#wantsReadable && !this.#readableDone && isReadableNodeStream(this.#stream) && !isEnded(this.#stream)) this.#settle(prematureClose());
    else if (this.#wantsWritable && !this.#writableDone && !isFinished(this.#stream)) this.#settle(prematureClose());
    else this.#settle();
  }

  /** The stream may have been over before anybody watched. */
  #checkNow() {
    const stream = this.#stream;
    const state = stream._writableState ?? stream._readableState;
    if (isClosed(stream)) nextTick(() => this.#onClose());
    else if (state?.errorEmitted) {
      if (!this.#willEmitClose) nextTick(() => this.#onClose());
    } else if (!this.#wantsReadable && this.#writableDone && !this.#willEmitClose) nextTick(() => this.#onClose());
    else if (!this.#wantsWritable && this.#readableDone && !this.#willEmitClose && stream.readable === false) nextTick(() => this.#onClose());
  }

  #watchSignal(signal) {
    if (signal === undefined) return;
    const abort = () => this.#settle(new AbortError(undefined, { cause: signal.reason }), true);
    if (signal.aborted) nextTick(abort);
    else {
      signal.addEventListener("abort", abort, { once: true });
      this.#signalListener = () => signal.removeEventListener("abort", abort);
    }
  }

  #signalListener = undefined;

  #settle(error, stops = false) {
    if (this.#called) return;
    this.#called = true;
    this.#signalListener?.();
    if (stops) this.stop();
    const callback = this.#callback;
    if (error === undefined || error === null) Reflect.apply(callback, this.#stream, []);
    else Reflect.apply(callback, this.#stream, [error]);
  }

  stop() {
    this.#called = true;
    this.#signalListener?.();
    for (const [name, listener] of this.#listeners.splice(0)) this.#stream.removeListener(name, listener);
  }
}

/** Destroys `stream` when `signal` is aborted. */
export function addAbortSignal(signal, stream) {
  if (signal === undefined || signal === null) throw invalidArgumentType("signal", "AbortSignal", signal);
  validateAbortSignal(signal);
  if (!isNodeStream(stream)) throw invalidArgumentType("stream", ["ReadableStream", "WritableStream", "Stream"], stream);
  const abort = () => stream.destroy(new AbortError(undefined, { cause: signal.reason }));
  if (signal.aborted) abort();
  else {
    signal.addEventListener("abort", abort, { once: true });
    finished(stream, () => signal.removeEventListener("abort", abort));
  }
  return stream;
}
