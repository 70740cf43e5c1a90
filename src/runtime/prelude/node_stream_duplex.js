/** Streams with two sides: https://nodejs.org/docs/latest-v20.x/api/stream.html#duplex-and-transform-streams */

import { createNodeError } from "./node_errors.js";
import { nextTick } from "./node_next_tick.js";
import { adoptMethods, initializeReadable, Readable } from "./node_stream_readable.js";
import { initializeWritable, Writable } from "./node_stream_writable.js";

/** A stream that is read from and written to. */
export function Duplex(options) {
  if (!(this instanceof Duplex)) return new Duplex(options);
  initializeReadable(this, options, true);
  initializeWritable(this, options, true);
  this.allowHalfOpen = options?.allowHalfOpen !== false;
  if (options?.readable === false) Object.assign(this._readableState, { readable: false, ended: true, endEmitted: true });
  if (options?.writable === false) Object.assign(this._writableState, { writable: false, ending: true, ended: true, finished: true });
}

Object.setPrototypeOf(Duplex.prototype, Readable.prototype);
Object.setPrototypeOf(Duplex, Readable);
for (const key of Reflect.ownKeys(Writable.prototype)) {
  if (Object.hasOwn(Duplex.prototype, key) || ["pipe", "_destroy", "_undestroy", "closed", "errored"].includes(key)) continue;
  Object.defineProperty(Duplex.prototype, key, Object.getOwnPropertyDescriptor(Writable.prototype, key));
}
Object.defineProperty(Duplex.prototype, "destroyed", {
  configurable: true,
  get() {
    return Boolean(this._readableState?.destroyed && this._writableState?.destroyed);
  },
  set(value) {
    if (!this._readableState || !this._writableState) return;
    this._readableState.destroyed = value;
    this._writableState.destroyed = value;
  },
});

/** A stream that gives out what it makes of what is written to it. */
export function Transform(options) {
  if (!(this instanceof Transform)) return new Transform(options);
  const readableHighWaterMark = options?.readableHighWaterMark;
  const settings =
    readableHighWaterMark === 0 ? { ...options, highWaterMark: null, readableHighWaterMark, writableHighWaterMark: options.writableHighWaterMark || 0 } : options;
  Duplex.call(this, settings);
  this._readableState.sync = false;
  Object.defineProperty(this, "_afterRead", { value: null, writable: true, configurable: true });
  adoptMethods(this, options, ["transform", "flush"]);
  this.on("prefinish", flushBeforeFinish);
}

Object.setPrototypeOf(Transform.prototype, Duplex.prototype);
Object.setPrototypeOf(Transform, Duplex);

function flush(stream, done) {
  if (typeof stream._flush !== "function" || stream.destroyed) {
    stream.push(null);
    done?.();
    return;
  }
  stream._flush((error, data) => {
    if (error) {
      if (done) done(error);
      else stream.destroy(error);
      return;
    }
    if (data !== null && data !== undefined) stream.push(data);
    stream.push(null);
    done?.();
  });
}

/** A subclass with a `_final` of its own leaves the flushing to us. */
function flushBeforeFinish() {
  if (this._final !== Transform.prototype._final) flush(this);
}

Object.assign(Transform.prototype, {
  _final(callback) {
    flush(this, callback);
  },

  _transform() {
    throw createNodeError(Error, "ERR_METHOD_NOT_IMPLEMENTED", "The _transform() method is not implemented");
  },

  _write(chunk, encoding, callback) {
    const readable = this._readableState;
    const writable = this._writableState;
    const { length } = readable;
    this._transform(chunk, encoding, (error, data) => {
      if (error) {
        callback(error);
        return;
      }
      if (data !== null && data !== undefined) this.push(data);
      const goOn = writable.ended || length === readable.length || readable.length < readable.highWaterMark;
      if (goOn) callback();
      else this._afterRead = callback;
    });
  },

  _read() {
    const callback = this._afterRead;
    if (!callback) return;
    this._afterRead = null;
    callback();
  },
});

/** A Transform that changes nothing. */
export function PassThrough(options) {
  if (!(this instanceof PassThrough)) return new PassThrough(options);
  Transform.call(this, options);
}

Object.setPrototypeOf(PassThrough.prototype, Transform.prototype);
Object.setPrototypeOf(PassThrough, Transform);

PassThrough.prototype._transform = function passOn(chunk, encoding, callback) {
  callback(null, chunk);
};

/** One stream of two: what is written goes to `writable`, what is read comes from `readable`. */
export function joinStreams(readable, writable) {
  const duplex = new Duplex({
    objectMode: Boolean(readable?.readableObjectMode || writable?.writableObjectMode),
    readable: Boolean(readable),
    writable: Boolean(writable),
    read() {
      for (let chunk; (chunk = readable.read()) !== null; ) if (!duplex.push(chunk)) return;
    },
    write(chunk, encoding, callback) {
      if (writable.write(chunk, encoding)) callback();
      else writable.once("drain", callback);
    },
    final(callback) {
      writable.end();
      writable.once("finish", callback);
    },
    destroy(error, callback) {
      readable?.destroy(error);
      writable?.destroy(error);
      callback(error);
    },
  });
  readable?.on("readable", () => duplex.read(0) ?? duplex._read());
  readable?.on("end", () => duplex.push(null));
  for (const side of new Set([readable, writable])) side?.on("error", (error) => duplex.destroy(error));
  if (readable) nextTick(() => duplex._read());
  return duplex;
}
