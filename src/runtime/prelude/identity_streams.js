/**
 * IdentityTransformStream and FixedLengthStream of Cloudflare's runtime: byte pipes without a buffer.
 */
import { closeByteController, createByteStream, readableStateOf } from "./readable_stream.js";
import { TransformStream, FROM_PAIR } from "./transform_stream.js";
import { WritableController } from "./writable_controller.js";
import { WritableState } from "./writable_state.js";
import { exposeWritable } from "./writable_stream.js";
import { copyBytesOf, defineInterface, isBufferSource, requireArguments, toEnforcedInteger } from "./webidl.js";

/** Forwards bytes as they are; a write is done once its bytes are wanted. */
export class IdentityTransformStream extends TransformStream {
  constructor(token = undefined, expectedLength = null) {
    super(FROM_PAIR, new BytePipe(token === FROM_PAIR ? expectedLength : null).pair);
  }

  static {
    defineInterface(IdentityTransformStream);
  }
}

/** Forwards exactly the announced number of bytes; a body made of it has a Content-Length. */
export class FixedLengthStream extends IdentityTransformStream {
  constructor(expectedLength) {
    requireArguments(arguments.length, 1, "FixedLengthStream");
    super(FROM_PAIR, toEnforcedInteger(expectedLength, "FixedLengthStream: expectedLength"));
  }

  static {
    defineInterface(FixedLengthStream);
  }
}

class BytePipe {
  pair;
  #expectedLength;
  #written = 0;
  #demand = Promise.withResolvers();
  #consumed = null;
  #readable;
  #writable = new WritableState();

  constructor(expectedLength) {
    this.#expectedLength = expectedLength;
    const readable = createByteStream({
      expectedLength,
      pull: () => this.#pull(),
      cancel: (reason) => this.#cancel(reason),
    });
    this.#readable = readableStateOf(readable);
    new WritableController(this.#writable, {
      write: (chunk) => this.#write(chunk),
      close: () => this.#close(),
      abort: (reason) => this.#readable.controller.error(reason),
    }).start();
    this.pair = { readable, writable: exposeWritable(this.#writable) };
  }

  /** Lets one write through and waits until there was one. */
  #pull() {
    this.#consumed = Promise.withResolvers();
    this.#demand.resolve();
    return this.#consumed.promise;
  }

  #cancel(reason) {
    this.#writable.controller.errorIfNeeded(reason);
    this.#demand.resolve();
  }

  async #write(chunk) {
    const bytes = this.#check(chunk);
    if (bytes.byteLength === 0) return;
    await this.#demand.promise;
    if (this.#writable.status === "erroring") throw this.#writable.storedError;
    this.#demand = Promise.withResolvers();
    this.#readable.controller.enqueue(bytes);
    this.#consumed?.resolve();
  }

  #check(chunk) {
    if (isBufferSource(chunk)) {
      const bytes = copyBytesOf(chunk);
      this.#written += bytes.byteLength;
      if (this.#expectedLength === null || this.#written <= this.#expectedLength) return bytes;
      throw this.#fail(new TypeError("Attempt to write too many bytes through a FixedLengthStream."));
    }
    const what = typeof chunk === "string" ? "a string" : "something else";
    throw this.#fail(
      new TypeError(
        `This TransformStream is a byte stream, but ${what} was written to it. Encode strings with TextEncoder.`,
      ),
    );
  }

  #fail(error) {
    this.#readable.controller.error(error);
    return error;
  }

  #close() {
    if (this.#expectedLength !== null && this.#written < this.#expectedLength) {
      throw this.#fail(new TypeError("FixedLengthStream did not see all expected bytes before close()."));
    }
    closeByteController(this.#readable.controller);
    this.#consumed?.resolve();
  }
}
