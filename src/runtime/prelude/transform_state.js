/**
 * The state of a transform stream: the algorithms of the Streams Standard.
 */
import { nothing, promiseOf } from "./promises.js";
import { DefaultController } from "./readable_default_controller.js";
import { ReadableState } from "./readable_state.js";
import { WritableController } from "./writable_controller.js";
import { WritableState } from "./writable_state.js";

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

  /** Resolves when more output is wanted or none will ever be. */
  get wanted() {
    return this.#backpressure ? this.#backpressureChange.promise : undefined;
  }

  enqueue(chunk) {
    const { controller } = this.readable;
    if (!controller.canCloseOrEnqueue)
      throw new TypeError("The readable side is closed or errored: nothing can be enqueued.");
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
