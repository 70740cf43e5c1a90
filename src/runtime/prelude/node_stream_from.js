/** Readable.from(), the iterator of a readable stream, and its methods known from arrays. */

import { AbortError, createNodeError, invalidArgumentType, validateAbortSignal, validateFunction, validateInteger } from "./node_errors.js";
import { Buffer } from "./node_buffer.js";
import { nextTick } from "./node_next_tick.js";
import { destroyAny } from "./node_stream_destroy.js";
import { finished } from "./node_stream_finished.js";
import { Readable } from "./node_stream_readable.js";

/** A stream of what an iterable gives; text and bytes come in one piece. */
export function readableFrom(iterable, options = undefined) {
  if (typeof iterable === "string" || iterable instanceof Buffer) {
    return new Readable({
      objectMode: true,
      ...options,
      read() {
        this.push(iterable);
        this.push(null);
      },
    });
  }
  const start = iterable?.[Symbol.asyncIterator] ?? iterable?.[Symbol.iterator];
  if (typeof start !== "function") throw invalidArgumentType("iterable", "Iterable", iterable);
  const iterator = start.call(iterable);
  let reading = false;
  const stream = new Readable({ objectMode: true, highWaterMark: 1, ...options });
  stream._read = () => {
    if (reading) return;
    reading = true;
    feed(stream, iterator, () => {
      reading = false;
    });
  };
  stream._destroy = (error, callback) => {
    closeIterator(iterator, error).then(() => nextTick(callback, error), (failure) => nextTick(callback, failure ?? error));
  };
  return stream;
}

/** Pushes until the stream has enough; `pause` is called before it may ask again. */
async function feed(stream, iterator, pause) {
  try {
    for (;;) {
      const { value, done } = await iterator.next();
      if (done) {
        stream.push(null);
        return;
      }
      const chunk = typeof value?.then === "function" ? await value : value;
      if (chunk === null) throw createNodeError(TypeError, "ERR_STREAM_NULL_VALUES", "May not write null values to stream");
      if (stream.push(chunk)) continue;
      pause();
      return;
    }
  } catch (error) {
    stream.destroy(error);
  }
}

async function closeIterator(iterator, error) {
  if (error && typeof iterator.throw === "function") {
    const { value, done } = await iterator.throw(error);
    await value;
    if (done) return;
  }
  if (typeof iterator.return === "function") await (await iterator.return()).value;
}

const ASYNC_ITERATOR_PROTOTYPE = Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}).prototype);

/** The chunks of a stream, one at a time. An object of its own: the end of a loop destroys the stream at once. */
class ChunkIterator {
  #stream;
  #destroyOnReturn;
  #wake = () => {};
  #ending = undefined;
  #stop = undefined;
  #over = false;
  #last = Promise.resolve();
  #onReadable = () => this.#wake();

  constructor(stream, destroyOnReturn) {
    this.#stream = stream;
    this.#destroyOnReturn = destroyOnReturn;
  }

  #start() {
    this.#stream.on("readable", this.#onReadable);
    this.#stop = finished(this.#stream, { writable: false }, (error) => {
      this.#ending = { error };
      this.#wake();
    });
  }

  next() {
    const step = () => this.#step();
    return (this.#last = this.#last.then(step, step));
  }

  async #step() {
    if (this.#over) return { value: undefined, done: true };
    if (this.#stop === undefined) this.#start();
    for (;;) {
      const chunk = this.#stream.destroyed ? null : this.#stream.read();
      if (chunk !== null) return { value: chunk, done: false };
      if (this.#ending !== undefined) break;
      await new Promise((resolve) => (this.#wake = resolve));
    }
    this.#over = true;
    const { error } = this.#ending;
    if (error) {
      destroyAny(this.#stream, error);
      throw error;
    }
    this.#leave();
    return { value: undefined, done: true };
  }

  /** Stops watching. */
  #leave() {
    this.#stream.off("readable", this.#onReadable);
    this.#stop?.();
  }

  async return(value) {
    if (this.#over) return { value, done: true };
    this.#over = true;
    if (this.#stop === undefined) return { value, done: true };
    if (this.#destroyOnReturn) destroyAny(this.#stream, null);
    else this.#leave();
    return { value, done: true };
  }

  async throw(error) {
    if (!this.#over) destroyAny(this.#stream, error);
    this.#over = true;
    throw error;
  }
}

Object.setPrototypeOf(ChunkIterator.prototype, ASYNC_ITERATOR_PROTOTYPE);

function checkOptions(options) {
  if (options === undefined || options === null) return {};
  if (typeof options !== "object") throw invalidArgumentType("options", "Object", options);
  validateAbortSignal(options.signal, "options.signal");
  return options;
}

/** Calls `callback` for each chunk, some at a time, and gives the results in order. */
async function* mapped(stream, callback, options) {
  const { concurrency = 1, signal } = options;
  validateInteger(concurrency, "options.concurrency", 1);
  const running = [];
  const give = { signal: signal ?? new AbortController().signal };
  for await (const chunk of stream) {
    if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });
    running.push(Promise.resolve(callback(chunk, give)));
    if (running.length >= concurrency) yield running.shift();
  }
  yield* running;
}

async function* pick(stream, start, end) {
  if (end <= start) return;
  let index = 0;
  for await (const chunk of stream) {
    if (index >= start) yield chunk;
    if (++index >= end) return;
  }
}

async function* flat(stream, callback, options) {
  for await (const each of mapped(stream, callback, options)) yield* each;
}

async function* kept(stream, callback, options) {
  const judged = mapped(stream, async (chunk, give) => ({ chunk, keep: await callback(chunk, give) }), options);
  for await (const { chunk, keep } of judged) if (keep) yield chunk;
}

function operator(run) {
  return function (callback, options) {
    validateFunction(callback, "fn");
    return readableFrom(run(this, callback, checkOptions(options)));
  };
}

function count(value) {
  const number = Number(value);
  if (Number.isNaN(number) || number < 0) {
    throw createNodeError(RangeError, "ERR_OUT_OF_RANGE", `The value of "number" is out of range. It must be >= 0. Received ${value}`);
  }
  return number;
}

const NOTHING = Symbol("nothing");

export const operators = {
  map: operator(mapped),
  filter: operator(kept),
  flatMap: operator(flat),

  take(limit, options) {
    checkOptions(options);
    return readableFrom(pick(this, 0, count(limit)));
  },

  drop(limit, options) {
    checkOptions(options);
    return readableFrom(pick(this, count(limit), Infinity));
  },

  asIndexedPairs(options) {
    let index = 0;
    return this.map((chunk) => [index++, chunk], options);
  },

  async forEach(callback, options) {
    validateFunction(callback, "fn");
    for await (const done of mapped(this, callback, checkOptions(options))) void done;
  },

  async toArray(options) {
    checkOptions(options);
    const chunks = [];
    for await (const chunk of this) chunks.push(chunk);
    return chunks;
  },

  async some(callback, options) {
    return (await operators.find.call(this, async (...values) => callback(...values), options, NOTHING)) !== NOTHING;
  },

  async every(callback, options) {
    validateFunction(callback, "fn");
    return !(await operators.some.call(this, async (...values) => !(await callback(...values)), options));
  },

  async find(callback, options, otherwise = undefined) {
    validateFunction(callback, "fn");
    for await (const chunk of kept(this, callback, checkOptions(options))) return chunk;
    return otherwise;
  },

  async reduce(callback, initial, options) {
    validateFunction(callback, "reducer");
    const { signal = new AbortController().signal } = checkOptions(options);
    let result = initial;
    let isEmpty = arguments.length < 2;
    for await (const chunk of this) {
      if (signal.aborted) throw new AbortError(undefined, { cause: signal.reason });
      result = isEmpty ? chunk : await callback(result, chunk, { signal });
      isEmpty = false;
    }
    if (isEmpty) throw createNodeError(TypeError, "ERR_MISSING_ARGS", "Reduce of an empty stream requires an initial value");
    return result;
  },
};

const iteration = {
  iterator(options) {
    return new ChunkIterator(this, options?.destroyOnReturn !== false);
  },

  [Symbol.asyncIterator]() {
    return new ChunkIterator(this, true);
  },
};

for (const members of [operators, iteration]) {
  for (const key of Reflect.ownKeys(members)) {
    Object.defineProperty(Readable.prototype, key, { value: members[key], writable: true, configurable: true });
  }
}
Readable.from = readableFrom;
