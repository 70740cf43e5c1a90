/**
 * Splitting a stream into two branches that see the same chunks.
 */
import { handled } from "./promises.js";
import { ByteController } from "./readable_byte_controller.js";
import { DefaultController } from "./readable_default_controller.js";
import { ReadableState } from "./readable_state.js";

/**
 * Locks `stream` and returns the states of two branches. `copyChunk` makes the second branch's chunk
 * where the two must not share memory.
 */
export function tee(stream, copyChunk = (chunk) => chunk) {
  return stream.controller.isByteController ? new ByteTee(stream).branches : new DefaultTee(stream, copyChunk).branches;
}

/** What both kinds of tee share: the source's reader and the bookkeeping of cancellations. */
class Tee {
  stream;
  reader;
  branches;
  reading = false;
  cancelled = [false, false];
  #reasons = [undefined, undefined];
  #cancellation = Promise.withResolvers();

  constructor(stream, createController) {
    this.stream = stream;
    this.reader = stream.acquireReader("default");
    this.branches = [new ReadableState(), new ReadableState()];
    this.branches.forEach((branch, index) => {
      createController(branch, {
        pull: () => this.pull(index),
        cancel: (reason) => this.cancel(index, reason),
      }).start();
    });
  }

  get bothCancelled() {
    return this.cancelled[0] && this.cancelled[1];
  }

  controller(index) {
    return this.branches[index].controller;
  }

  cancel(index, reason) {
    this.cancelled[index] = true;
    this.#reasons[index] = reason;
    if (this.bothCancelled) this.#cancellation.resolve(this.stream.cancel(this.#reasons.slice()));
    return this.#cancellation.promise;
  }

  /** Called when the source ended or broke: a pending cancellation has nothing left to wait for. */
  settleCancellation() {
    this.#cancellation.resolve(undefined);
  }

  /** Breaks both branches when a chunk could not be copied. */
  fail(error) {
    this.controller(0).error(error);
    this.controller(1).error(error);
    handled(this.#cancellation.promise);
    this.#cancellation.resolve(this.stream.cancel(error));
  }

  /** Forwards an error of the source for as long as `reader` is the one in use. */
  forwardErrorsOf(reader) {
    reader.closed.promise.then(undefined, (error) => {
      if (reader !== this.reader) return;
      this.controller(0).error(error);
      this.controller(1).error(error);
      if (!this.bothCancelled) this.settleCancellation();
    });
  }
}

class DefaultTee extends Tee {
  #copyChunk;
  #readAgain = false;

  constructor(stream, copyChunk) {
    super(stream, (branch, algorithms) => new DefaultController(branch, algorithms));
    this.#copyChunk = copyChunk;
    this.forwardErrorsOf(this.reader);
  }

  pull() {
    if (this.reading) {
      this.#readAgain = true;
      return;
    }
    this.reading = true;
    this.reader.read({
      chunk: (chunk) => queueMicrotask(() => this.#forward(chunk)),
      close: () => this.#close(),
      error: () => {
        this.reading = false;
      },
    });
  }

  #forward(chunk) {
    this.#readAgain = false;
    let copy;
    try {
      copy = this.cancelled[1] ? undefined : this.#copyChunk(chunk);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (!this.cancelled[0]) this.controller(0).enqueue(chunk);
    if (!this.cancelled[1]) this.controller(1).enqueue(copy);
    this.reading = false;
    if (this.#readAgain) this.pull();
  }

  #close() {
    this.reading = false;
    if (!this.cancelled[0]) this.controller(0).close();
    if (!this.cancelled[1]) this.controller(1).close();
    if (!this.bothCancelled) this.settleCancellation();
  }
}

class ByteTee extends Tee {
  #readAgain = [false, false];

  constructor(stream) {
    super(stream, (branch, algorithms) => new ByteController(branch, algorithms));
    this.forwardErrorsOf(this.reader);
  }

  pull(index) {
    if (this.reading) {
      this.#readAgain[index] = true;
      return;
    }
    this.reading = true;
    const request = this.controller(index).byobRequest;
    if (request === null) this.#pullWithDefaultReader();
    else this.#pullWithByobReader(request.view, index);
  }

  #useReader(kind) {
    if (this.reader.kind === kind) return;
    this.reader.release();
    this.reader = this.stream.acquireReader(kind);
    this.forwardErrorsOf(this.reader);
  }

  #pullWithDefaultReader() {
    this.#useReader("default");
    this.reader.read({
      chunk: (chunk) => queueMicrotask(() => this.#forward(chunk)),
      close: () => this.#close(),
      error: () => {
        this.reading = false;
      },
    });
  }

  #forward(chunk) {
    this.#readAgain = [false, false];
    let copy = chunk;
    if (!this.cancelled[0] && !this.cancelled[1]) {
      copy = this.#copy(chunk);
      if (copy === null) return;
    }
    if (!this.cancelled[0]) this.controller(0).enqueue(chunk);
    if (!this.cancelled[1]) this.controller(1).enqueue(copy);
    this.#continue();
  }

  #copy(chunk) {
    try {
      return new Uint8Array(chunk.buffer.slice(chunk.byteOffset, chunk.byteOffset + chunk.byteLength));
    } catch (error) {
      this.fail(error);
      return null;
    }
  }

  #continue() {
    this.reading = false;
    const again = this.#readAgain.indexOf(true);
    if (again >= 0) this.pull(again);
  }

  #close() {
    this.reading = false;
    for (const index of [0, 1]) if (!this.cancelled[index]) this.controller(index).close();
    for (const index of [0, 1]) {
      if (this.controller(index).pendingPullIntos.length > 0) this.controller(index).respond(0);
    }
    if (!this.bothCancelled) this.settleCancellation();
  }

  #pullWithByobReader(view, index) {
    this.#useReader("byob");
    this.reader.readInto(view, 1, {
      chunk: (chunk) => queueMicrotask(() => this.#forwardInto(chunk, index)),
      close: (chunk) => this.#closeInto(chunk, index),
      error: () => {
        this.reading = false;
      },
    });
  }

  #forwardInto(chunk, index) {
    const other = 1 - index;
    this.#readAgain = [false, false];
    if (!this.cancelled[other]) {
      const copy = this.#copy(chunk);
      if (copy === null) return;
      if (!this.cancelled[index]) this.controller(index).respondWithNewView(chunk);
      this.controller(other).enqueue(copy);
    } else if (!this.cancelled[index]) {
      this.controller(index).respondWithNewView(chunk);
    }
    this.#continue();
  }

  #closeInto(chunk, index) {
    const other = 1 - index;
    this.reading = false;
    if (!this.cancelled[index]) this.controller(index).close();
    if (!this.cancelled[other]) this.controller(other).close();
    if (chunk !== undefined) {
      if (!this.cancelled[index]) this.controller(index).respondWithNewView(chunk);
      if (!this.cancelled[other] && this.controller(other).pendingPullIntos.length > 0)
        this.controller(other).respond(0);
    }
    if (!this.bothCancelled) this.settleCancellation();
  }
}
