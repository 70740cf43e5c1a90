/** How streams end early: destroy(), errors and the close event. */

import { nextTick } from "./node_next_tick.js";

/** Emitted when `_construct` has called back. */
export const CONSTRUCTED = Symbol("constructed");

function statesOf(stream) {
  return [stream._writableState, stream._readableState].filter(Boolean);
}

function noteError(stream, error) {
  if (!error) return;
  for (const state of statesOf(stream)) state.errored ??= error;
}

/** The method `destroy` of all streams. */
export function destroy(error, callback) {
  const states = statesOf(this);
  if (states.some((state) => state.destroyed)) {
    if (typeof callback === "function") callback();
    return this;
  }
  noteError(this, error);
  for (const state of states) state.destroyed = true;
  if (states[0]?.constructed === false) this.once(CONSTRUCTED, (later) => callDestroy(this, error ?? later, callback));
  else callDestroy(this, error, callback);
  return this;
}

function callDestroy(stream, error, callback) {
  let called = false;
  const done = (result) => {
    if (called) return;
    called = true;
    noteError(stream, result);
    for (const state of statesOf(stream)) state.closed = true;
    if (typeof callback === "function") callback(result);
    nextTick(() => {
      if (result) emitError(stream, result);
      emitClose(stream);
    });
  };
  try {
    stream._destroy(error || null, done);
  } catch (thrown) {
    done(thrown);
  }
}

function emitError(stream, error) {
  const states = statesOf(stream);
  if (states.some((state) => state.errorEmitted)) return;
  for (const state of states) state.errorEmitted = true;
  stream.emit("error", error);
}

function emitClose(stream) {
  const states = statesOf(stream);
  for (const state of states) state.closeEmitted = true;
  if (states.some((state) => state.emitClose)) stream.emit("close");
}

/** Takes back what destroy() did, for streams that are used again. */
export function undestroy() {
  const common = { destroyed: false, closed: false, closeEmitted: false, errored: null, errorEmitted: false, constructed: true };
  const readable = this._readableState;
  const writable = this._writableState;
  if (readable) Object.assign(readable, common, { reading: false, ended: readable.readable === false, endEmitted: readable.readable === false });
  if (writable) {
    const over = writable.writable === false;
    Object.assign(writable, common, { finalCalled: false, prefinished: false, ended: over, ending: over, finished: over });
  }
}

/** Something went wrong inside: the stream is destroyed, or only tells of it when that is not wanted. */
export function fail(stream, error, sync = false) {
  const states = statesOf(stream);
  if (states.some((state) => state.destroyed)) return;
  if (states.some((state) => state.autoDestroy)) {
    stream.destroy(error);
    return;
  }
  noteError(stream, error);
  if (sync) nextTick(emitError, stream, error);
  else emitError(stream, error);
}

/** Calls `_construct`, if there is one, before anything else happens. */
export function construct(stream, ready) {
  if (typeof stream._construct !== "function") return;
  const states = statesOf(stream);
  for (const state of states) state.constructed = false;
  stream.once(CONSTRUCTED, ready);
  if (stream.listenerCount(CONSTRUCTED) > 1) return;
  nextTick(() => {
    let called = false;
    const done = (error) => {
      if (called) return;
      called = true;
      for (const state of statesOf(stream)) state.constructed = true;
      if (statesOf(stream).some((state) => state.destroyed)) stream.emit(CONSTRUCTED, error);
      else if (error) fail(stream, error, true);
      else nextTick(() => stream.emit(CONSTRUCTED));
    };
    try {
      stream._construct((error) => nextTick(done, error));
    } catch (error) {
      nextTick(done, error);
    }
  });
}

/** Destroys any kind of stream. */
export function destroyAny(stream, error) {
  if (!stream || stream.destroyed) return;
  if (typeof stream.destroy === "function") stream.destroy(error ?? null);
  else if (typeof stream.close === "function") stream.close();
}

/** What the states of both sides start with. */
export function commonState(options) {
  return {
    destroyed: false,
    closed: false,
    closeEmitted: false,
    errored: null,
    errorEmitted: false,
    constructed: true,
    emitClose: options?.emitClose !== false,
    autoDestroy: options?.autoDestroy !== false,
  };
}

let bytesAtOnce = 64 * 1024;
let objectsAtOnce = 16;

/** How much a stream buffers unless told otherwise: bytes, or objects. */
export function getDefaultHighWaterMark(objectMode) {
  return objectMode ? objectsAtOnce : bytesAtOnce;
}

export function setDefaultHighWaterMark(objectMode, value) {
  if (objectMode) objectsAtOnce = value;
  else bytesAtOnce = value;
}
