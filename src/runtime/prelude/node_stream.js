/** node:stream: https://nodejs.org/docs/latest-v20.x/api/stream.html */

import { Buffer } from "./node_buffer.js";
import { invalidArgumentType, missingFunctions } from "./node_errors.js";
import { destroyAny, getDefaultHighWaterMark, setDefaultHighWaterMark } from "./node_stream_destroy.js";
import { Duplex, joinStreams, PassThrough, Transform } from "./node_stream_duplex.js";
import { addAbortSignal, finished, isNodeStream } from "./node_stream_finished.js";
import { readableFrom } from "./node_stream_from.js";
import { Stream } from "./node_stream_legacy.js";
import { pipeline } from "./node_stream_pipeline.js";
import promises from "./node_stream_promises.js";
import { Readable } from "./node_stream_readable.js";
import "./node_stream_web_adapters.js";
import { Writable } from "./node_stream_writable.js";

const PROMISIFY = Symbol.for("nodejs.util.promisify.custom");

export {
  addAbortSignal,
  Duplex,
  finished,
  getDefaultHighWaterMark,
  PassThrough,
  pipeline,
  promises,
  Readable,
  setDefaultHighWaterMark,
  Stream,
  Transform,
  Writable,
};
export { destroyAny as destroy };

pipeline[PROMISIFY] = promises.pipeline;
finished[PROMISIFY] = promises.finished;

/** A Duplex made of nearly anything that gives or takes data. */
Duplex.from = function from(body) {
  if (body instanceof Duplex) return body;
  if (isNodeStream(body)) return joinStreams(body._readableState ? body : undefined, body._writableState ? body : undefined);
  if (typeof body?.readable?.getReader === "function" || typeof body?.writable?.getWriter === "function") return Duplex.fromWeb(body);
  if (isNodeStream(body?.readable) || isNodeStream(body?.writable)) return joinStreams(body.readable, body.writable);
  if (typeof body === "function") return fromGenerator(body);
  if (typeof body?.then === "function") return joinStreams(readableFrom(settled(body)), undefined);
  if (typeof body === "object" || typeof body === "string") return joinStreams(readableFrom(body), undefined);
  throw invalidArgumentType("body", ["Stream", "Iterable", "AsyncIterable", "Function", "Promise"], body);
};

async function* settled(promise) {
  const value = await promise;
  if (value !== null && value !== undefined) yield value;
}

function fromGenerator(generator) {
  const input = new PassThrough({ objectMode: true });
  const result = generator(input, { signal: new AbortController().signal });
  return joinStreams(readableFrom(typeof result?.then === "function" ? settled(result) : result), input);
}

export function isReadable(stream) {
  return stream?.readable === undefined ? null : Boolean(stream.readable) && !stream.destroyed;
}

export function isWritable(stream) {
  return stream?.writable === undefined ? null : Boolean(stream.writable) && !stream.destroyed;
}

export function isDestroyed(stream) {
  return Boolean(stream?.destroyed);
}

export function isErrored(stream) {
  return Boolean(stream?._readableState?.errored ?? stream?._writableState?.errored);
}

export function isDisturbed(stream) {
  return Boolean(stream && (stream._readableState?.dataEmitted || stream.readableAborted));
}

export function _isUint8Array(value) {
  return value instanceof Uint8Array;
}

export function _uint8ArrayToBuffer(chunk) {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

export const { isView: _isArrayBufferView } = ArrayBuffer;
export const { compose, duplexPair } = missingFunctions("node:stream", ["compose", "duplexPair"]);

Object.assign(Stream, {
  _isArrayBufferView,
  _isUint8Array,
  _uint8ArrayToBuffer,
  addAbortSignal,
  compose,
  destroy: destroyAny,
  Duplex,
  duplexPair,
  finished,
  getDefaultHighWaterMark,
  isDestroyed,
  isDisturbed,
  isErrored,
  isReadable,
  isWritable,
  PassThrough,
  pipeline,
  promises,
  Readable,
  setDefaultHighWaterMark,
  Stream,
  Transform,
  Writable,
});

export default Stream;
