/**
 * The controller of writable streams: it feeds the sink one chunk at a time.
 */
import { AbortController } from "./abort.js";
import { nothing, promiseOf } from "./promises.js";
import { SizedQueue } from "./queuing.js";

const CLOSE = Symbol("close");

/** The state and algorithms of a WritableStreamDefaultController. */
export class WritableController {
  stream;
  queue = new SizedQueue();
  started = false;
  highWaterMark;
  sizeOf;
  writeAlgorithm;
  closeAlgorithm;
  abortAlgorithm;
  #abortController = null;

  constructor(stream, { write = nothing, close = nothing, abort = nothing, highWaterMark = 1, sizeOf = null }) {
    this.stream = stream;
    this.writeAlgorithm = write;
    this.closeAlgorithm = close;
    this.abortAlgorithm = abort;
    this.highWaterMark = highWaterMark;
    this.sizeOf = sizeOf ?? (() => 1);
    stream.controller = this;
    stream.updateBackpressure(this.#hasBackpressure);
  }

  /** Runs the start algorithm; writing begins when its promise settles. */
  start(algorithm) {
    Promise.resolve(algorithm?.()).then(
      () => {
        this.started = true;
        this.#advance();
      },
      (error) => {
        this.started = true;
        this.stream.dealWithRejection(error);
      },
    );
  }

  get signal() {
    this.#abortController ??= new AbortController();
    return this.#abortController.signal;
  }

  signalAbort(reason) {
    this.#abortController ??= new AbortController();
    this.#abortController.abort(reason);
  }

  get desiredSize() {
    return this.highWaterMark - this.queue.totalSize;
  }

  get #hasBackpressure() {
    return this.desiredSize <= 0;
  }

  sizeOfChunk(chunk) {
    if (this.sizeOf === null) return 1;
    try {
      return this.sizeOf(chunk);
    } catch (error) {
      this.errorIfNeeded(error);
      return 1;
    }
  }

  write(chunk, size) {
    try {
      this.queue.enqueue(chunk, size);
    } catch (error) {
      this.errorIfNeeded(error);
      return;
    }
    const { stream } = this;
    if (!stream.isClosing && stream.status === "writable") stream.updateBackpressure(this.#hasBackpressure);
    this.#advance();
  }

  close() {
    this.queue.enqueue(CLOSE, 0);
    this.#advance();
  }

  errorIfNeeded(error) {
    if (this.stream.status === "writable") this.error(error);
  }

  error(error) {
    this.#clearAlgorithms();
    this.stream.startErroring(error);
  }

  errorSteps() {
    this.queue.clear();
  }

  abortSteps(reason) {
    const { abortAlgorithm } = this;
    const result = promiseOf(() => abortAlgorithm(reason));
    this.#clearAlgorithms();
    return result;
  }

  #clearAlgorithms() {
    this.writeAlgorithm = nothing;
    this.closeAlgorithm = nothing;
    this.abortAlgorithm = nothing;
    this.sizeOf = null;
  }

  #advance() {
    const { stream } = this;
    if (!this.started || stream.inFlightWrite !== null) return;
    if (stream.status === "erroring") {
      stream.finishErroringIfWaiting();
      return;
    }
    if (this.queue.length === 0) return;
    const value = this.queue.peek();
    if (value === CLOSE) this.#processClose();
    else this.#processWrite(value);
  }

  #processClose() {
    const { stream } = this;
    stream.inFlightClose = stream.closeRequest;
    stream.closeRequest = null;
    this.queue.dequeue();
    const { closeAlgorithm } = this;
    const result = promiseOf(closeAlgorithm);
    this.#clearAlgorithms();
    result.then(
      () => stream.finishClose(),
      (error) => stream.failClose(error),
    );
  }

  #processWrite(chunk) {
    const { stream, writeAlgorithm } = this;
    stream.inFlightWrite = stream.writeRequests.shift();
    promiseOf(() => writeAlgorithm(chunk)).then(
      () => this.#written(),
      (error) => {
        if (stream.status === "writable") this.#clearAlgorithms();
        stream.failWrite(error);
      },
    );
  }

  #written() {
    const { stream } = this;
    stream.finishWrite();
    this.queue.dequeue();
    if (!stream.isClosing && stream.status === "writable") stream.updateBackpressure(this.#hasBackpressure);
    this.#advance();
  }
}
