/** Node's streams as web streams, and the other way round. */

import { Buffer } from "./node_buffer.js";
import { AbortError, invalidArgumentType } from "./node_errors.js";
import { nextTick } from "./node_next_tick.js";
import { Duplex } from "./node_stream_duplex.js";
import { finished } from "./node_stream_finished.js";
import { Readable } from "./node_stream_readable.js";
import { Writable } from "./node_stream_writable.js";
import { CountQueuingStrategy } from "./queuing.js";
import { ReadableStream } from "./readable_stream.js";
import { WritableStream } from "./writable_stream.js";

/** A ReadableStream of what a Node stream gives. */
export function toWebReadable(stream, options = undefined) {
  if (typeof stream?._readableState !== "object") throw invalidArgumentType("streamReadable", "stream.Readable", stream);
  let controller;
  let over = false;
  const stop = finished(stream, { writable: false }, (error) => {
    stream.on("error", () => {});
    if (over) return;
    over = true;
    if (error) controller.error(error);
    else controller.close();
  });
  stream.on("data", (chunk) => {
    if (over) return;
    const isBytes = Buffer.isBuffer(chunk) && !stream.readableObjectMode;
    controller.enqueue(isBytes ? new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength) : chunk);
    if (controller.desiredSize <= 0) stream.pause();
  });
  stream.pause();
  const strategy = options?.strategy ?? new CountQueuingStrategy({ highWaterMark: 1 });
  const source = {
    start(given) {
      controller = given;
    },
    pull() {
      stream.resume();
    },
    cancel(reason) {
      over = true;
      stop();
      stream.on("error", () => {});
      stream.destroy(reason instanceof Error ? reason : new AbortError(undefined, { cause: reason }));
    },
  };
  return new ReadableStream(source, strategy);
}

/** A WritableStream that writes into a Node stream. */
export function toWebWritable(stream) {
  if (typeof stream?._writableState !== "object") throw invalidArgumentType("streamWritable", "stream.Writable", stream);
  let drained = null;
  stream.on("drain", () => drained?.resolve());
  const sink = {
    start(controller) {
      finished(stream, { readable: false }, (error) => {
        stream.on("error", () => {});
        drained?.reject(error);
        if (error) controller.error(error);
      });
    },
    async write(chunk) {
      if (stream.write(chunk) || !stream.writableNeedDrain) return;
      drained = Promise.withResolvers();
      await drained.promise;
      drained = null;
    },
    abort(reason) {
      stream.destroy(reason instanceof Error ? reason : new AbortError(undefined, { cause: reason }));
    },
    close() {
      return new Promise((resolve, reject) => {
        finished(stream, { readable: false }, (error) => (error ? reject(error) : resolve()));
        stream.end();
      });
    },
  };
  return new WritableStream(sink, new CountQueuingStrategy({ highWaterMark: 1 }));
}

/** A Node stream of what a ReadableStream gives. */
export function newReadableFromWeb(webStream, options = undefined) {
  if (typeof webStream?.getReader !== "function") throw invalidArgumentType("readableStream", "ReadableStream", webStream);
  const reader = webStream.getReader();
  const stream = new Readable({ ...options, ...readMembers(reader) });
  return stream;
}

function readMembers(reader) {
  let closed = false;
  return {
    read() {
      reader.read().then(
        ({ value, done }) => {
          closed = done;
          this.push(done ? null : value);
        },
        (error) => {
          closed = true;
          this.destroy(error);
        },
      );
    },
    destroy(error, callback) {
      if (closed) callback(error);
      else reader.cancel(error ?? undefined).then(() => nextTick(callback, error), () => nextTick(callback, error));
    },
  };
}

/** A Node stream that writes into a WritableStream. */
export function newWritableFromWeb(webStream, options = undefined) {
  if (typeof webStream?.getWriter !== "function") throw invalidArgumentType("writableStream", "WritableStream", webStream);
  return new Writable({ ...options, ...writeMembers(webStream.getWriter()) });
}

function writeMembers(writer) {
  let closed = false;
  const settle = (promise, callback) => promise.then(() => nextTick(callback), (error) => nextTick(callback, error ?? new AbortError()));
  return {
    write(chunk, encoding, callback) {
      settle(writer.ready.then(() => writer.write(chunk)), callback);
    },
    final(callback) {
      closed = true;
      settle(writer.close(), callback);
    },
    destroy(error, callback) {
      if (closed) callback(error);
      else writer.abort(error ?? undefined).then(() => nextTick(callback, error), () => nextTick(callback, error));
    },
  };
}

/** A Node stream over a pair of web streams. */
export function newDuplexFromWeb(pair, options = undefined) {
  const reading = readMembers(pair.readable.getReader());
  const writing = writeMembers(pair.writable.getWriter());
  return new Duplex({
    ...options,
    ...reading,
    ...writing,
    destroy(error, callback) {
      writing.destroy(error, () => reading.destroy(error, callback));
    },
  });
}

Readable.toWeb = toWebReadable;
Readable.fromWeb = newReadableFromWeb;
Writable.toWeb = toWebWritable;
Writable.fromWeb = newWritableFromWeb;
Duplex.toWeb = (duplex) => ({ readable: toWebReadable(duplex), writable: toWebWritable(duplex) });
Duplex.fromWeb = newDuplexFromWeb;
