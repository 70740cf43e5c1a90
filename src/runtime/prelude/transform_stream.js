/**
 * TransformStream of the Streams Standard, and the byte pipes that Cloudflare's runtime adds to it.
 */
import { nothing } from "./promises.js";
import { highWaterMarkOf, sizeAlgorithmOf } from "./queuing.js";
import { exposeReadable } from "./readable_stream.js";
import { TransformState } from "./transform_state.js";
import { exposeWritable } from "./writable_stream.js";
import { defineInterface, isObject, requireMethod, toDictionary } from "./webidl.js";

const FROM_PAIR = Symbol("pair");

/** A writable side whose chunks come out of the readable side, transformed. */
export class TransformStream {
  #readable;
  #writable;

  constructor(transformer = undefined, writableStrategy = undefined, readableStrategy = undefined) {
    if (transformer === FROM_PAIR) {
      this.#readable = writableStrategy.readable;
      this.#writable = writableStrategy.writable;
      return;
    }
    if (transformer !== undefined && !isObject(transformer)) {
      throw new TypeError("TransformStream: the transformer is not an object.");
    }
    const writable = toDictionary(writableStrategy, "TransformStream writable strategy");
    const readable = toDictionary(readableStrategy, "TransformStream readable strategy");
    const methods = transformerDictionary(transformer ?? {});
    const state = new TransformState({
      readableHighWaterMark: highWaterMarkOf(readable, 0),
      readableSize: sizeAlgorithmOf(readable),
      writableHighWaterMark: highWaterMarkOf(writable, 1),
      writableSize: sizeAlgorithmOf(writable),
    });
    this.#readable = exposeReadable(state.readable);
    this.#writable = exposeWritable(state.writable);
    state.run(algorithmsOf(transformer, methods, new TransformStreamDefaultController(FROM_PAIR, state)));
  }

  get readable() {
    return this.#readable;
  }

  get writable() {
    return this.#writable;
  }

  static {
    defineInterface(TransformStream);
  }
}

function transformerDictionary(transformer) {
  const { cancel, flush, readableType, start, transform, writableType } = transformer;
  requireMethod(cancel, "TransformStream: cancel of the transformer");
  requireMethod(flush, "TransformStream: flush of the transformer");
  requireMethod(start, "TransformStream: start of the transformer");
  requireMethod(transform, "TransformStream: transform of the transformer");
  if (readableType !== undefined)
    throw new RangeError("TransformStream: the transformer must not have a readableType.");
  if (writableType !== undefined)
    throw new RangeError("TransformStream: the transformer must not have a writableType.");
  return { cancel, flush, start, transform };
}

function algorithmsOf(transformer, { cancel, flush, start, transform }, face) {
  return {
    start: start && (() => start.call(transformer, face)),
    transform: transform ? (chunk) => transform.call(transformer, chunk, face) : (chunk) => face.enqueue(chunk),
    flush: flush ? () => flush.call(transformer, face) : nothing,
    cancel: cancel ? (reason) => cancel.call(transformer, reason) : nothing,
  };
}

/** The object that a transformer is given. */
export class TransformStreamDefaultController {
  #state;

  constructor(token = undefined, state = undefined) {
    if (token !== FROM_PAIR) throw new TypeError("Illegal constructor");
    this.#state = state;
  }

  get desiredSize() {
    return this.#state.desiredSize;
  }

  enqueue(chunk = undefined) {
    this.#state.enqueue(chunk);
  }

  error(reason = undefined) {
    this.#state.error(reason);
  }

  terminate() {
    this.#state.terminate();
  }

  static {
    defineInterface(TransformStreamDefaultController);
  }
}

/** A readable and a writable side made by the runtime around `algorithms` of a transform. */
export function createTransformPair(createAlgorithms) {
  const state = new TransformState({});
  const pair = { readable: exposeReadable(state.readable), writable: exposeWritable(state.writable) };
  state.run(createAlgorithms(state));
  return pair;
}

/** The token with which subclasses hand their own pair of sides to TransformStream. */
export { FROM_PAIR };
