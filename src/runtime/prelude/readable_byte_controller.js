/**
 * The controller of byte streams: the queue is bytes, and readers may bring their own buffers.
 */
import { nothing, promiseOf } from "./promises.js";
import { exposeByobRequest, invalidateByobRequest } from "./readable_byte_stream.js";

/** The state and algorithms of a ReadableByteStreamController. */
export class ByteController {
  isByteController = true;
  stream;
  /** Entries `{ buffer, byteOffset, byteLength }`. */
  queue = [];
  totalSize = 0;
  started = false;
  closeRequested = false;
  pulling = false;
  pullAgain = false;
  highWaterMark;
  autoAllocateChunkSize;
  pullAlgorithm;
  cancelAlgorithm;
  /** Buffers waiting to be filled: see `descriptorFor`. */
  pendingPullIntos = [];
  byobRequestFace = null;

  constructor(stream, { pull = nothing, cancel = nothing, highWaterMark = 0, autoAllocateChunkSize = undefined }) {
    this.stream = stream;
    this.pullAlgorithm = pull;
    this.cancelAlgorithm = cancel;
    this.highWaterMark = highWaterMark;
    this.autoAllocateChunkSize = autoAllocateChunkSize;
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
    return status === "closed" ? 0 : this.highWaterMark - this.totalSize;
  }

  get canCloseOrEnqueue() {
    return !this.closeRequested && this.stream.status === "readable";
  }

  /** The face of the oldest buffer to fill, or null. */
  get byobRequest() {
    if (this.byobRequestFace === null && this.pendingPullIntos.length > 0) {
      const first = this.pendingPullIntos[0];
      const view = new Uint8Array(
        first.buffer,
        first.byteOffset + first.bytesFilled,
        first.byteLength - first.bytesFilled,
      );
      this.byobRequestFace = exposeByobRequest(this, view);
    }
    return this.byobRequestFace;
  }

  invalidateByobRequest() {
    if (this.byobRequestFace === null) return;
    invalidateByobRequest(this.byobRequestFace);
    this.byobRequestFace = null;
  }

  close() {
    if (!this.canCloseOrEnqueue) return;
    if (this.totalSize > 0) {
      this.closeRequested = true;
      return;
    }
    const first = this.pendingPullIntos[0];
    if (first !== undefined && first.bytesFilled % first.elementSize !== 0) {
      const error = new TypeError("The stream ended in the middle of an element of the view to fill.");
      this.error(error);
      throw error;
    }
    this.clearAlgorithms();
    this.stream.close();
  }

  /** Takes over the memory of `view` and hands its bytes to whoever waits for some. */
  enqueue(view) {
    if (!this.canCloseOrEnqueue) return;
    const { byteOffset, byteLength } = view;
    const buffer = transferBuffer(view.buffer);
    this.#releaseFirstPullInto();
    if (this.stream.hasReader("default")) this.#enqueueForDefaultReader(buffer, byteOffset, byteLength);
    else {
      this.#enqueueToQueue(buffer, byteOffset, byteLength);
      if (this.stream.hasReader("byob")) this.#commitAll(this.#fillPullIntosFromQueue());
    }
    this.callPullIfNeeded();
  }

  #releaseFirstPullInto() {
    const first = this.pendingPullIntos[0];
    if (first === undefined) return;
    if (first.buffer.detached) throw new TypeError("The buffer of the BYOB request has been detached.");
    this.invalidateByobRequest();
    first.buffer = transferBuffer(first.buffer);
    if (first.readerKind === "none") this.#enqueueDetachedPullInto(first);
  }

  #enqueueForDefaultReader(buffer, byteOffset, byteLength) {
    this.#serveReadsFromQueue();
    if (this.stream.waitingReads === 0) {
      this.#enqueueToQueue(buffer, byteOffset, byteLength);
      return;
    }
    this.pendingPullIntos.shift();
    this.stream.fulfilRead(new Uint8Array(buffer, byteOffset, byteLength), false);
  }

  #serveReadsFromQueue() {
    while (this.stream.waitingReads > 0 && this.totalSize > 0)
      this.#serveFromQueue(this.stream.reader.requests.shift());
  }

  #enqueueToQueue(buffer, byteOffset, byteLength) {
    this.queue.push({ buffer, byteOffset, byteLength });
    this.totalSize += byteLength;
  }

  #enqueueClone(buffer, byteOffset, byteLength) {
    let clone;
    try {
      clone = buffer.slice(byteOffset, byteOffset + byteLength);
    } catch (error) {
      this.error(error);
      throw error;
    }
    this.#enqueueToQueue(clone, 0, byteLength);
  }

  #enqueueDetachedPullInto(descriptor) {
    if (descriptor.bytesFilled > 0) {
      this.#enqueueClone(descriptor.buffer, descriptor.byteOffset, descriptor.bytesFilled);
    }
    this.pendingPullIntos.shift();
  }

  error(reason) {
    if (this.stream.status !== "readable") return;
    this.#clearPullIntos();
    this.#resetQueue();
    this.clearAlgorithms();
    this.stream.error(reason);
  }

  #clearPullIntos() {
    this.invalidateByobRequest();
    this.pendingPullIntos = [];
  }

  #resetQueue() {
    this.queue = [];
    this.totalSize = 0;
  }

  clearAlgorithms() {
    this.pullAlgorithm = nothing;
    this.cancelAlgorithm = nothing;
  }

  callPullIfNeeded() {
    if (!this.#shouldCallPull()) return;
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

  #shouldCallPull() {
    if (!this.canCloseOrEnqueue || !this.started) return false;
    return this.stream.waitingReads > 0 || this.desiredSize > 0;
  }

  cancelSteps(reason) {
    this.#clearPullIntos();
    this.#resetQueue();
    const { cancelAlgorithm } = this;
    const result = promiseOf(() => cancelAlgorithm(reason));
    this.clearAlgorithms();
    return result;
  }

  releaseSteps() {
    const first = this.pendingPullIntos[0];
    if (first === undefined) return;
    first.readerKind = "none";
    this.pendingPullIntos = [first];
  }

  pullSteps(request) {
    if (this.totalSize > 0) {
      this.#serveFromQueue(request);
      return;
    }
    if (this.autoAllocateChunkSize !== undefined && !this.#allocateChunk(request)) return;
    this.stream.reader.requests.push(request);
    this.callPullIfNeeded();
  }

  #allocateChunk(request) {
    try {
      const buffer = new ArrayBuffer(this.autoAllocateChunkSize);
      this.pendingPullIntos.push(descriptorFor(new Uint8Array(buffer), 1, "default"));
      return true;
    } catch (error) {
      request.error(error);
      return false;
    }
  }

  #serveFromQueue(request) {
    const { buffer, byteOffset, byteLength } = this.queue.shift();
    this.totalSize -= byteLength;
    this.#handleQueueDrain();
    request.chunk(new Uint8Array(buffer, byteOffset, byteLength));
  }

  #handleQueueDrain() {
    if (this.totalSize === 0 && this.closeRequested) {
      this.clearAlgorithms();
      this.stream.close();
    } else {
      this.callPullIfNeeded();
    }
  }

  /** Fills `view` with at least `minimum` elements and tells `request`. */
  pullInto(view, minimum, request) {
    const descriptor = descriptorFor(view, minimum, "byob");
    try {
      descriptor.buffer = transferBuffer(view.buffer);
    } catch (error) {
      request.error(error);
      return;
    }
    if (this.pendingPullIntos.length > 0) {
      this.#waitForPullInto(descriptor, request);
    } else if (this.stream.status === "closed") {
      const { viewConstructor: View, buffer, byteOffset } = descriptor;
      request.close(new View(buffer, byteOffset, 0));
    } else if (this.totalSize === 0 || !this.#pullIntoFromQueue(descriptor, request)) {
      this.#waitForPullInto(descriptor, request);
      this.callPullIfNeeded();
    }
  }

  #waitForPullInto(descriptor, request) {
    this.pendingPullIntos.push(descriptor);
    this.stream.reader.requests.push(request);
  }

  /** True when the request was answered, be it with an error. */
  #pullIntoFromQueue(descriptor, request) {
    if (this.#fillFromQueue(descriptor)) {
      const filled = filledView(descriptor);
      this.#handleQueueDrain();
      request.chunk(filled);
      return true;
    }
    if (!this.closeRequested) return false;
    const error = new TypeError("The stream ended before the view was filled.");
    this.error(error);
    request.error(error);
    return true;
  }

  #fillFromQueue(descriptor) {
    const available = Math.min(this.totalSize, descriptor.byteLength - descriptor.bytesFilled);
    const reachable = descriptor.bytesFilled + available;
    const aligned = reachable - (reachable % descriptor.elementSize);
    const ready = aligned >= descriptor.minimumFill;
    let remaining = ready ? aligned - descriptor.bytesFilled : available;
    while (remaining > 0) remaining -= this.#copyFromHead(descriptor, remaining);
    return ready;
  }

  #copyFromHead(descriptor, limit) {
    const head = this.queue[0];
    const count = Math.min(limit, head.byteLength);
    const target = new Uint8Array(descriptor.buffer, descriptor.byteOffset + descriptor.bytesFilled, count);
    target.set(new Uint8Array(head.buffer, head.byteOffset, count));
    if (head.byteLength === count) {
      this.queue.shift();
    } else {
      head.byteOffset += count;
      head.byteLength -= count;
    }
    this.totalSize -= count;
    descriptor.bytesFilled += count;
    return count;
  }

  #fillPullIntosFromQueue() {
    const filled = [];
    while (this.pendingPullIntos.length > 0 && this.totalSize > 0) {
      if (this.#fillFromQueue(this.pendingPullIntos[0])) filled.push(this.pendingPullIntos.shift());
    }
    return filled;
  }

  #commitAll(descriptors) {
    for (const descriptor of descriptors) this.#commit(descriptor);
  }

  #commit(descriptor) {
    this.stream.fulfilRead(filledView(descriptor), this.stream.status === "closed");
  }

  /** The underlying source wrote `count` bytes into the BYOB request's view. */
  respond(count) {
    const first = this.pendingPullIntos[0];
    this.#checkResponse(count);
    if (first.bytesFilled + count > first.byteLength) {
      throw new RangeError("More bytes were written than the view can hold.");
    }
    first.buffer = transferBuffer(first.buffer);
    this.#respondInternally(count);
  }

  /** The underlying source brought another view of the same memory, with the bytes in it. */
  respondWithNewView(view) {
    const first = this.pendingPullIntos[0];
    const { byteLength } = view;
    this.#checkResponse(byteLength);
    const fits =
      first.byteOffset + first.bytesFilled === view.byteOffset &&
      first.bufferByteLength === view.buffer.byteLength &&
      first.bytesFilled + byteLength <= first.byteLength;
    if (!fits) throw new RangeError("The view does not stand for the memory of the BYOB request.");
    first.buffer = transferBuffer(view.buffer);
    this.#respondInternally(byteLength);
  }

  #checkResponse(count) {
    const isClosed = this.stream.status === "closed";
    if (isClosed && count !== 0) throw new TypeError("The stream is closed: 0 bytes must be responded.");
    if (!isClosed && count === 0) throw new TypeError("0 bytes can be responded only when the stream is closed.");
  }

  #respondInternally(count) {
    this.invalidateByobRequest();
    const first = this.pendingPullIntos[0];
    if (this.stream.status === "closed") this.#respondInClosedState(first);
    else this.#respondInReadableState(count, first);
    this.callPullIfNeeded();
  }

  #respondInClosedState(first) {
    if (first.readerKind === "none") this.pendingPullIntos.shift();
    if (!this.stream.hasReader("byob")) return;
    const waiting = this.pendingPullIntos.splice(0, this.stream.waitingReads);
    this.#commitAll(waiting);
  }

  #respondInReadableState(count, descriptor) {
    descriptor.bytesFilled += count;
    if (descriptor.readerKind === "none") {
      this.#enqueueDetachedPullInto(descriptor);
      this.#commitAll(this.#fillPullIntosFromQueue());
      return;
    }
    if (descriptor.bytesFilled < descriptor.minimumFill) return;
    this.pendingPullIntos.shift();
    const remainder = descriptor.bytesFilled % descriptor.elementSize;
    if (remainder > 0) {
      const end = descriptor.byteOffset + descriptor.bytesFilled;
      this.#enqueueClone(descriptor.buffer, end - remainder, remainder);
    }
    descriptor.bytesFilled -= remainder;
    const filled = this.#fillPullIntosFromQueue();
    this.#commit(descriptor);
    this.#commitAll(filled);
  }
}

/** What a view to be filled stands for. */
function descriptorFor(view, minimum, readerKind) {
  const { buffer } = view;
  const isDataView = view instanceof DataView;
  const elementSize = isDataView ? 1 : view.BYTES_PER_ELEMENT;
  return {
    buffer,
    bufferByteLength: buffer.byteLength,
    byteOffset: view.byteOffset,
    byteLength: view.byteLength,
    bytesFilled: 0,
    minimumFill: minimum * elementSize,
    elementSize,
    viewConstructor: isDataView ? DataView : view.constructor,
    readerKind,
  };
}

function filledView({ viewConstructor: View, buffer, byteOffset, bytesFilled, elementSize }) {
  return new View(transferBuffer(buffer), byteOffset, bytesFilled / elementSize);
}

/** Takes over the memory of `buffer`: the old object becomes detached. */
function transferBuffer(buffer) {
  if (!(buffer instanceof ArrayBuffer))
    throw new TypeError("The view is not on an ArrayBuffer that can be transferred.");
  if (buffer.detached) throw new TypeError("The ArrayBuffer has been detached.");
  return buffer.transfer();
}
