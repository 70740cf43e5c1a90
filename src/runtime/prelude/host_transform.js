/** Transforms of the host: compression, digests and ciphers of data that comes in pieces. */

import host from "qemu-dev:engine/host@0.1.0";
import { stringifyJson } from "./primordials.js";

/** zlib's numbers for how much is to be given out. */
export const NO_FLUSH = 0;
export const FINISH = 4;

/** Closes the transform of an object that is not reachable any more. */
const abandoned = new FinalizationRegistry((number) => host.closeTransform(number));

/** One transform under way. It is closed at its end, at an error, and when it is collected. */
export class HostTransform {
  #number;

  /**
   * @param {string} kind
   * @param {object} parameters
   * @param {Uint8Array[]} inputs
   * @param {number} [number] of one that is open already
   */
  constructor(kind, parameters, inputs, number = undefined) {
    this.#number = number ?? call(() => host.openTransform(kind, stringifyJson(parameters), inputs));
    abandoned.register(this, this.#number, this);
  }

  /**
   * Gives it input.
   * @param {Uint8Array} input
   * @param {number} flush
   * @param {number} outputBytesMax
   * @returns {{output: Uint8Array, consumed: number, hasEnded: boolean}}
   */
  step(input, flush, outputBytesMax) {
    return call(() => host.stepTransform(this.#number, input, flush, outputBytesMax));
  }

  /** Another one in the same state. */
  copy() {
    const number = call(() => host.copyTransform(this.#number));
    return new HostTransform(undefined, undefined, undefined, number);
  }

  close() {
    if (this.#number === undefined) return;
    abandoned.unregister(this);
    host.closeTransform(this.#number);
    this.#number = undefined;
  }
}

/** A failure of the host: `code` is its name. */
export class TransformError extends Error {
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
