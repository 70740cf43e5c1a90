/**
 * Queuing strategies and the queue with sizes of the Streams Standard.
 */
import { defineInterface, requireArguments, toDictionary } from "./webidl.js";

/** Counts every chunk as one. */
export class CountQueuingStrategy {
  #highWaterMark;

  constructor(init) {
    this.#highWaterMark = requiredHighWaterMark(init, arguments.length, "CountQueuingStrategy");
  }

  get highWaterMark() {
    return this.#highWaterMark;
  }

  get size() {
    void this.#highWaterMark;
    return countSize;
  }

  static {
    defineInterface(CountQueuingStrategy);
  }
}

/** Counts a chunk by its `byteLength`. */
export class ByteLengthQueuingStrategy {
  #highWaterMark;

  constructor(init) {
    this.#highWaterMark = requiredHighWaterMark(init, arguments.length, "ByteLengthQueuingStrategy");
  }

  get highWaterMark() {
    return this.#highWaterMark;
  }

  get size() {
    void this.#highWaterMark;
    return byteLengthSize;
  }

  static {
    defineInterface(ByteLengthQueuingStrategy);
  }
}

const countSize = { size: () => 1 }.size;
const byteLengthSize = { size: (chunk) => chunk.byteLength }.size;

function requiredHighWaterMark(init, count, name) {
  requireArguments(count, 1, name);
  const { highWaterMark } = toDictionary(init, `${name} init`);
  if (highWaterMark === undefined) throw new TypeError(`${name}: highWaterMark is required.`);
  return Number(highWaterMark);
}

/** The high water mark of a strategy argument, checked. */
export function highWaterMarkOf(strategy, otherwise) {
  const { highWaterMark } = strategy;
  if (highWaterMark === undefined) return otherwise;
  const number = Number(highWaterMark);
  if (Number.isNaN(number) || number < 0) throw new RangeError("The high water mark must be a number of at least 0.");
  return number;
}

/** The size algorithm of a strategy argument, checked. */
export function sizeAlgorithmOf(strategy) {
  const { size } = strategy;
  if (size === undefined) return countSize;
  if (typeof size !== "function") throw new TypeError("The strategy's size is not a function.");
  return (chunk) => size(chunk);
}

/** Throws unless `size` is a valid size of a chunk. */
function checkSize(size) {
  const number = Number(size);
  if (!(number >= 0) || number === Infinity) {
    throw new RangeError("The size of a chunk must be a finite number of at least 0.");
  }
  return number;
}

/** A first-in-first-out queue that knows the sum of its entries' sizes. */
export class SizedQueue {
  totalSize = 0;
  #entries = [];
  #head = 0;

  get length() {
    return this.#entries.length - this.#head;
  }

  enqueue(value, size) {
    const number = checkSize(size);
    this.#entries.push({ value, size: number });
    this.totalSize += number;
  }

  peek() {
    return this.#entries[this.#head].value;
  }

  dequeue() {
    const entry = this.#entries[this.#head];
    this.#entries[this.#head++] = undefined;
    if (this.#head === this.#entries.length) this.clearEntries();
    else if (this.#head > 1024) this.#compact();
    this.totalSize = Math.max(0, this.totalSize - entry.size);
    return entry.value;
  }

  clear() {
    this.clearEntries();
    this.totalSize = 0;
  }

  clearEntries() {
    this.#entries = [];
    this.#head = 0;
  }

  #compact() {
    this.#entries = this.#entries.slice(this.#head);
    this.#head = 0;
  }
}
