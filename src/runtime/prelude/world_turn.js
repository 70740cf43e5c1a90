/** What JavaScript is told in its next turn: events, and the bytes beside them. */

import { deliver } from "./operations.js";
import { concatenateBytes } from "./webidl.js";

export class Turn {
  #events = [];
  #chunks = [];
  #length = 0;

  get isEmpty() {
    return this.#events.length === 0;
  }

  /** @param {object} event the protocol's */
  add(event) {
    this.#events.push(event);
  }

  /** An operation has been performed. */
  done({ operation }, value) {
    this.add({ type: "done", operation, value });
  }

  /** An operation has failed. */
  failed({ operation }, name, message) {
    this.add({ type: "failed", operation, error: { name, message } });
  }

  /** Bytes beside the events; answers with the range that names them. */
  bytes(chunk) {
    const range = [this.#length, chunk.length];
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    return range;
  }

  deliver() {
    deliver(this.#events, concatenateBytes(this.#chunks));
  }
}
