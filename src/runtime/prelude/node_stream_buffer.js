/** The chunks a readable stream holds. */

import { Buffer } from "./node_buffer.js";

/** A queue whose head moves, so that taking from the front is cheap. */
export class ReadableBuffer {
  #chunks = [];
  #head = 0;

  get length() {
    return this.#chunks.length - this.#head;
  }

  push(chunk) {
    this.#chunks.push(chunk);
  }

  unshift(chunk) {
    if (this.#head > 0) this.#chunks[--this.#head] = chunk;
    else this.#chunks.unshift(chunk);
  }

  first() {
    return this.#chunks[this.#head];
  }

  clear() {
    this.#chunks = [];
    this.#head = 0;
  }

  map(convert) {
    return this.#chunks.slice(this.#head).map(convert);
  }

  [Symbol.iterator]() {
    return this.#chunks.slice(this.#head)[Symbol.iterator]();
  }

  #shift() {
    const chunk = this.#chunks[this.#head];
    this.#chunks[this.#head++] = undefined;
    if (this.#head === this.#chunks.length) this.clear();
    return chunk;
  }

  /** Takes one object, or `count` bytes or characters. */
  take(count, { objectMode, length, decoder }) {
    if (objectMode) return this.#shift();
    if (this.length === 1 && count >= length) return this.#shift();
    const parts = [];
    for (let missing = count; missing > 0; ) {
      const chunk = this.first();
      if (chunk.length <= missing) {
        missing -= chunk.length;
        parts.push(this.#shift());
      } else {
        parts.push(chunk.slice(0, missing));
        this.#chunks[this.#head] = chunk.slice(missing);
        missing = 0;
      }
    }
    if (parts.length === 1) return parts[0];
    return decoder === null ? Buffer.concat(parts) : parts.join("");
  }
}
