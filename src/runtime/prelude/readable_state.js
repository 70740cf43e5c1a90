/**
 * The state of a readable stream and the algorithms that do not depend on its controller.
 * The public classes in readable_stream.js are thin faces of these objects.
 */
import { Latch, rejected, nothing } from "./promises.js";

/** What a ReadableStream knows. */
export class ReadableState {
  /** "readable", "closed" or "errored". */
  status = "readable";
  storedError = undefined;
  disturbed = false;
  /** The ReaderState that locks the stream. */
  reader = null;
  /** A DefaultController or a ByteController. */
  controller = null;
  /** The number of bytes the stream will carry in all, where that is known. */
  expectedLength = null;

  get isLocked() {
    return this.reader !== null;
  }

  hasReader(kind) {
    return this.reader !== null && this.reader.kind === kind;
  }

  /** The number of reads waiting for a chunk. */
  get waitingReads() {
    return this.reader === null ? 0 : this.reader.requests.length;
  }

  close() {
    this.status = "closed";
    const { reader } = this;
    if (reader === null) return;
    reader.closed.resolve();
    if (reader.kind === "default") for (const request of reader.takeRequests()) request.close();
  }

  error(reason) {
    this.status = "errored";
    this.storedError = reason;
    const { reader } = this;
    if (reader === null) return;
    reader.closed.reject(reason);
    for (const request of reader.takeRequests()) request.error(reason);
  }

  cancel(reason) {
    this.disturbed = true;
    if (this.status === "closed") return Promise.resolve();
    if (this.status === "errored") return Promise.reject(this.storedError);
    this.close();
    if (this.hasReader("byob")) for (const request of this.reader.takeRequests()) request.close(undefined);
    return this.controller.cancelSteps(reason).then(nothing);
  }

  /** Locks the stream to a new reader. */
  acquireReader(kind) {
    if (this.isLocked) throw new TypeError("This ReadableStream is currently locked to a reader.");
    if (kind === "byob" && !this.controller.isByteController) {
      throw new TypeError("This ReadableStream does not support BYOB reads.");
    }
    return new ReaderState(this, kind);
  }

  /** Hands the next chunk to the oldest waiting read. */
  fulfilRead(chunk, done) {
    const request = this.reader.requests.shift();
    if (done) request.close(chunk);
    else request.chunk(chunk);
  }
}

/** What a reader of either kind knows. */
export class ReaderState {
  /** "default" or "byob". */
  kind;
  stream;
  /** Waiting reads: objects with chunk(value), close(value) and error(reason). */
  requests = [];
  closed = new Latch();

  constructor(stream, kind) {
    this.stream = stream;
    this.kind = kind;
    stream.reader = this;
    if (stream.status === "closed") this.closed.resolve();
    else if (stream.status === "errored") this.closed.reject(stream.storedError);
  }

  takeRequests() {
    const taken = this.requests;
    this.requests = [];
    return taken;
  }

  /** Reads one chunk; `request` is told what comes. */
  read(request) {
    const { stream } = this;
    stream.disturbed = true;
    if (stream.status === "readable") stream.controller.pullSteps(request);
    else if (stream.status === "closed") request.close(undefined);
    else request.error(stream.storedError);
  }

  /** Reads into `view` at least `minimum` elements; only for byte streams. */
  readInto(view, minimum, request) {
    const { stream } = this;
    stream.disturbed = true;
    if (stream.status === "errored") request.error(stream.storedError);
    else stream.controller.pullInto(view, minimum, request);
  }

  /** Reads one chunk as the promise of `{ value, done }`. */
  readAsPromise() {
    const { promise, resolve, reject } = Promise.withResolvers();
    this.read({
      chunk: (value) => resolve({ value, done: false }),
      close: () => resolve({ value: undefined, done: true }),
      error: reject,
    });
    return promise;
  }

  cancel(reason) {
    return this.stream.cancel(reason);
  }

  release() {
    const { stream } = this;
    const error = new TypeError("This ReadableStream reader has been released.");
    if (!this.closed.isPending) this.closed.reset();
    this.closed.reject(error);
    stream.controller.releaseSteps();
    stream.reader = null;
    this.stream = null;
    for (const request of this.takeRequests()) request.error(error);
  }
}

/** A rejected promise for a member called on a released reader. */
export function releasedReader() {
  return rejected(new TypeError("This ReadableStream reader has been released."));
}
