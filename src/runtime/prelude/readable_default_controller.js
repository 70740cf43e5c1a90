/**
 * The controller of streams of arbitrary chunks.
 */
import { SizedQueue } from "./queuing.js";
import { nothing, promiseOf } from "./promises.js";
import { defineInterface } from "./webidl.js";

/** The state and algorithms of a ReadableStreamDefaultController. */
export class DefaultController {
  isByteController = false;
  stream;
  queue = new SizedQueue();
  started = false;
  closeRequested = false;
  pulling = false;
  pullAgain = false;
  highWaterMark;
  sizeOf;
  pullAlgorithm;
  cancelAlgorithm;

  constructor(stream, { pull = nothing, cancel = nothing, highWaterMark = 1, sizeOf = null }) {
    this.stream = stream;
    this.pullAlgorithm = pull;
    this.cancelAlgorithm = cancel;
    this.highWaterMark = highWaterMark;
    this.sizeOf = sizeOf;
    stream.controller = this;
  }

  /** Runs the start algorithm; pulling begins when its promise fulfils. */
  start(algorithm) {
    Promise.resolve(algorithm?.()).then(
      () => this.begin(),
      (error) => this.error(error),
    );
  }

  /** Allows pulling from now on. */
  begin() {
    this.started = true;
    this.callPullIfNeeded();
  }

  get desiredSize() {
    const { status } = this.stream;
    if (status === "errored") return null;
    return status === "closed" ? 0 : this.highWaterMark - this.queue.totalSize;
  }

  get canCloseOrEnqueue() {
    return !this.closeRequested && this.stream.status === "readable";
  }

  get hasBackpressure() {
    return !this.shouldCallPull();
  }

  close() {
    if (!this.canCloseOrEnqueue) return;
    this.closeRequested = true;
    if (this.queue.length > 0) return;
    this.clearAlgorithms();
    this.stream.close();
  }

  enqueue(chunk) {
    if (!this.canCloseOrEnqueue) return;
    if (this.stream.waitingReads > 0) this.stream.fulfilRead(chunk, false);
    else this.#enqueueToQueue(chunk);
    this.callPullIfNeeded();
  }

  #enqueueToQueue(chunk) {
    try {
      this.queue.enqueue(chunk, this.sizeOf === null ? 1 : this.sizeOf(chunk));
    } catch (error) {
      this.error(error);
      throw error;
    }
  }

  error(reason) {
    if (this.stream.status !== "readable") return;
    this.queue.clear();
    this.clearAlgorithms();
    this.stream.error(reason);
  }

  clearAlgorithms() {
    this.pullAlgorithm = nothing;
    this.cancelAlgorithm = nothing;
    this.sizeOf = null;
  }

  callPullIfNeeded() {
    if (!this.shouldCallPull()) return;
    if (this.pulling) {
      this.pullAgain = true;
      return;
    }
    this.pulling = true;
    promiseOf(this.pullAlgorithm).then(
      () => this.#pulled(),
      (error) => this.error(error),
    );
  }

  #pulled() {
    this.pulling = false;
    if (!this.pullAgain) return;
    this.pullAgain = false;
    this.callPullIfNeeded();
  }

  shouldCallPull() {
    if (!this.canCloseOrEnqueue || !this.started) return false;
    return this.stream.waitingReads > 0 || this.desiredSize > 0;
  }

  pullSteps(request) {
    if (this.queue.length === 0) {
      this.stream.reader.requests.push(request);
      this.callPullIfNeeded();
      return;
    }
    const chunk = this.queue.dequeue();
    if (this.closeRequested && this.queue.length === 0) {
      this.clearAlgorithms();
      this.stream.close();
    } else {
      this.callPullIfNeeded();
    }
    request.chunk(chunk);
  }

  cancelSteps(reason) {
    this.queue.clear();
    const { cancelAlgorithm } = this;
    const result = promiseOf(() => cancelAlgorithm(reason));
    this.clearAlgorithms();
    return result;
  }

  releaseSteps() {}
}

const CREATE = Symbol("create");

/** The public face of a DefaultController. */
export class ReadableStreamDefaultController {
  #controller;

  constructor(token = undefined, controller = undefined) {
    if (token !== CREATE) throw new TypeError("Illegal constructor");
    this.#controller = controller;
  }

  get desiredSize() {
    return this.#controller.desiredSize;
  }

  close() {
    if (!this.#controller.canCloseOrEnqueue)
      throw new TypeError("The stream is closed or errored: it cannot be closed.");
    this.#controller.close();
  }

  enqueue(chunk = undefined) {
    if (!this.#controller.canCloseOrEnqueue) {
      throw new TypeError("The stream is closed or errored: nothing can be enqueued.");
    }
    this.#controller.enqueue(chunk);
  }

  error(reason = undefined) {
    this.#controller.error(reason);
  }

  static {
    defineInterface(ReadableStreamDefaultController);
  }
}

/** The object that an underlying source is given. */
export function exposeDefaultController(controller) {
  return new ReadableStreamDefaultController(CREATE, controller);
}
