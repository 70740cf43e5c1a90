/** Transforms of the host: compression, digests and ciphers of data that comes in pieces. */

import * as host from "./host.js";
import { stringifyJson } from "./primordials.js";

/** zlib's numbers for how much is to be given out. */
export const NO_FLUSH = 0;
export const FINISH = 4;

/** Closes the transform of an object that is not reachable any more. */
const abandoned = new FinalizationRegistry((number) => host.closeTransform(number));

/** One transform under way. It is opened when it is first used; closed at its end, at an error, and when it is collected. */
export class HostTransform {
  #open;
  #number;

  /**
   * @param {string} kind
   * @param {object} parameters
   * @param {Uint8Array[]} inputs
   */
  constructor(kind, parameters, inputs) {
    this.#open = () => host.openTransform(kind, stringifyJson(parameters), inputs);
  }

  /**
   * Gives it input.
   * @param {Uint8Array} input
   * @param {number} flush
   * @param {number} outputBytesMax
   * @returns {{output: Uint8Array, consumed: number, hasEnded: boolean}}
   */
  step(input, flush, outputBytesMax) {
    const number = this.#opened();
    return call(() => host.stepTransform(number, input, flush, outputBytesMax));
  }

  /** Another one in the same state. */
  copy() {
    const number = this.#opened();
    const copy = new HostTransform();
    copy.#open = () => host.copyTransform(number);
    copy.#opened();
    return copy;
  }

  #opened() {
    if (this.#number === undefined) {
      this.#number = call(this.#open);
      abandoned.register(this, this.#number, this);
    }
    return this.#number;
  }

  close() {
    this.#open = closed;
    if (this.#number === undefined) return;
    abandoned.unregister(this);
    host.closeTransform(this.#number);
    this.#number = undefined;
  }
}

function closed() {
  throw new TransformError({ name: "Z_STREAM_ERROR", message: "stream error" });
}

/** A failure of the host: `code` is its name. */
class TransformError extends Error {
  constructor({ name, message }) {
    super(message);
    this.code = name;
  }
}

function call(attempt) {
  try {
    return attempt();
  } catch (error) {
    throw error?.payload === undefined ? error : new TransformError(error.payload);
  }
}
