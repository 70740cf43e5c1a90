/**
 * The state of a writable stream and of its writer: the algorithms of the Streams Standard.
 * The public classes in writable_stream.js are thin faces of these objects.
 */
import { Latch } from "./promises.js";

/** What a WritableStream knows. */
export class WritableState {
  /** "writable", "erroring", "errored" or "closed". */
  status = "writable";
  storedError = undefined;
  /** The WriterState that locks the stream. */
  writer = null;
  /** The WritableController. */
  controller = null;
  backpressure = false;
  /** Resolving functions of the writes that wait in the queue. */
  writeRequests = [];
  inFlightWrite = null;
  closeRequest = null;
  inFlightClose = null;
  /** `{ promise, resolve, reject, reason, wasErroring }` of an abort under way. */
  pendingAbort = null;

  get isLocked() {
    return this.writer !== null;
  }

  get isClosing() {
    return this.closeRequest !== null || this.inFlightClose !== null;
  }

  abort(reason) {
    if (this.status === "closed" || this.status === "errored") return Promise.resolve();
    this.controller.signalAbort(reason);
    if (this.status === "closed" || this.status === "errored") return Promise.resolve();
    if (this.pendingAbort !== null) return this.pendingAbort.promise;
    const wasErroring = this.status === "erroring";
    this.pendingAbort = { ...Promise.withResolvers(), reason: wasErroring ? undefined : reason, wasErroring };
    const { promise } = this.pendingAbort;
    if (!wasErroring) this.startErroring(reason);
    return promise;
  }

  close() {
    if (this.status === "closed" || this.status === "errored") {
      return Promise.reject(new TypeError("The WritableStream is closed or errored: it cannot be closed."));
    }
    this.closeRequest = Promise.withResolvers();
    const { promise } = this.closeRequest;
    if (this.writer !== null && this.backpressure && this.status === "writable") this.writer.ready.resolve();
    this.controller.close();
    return promise;
  }

  dealWithRejection(error) {
    if (this.status === "writable") this.startErroring(error);
    else this.#finishErroring();
  }

  startErroring(reason) {
    this.status = "erroring";
    this.storedError = reason;
    if (this.writer !== null) this.writer.rejectReady(reason);
    if (!this.#hasOperationInFlight && this.controller.started) this.#finishErroring();
  }

  get #hasOperationInFlight() {
    return this.inFlightWrite !== null || this.inFlightClose !== null;
  }

  /** Goes on with erroring once the controller has started. */
  finishErroringIfWaiting() {
    if (this.status === "erroring" && !this.#hasOperationInFlight) this.#finishErroring();
  }

  #finishErroring() {
    this.status = "errored";
    this.controller.errorSteps();
    for (const request of this.writeRequests.splice(0)) request.reject(this.storedError);
    const abort = this.pendingAbort;
    this.pendingAbort = null;
    if (abort === null) {
      this.#rejectCloseAndClosed();
    } else if (abort.wasErroring) {
      abort.reject(this.storedError);
      this.#rejectCloseAndClosed();
    } else {
      this.#abortSink(abort);
    }
  }

  #abortSink(abort) {
    this.controller.abortSteps(abort.reason).then(
      () => {
        abort.resolve(undefined);
        this.#rejectCloseAndClosed();
      },
      (error) => {
        abort.reject(error);
        this.#rejectCloseAndClosed();
      },
    );
  }

  #rejectCloseAndClosed() {
    this.closeRequest?.reject(this.storedError);
    this.closeRequest = null;
    this.writer?.closed.reject(this.storedError);
  }

  finishWrite() {
    this.inFlightWrite.resolve(undefined);
    this.inFlightWrite = null;
  }

  failWrite(error) {
    this.inFlightWrite.reject(error);
    this.inFlightWrite = null;
    this.dealWithRejection(error);
  }

  finishClose() {
    this.inFlightClose.resolve(undefined);
    this.inFlightClose = null;
    if (this.status === "erroring") {
      this.storedError = undefined;
      this.pendingAbort?.resolve(undefined);
      this.pendingAbort = null;
    }
    this.status = "closed";
    this.writer?.closed.resolve();
  }

  failClose(error) {
    this.inFlightClose.reject(error);
    this.inFlightClose = null;
    this.pendingAbort?.reject(error);
    this.pendingAbort = null;
    this.dealWithRejection(error);
  }

  updateBackpressure(backpressure) {
    if (this.writer !== null && backpressure !== this.backpressure) {
      if (backpressure) this.writer.ready.reset();
      else this.writer.ready.resolve();
    }
    this.backpressure = backpressure;
  }

  acquireWriter() {
    if (this.isLocked) throw new TypeError("This WritableStream is currently locked to a writer.");
    return new WriterState(this);
  }
}

/** What a writer knows. */
export class WriterState {
  stream;
  ready = new Latch();
  closed = new Latch();

  constructor(stream) {
    this.stream = stream;
    stream.writer = this;
    const { status, storedError } = stream;
    if (status === "erroring" || status === "errored") this.ready.reject(storedError);
    else if (status === "closed" || stream.isClosing || !stream.backpressure) this.ready.resolve();
    if (status === "closed") this.closed.resolve();
    else if (status === "errored") this.closed.reject(storedError);
  }

  get desiredSize() {
    const { status, controller } = this.stream;
    if (status === "errored" || status === "erroring") return null;
    return status === "closed" ? 0 : controller.desiredSize;
  }

  rejectReady(reason) {
    if (!this.ready.isPending) this.ready.reset();
    this.ready.reject(reason);
  }

  write(chunk) {
    const { stream } = this;
    const size = stream.controller.sizeOfChunk(chunk);
    if (stream !== this.stream) return Promise.reject(releasedWriterError());
    const { status } = stream;
    if (status === "errored") return Promise.reject(stream.storedError);
    if (stream.isClosing || status === "closed") {
      return Promise.reject(new TypeError("The WritableStream is closing or closed: nothing can be written."));
    }
    if (status === "erroring") return Promise.reject(stream.storedError);
    const request = Promise.withResolvers();
    stream.writeRequests.push(request);
    stream.controller.write(chunk, size);
    return request.promise;
  }

  /** Closes unless the stream is closing already; used at the end of a pipe. */
  closeWithErrorPropagation() {
    const { stream } = this;
    if (stream.isClosing || stream.status === "closed") return Promise.resolve();
    return stream.status === "errored" ? Promise.reject(stream.storedError) : stream.close();
  }

  release() {
    const { stream } = this;
    const error = releasedWriterError();
    this.rejectReady(error);
    if (!this.closed.isPending) this.closed.reset();
    this.closed.reject(error);
    stream.writer = null;
    this.stream = null;
  }
}

/** The error of members called on a released writer. */
export function releasedWriterError() {
  return new TypeError("This WritableStream writer has been released.");
}
