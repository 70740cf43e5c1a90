/**
 * TransformStream of the Streams Standard, and the byte pipes that Cloudflare's runtime adds to it.
 */
import { nothing, promiseOf } from "./promises.js";
import { highWaterMarkOf, sizeAlgorithmOf } from "./queuing.js";
import { DefaultController } from "./readable_default_controller.js";
import { ReadableState } from "./readable_state.js";
import { exposeReadable } from "./readable_stream.js";
import { WritableController, WritableState } from "./writable_state.js";
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
  if (readableType !== undefined) throw new RangeError("TransformStream: the transformer must not have a readableType.");
  if (writableType !== undefined) throw new RangeError("TransformStream: the transformer must not have a writableType.");
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

/** What a TransformStream knows, and its algorithms. */
export class TransformState {
  readable = new ReadableState();
  writable = new WritableState();
  #backpressure = true;
  #backpressureChange = Promise.withResolvers();
  #transform = nothing;
  #flush = nothing;
  #cancel = nothing;
  /** Resolving functions of the one cancel, abort or flush that may happen. */
  #finish = null;
  #start = Promise.withResolvers();

  constructor({ readableHighWaterMark = 0, readableSize = null, writableHighWaterMark = 1, writableSize = null }) {
    new WritableController(this.writable, {
      write: (chunk) => this.#write(chunk),
      close: () => this.#close(),
      abort: (reason) => this.#abort(reason),
      highWaterMark: writableHighWaterMark,
      sizeOf: writableSize,
    }).start(() => this.#start.promise);
    new DefaultController(this.readable, {
      pull: () => this.#pull(),
      cancel: (reason) => this.#cancelReadable(reason),
      highWaterMark: readableHighWaterMark,
      sizeOf: readableSize,
    }).start(() => this.#start.promise);
  }

  /** Begins with the given algorithms. */
  run({ start = nothing, transform, flush = nothing, cancel = nothing }) {
    this.#transform = transform;
    this.#flush = flush;
    this.#cancel = cancel;
    this.#start.resolve(start());
  }

  get desiredSize() {
    return this.readable.controller.desiredSize;
  }

  enqueue(chunk) {
    const { controller } = this.readable;
    if (!controller.canCloseOrEnqueue) throw new TypeError("The readable side is closed or errored: nothing can be enqueued.");
    try {
      controller.enqueue(chunk);
    } catch (error) {
      this.errorWritable(error);
      throw this.readable.storedError;
    }
    if (controller.hasBackpressure !== this.#backpressure) this.#setBackpressure(true);
  }

  error(reason) {
    this.readable.controller.error(reason);
    this.errorWritable(reason);
  }

  terminate() {
    this.readable.controller.close();
    this.errorWritable(new TypeError("The TransformStream has been terminated."));
  }

  errorWritable(reason) {
    this.#clearAlgorithms();
    this.writable.controller.errorIfNeeded(reason);
    this.#unblock();
  }

  #unblock() {
    if (this.#backpressure) this.#setBackpressure(false);
  }

  #setBackpressure(backpressure) {
    this.#backpressureChange.resolve(undefined);
    this.#backpressureChange = Promise.withResolvers();
    this.#backpressure = backpressure;
  }

  #clearAlgorithms() {
    this.#transform = nothing;
    this.#flush = nothing;
    this.#cancel = nothing;
  }

  #write(chunk) {
    if (!this.#backpressure) return this.#performTransform(chunk);
    return this.#backpressureChange.promise.then(() => {
      if (this.writable.status === "erroring") throw this.writable.storedError;
      return this.#performTransform(chunk);
    });
  }

  #performTransform(chunk) {
    const transform = this.#transform;
    return promiseOf(() => transform(chunk)).then(nothing, (error) => {
      this.error(error);
      throw error;
    });
  }

  #pull() {
    this.#setBackpressure(false);
    return this.#backpressureChange.promise;
  }

  #abort(reason) {
    if (this.#finish !== null) return this.#finish.promise;
    const finish = this.#beginFinish();
    const cancel = this.#cancel;
    const result = promiseOf(() => cancel(reason));
    this.#clearAlgorithms();
    result.then(
      () => {
        if (this.readable.status === "errored") finish.reject(this.readable.storedError);
        else {
          this.readable.controller.error(reason);
          finish.resolve(undefined);
        }
      },
      (error) => {
        this.readable.controller.error(error);
        finish.reject(error);
      },
    );
    return finish.promise;
  }

  #close() {
    if (this.#finish !== null) return this.#finish.promise;
    const finish = this.#beginFinish();
    const flush = this.#flush;
    const result = promiseOf(flush);
    this.#clearAlgorithms();
    result.then(
      () => {
        if (this.readable.status === "errored") finish.reject(this.readable.storedError);
        else {
          this.readable.controller.close();
          finish.resolve(undefined);
        }
      },
      (error) => {
        this.readable.controller.error(error);
        finish.reject(error);
      },
    );
    return finish.promise;
  }

  #cancelReadable(reason) {
    if (this.#finish !== null) return this.#finish.promise;
    const finish = this.#beginFinish();
    const cancel = this.#cancel;
    const result = promiseOf(() => cancel(reason));
    this.#clearAlgorithms();
    result.then(
      () => {
        if (this.writable.status === "errored") finish.reject(this.writable.storedError);
        else {
          this.writable.controller.errorIfNeeded(reason);
          this.#unblock();
          finish.resolve(undefined);
        }
      },
      (error) => {
        this.writable.controller.errorIfNeeded(error);
        this.#unblock();
        finish.reject(error);
      },
    );
    return finish.promise;
  }

  #beginFinish() {
    this.#finish = Promise.withResolvers();
    return this.#finish;
  }
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

