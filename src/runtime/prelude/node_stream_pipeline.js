/** pipeline(): streams, iterables and generator functions, one into the next. */

import { AbortError, createNodeError, invalidArgumentType, validateFunction } from "./node_errors.js";
import { nextTick } from "./node_next_tick.js";
import { destroyAny } from "./node_stream_destroy.js";
import { Duplex, PassThrough } from "./node_stream_duplex.js";
import { finished, isNodeStream, isReadableNodeStream } from "./node_stream_finished.js";
import { Readable } from "./node_stream_readable.js";
import { newReadableFromWeb, newWritableFromWeb, newDuplexFromWeb } from "./node_stream_web_adapters.js";

function isIterable(value) {
  return typeof value?.[Symbol.asyncIterator] === "function" || typeof value?.[Symbol.iterator] === "function";
}

/** Web streams become Node's; all else stays. */
function adapt(stage) {
  if (typeof stage?.readable?.getReader === "function" && typeof stage?.writable?.getWriter === "function") return newDuplexFromWeb(stage);
  if (typeof stage?.getReader === "function") return newReadableFromWeb(stage);
  return typeof stage?.getWriter === "function" ? newWritableFromWeb(stage) : stage;
}

/** Writes all of an iterable into a stream, as fast as that takes it. */
async function pump(iterable, target, ends) {
  let problem;
  let wake = () => {};
  const stop = finished(target, { readable: false }, (error) => {
    problem = error ?? createNodeError(Error, "ERR_STREAM_PREMATURE_CLOSE", "Premature close");
    wake();
  });
  const onDrain = () => wake();
  target.on("drain", onDrain);
  try {
    for await (const chunk of iterable) {
      if (problem) throw problem;
      if (target.write(chunk) === false) {
        await new Promise((resolve) => {
          wake = resolve;
          if (problem || !target.writableNeedDrain) resolve();
        });
      }
      if (problem) throw problem;
    }
  } finally {
    target.off("drain", onDrain);
    stop();
  }
  if (!ends) return;
  target.end();
  await over(target, { readable: false });
}

/** A promise that a stream is over; `finished` as a promise. */
export function over(stream, options = {}) {
  return new Promise((resolve, reject) => finished(stream, options, (error) => (error ? reject(error) : resolve())));
}

class Pipeline {
  #stages;
  #signal = new AbortController();
  #destroys = [];
  #waits = [];
  #error = undefined;
  value = undefined;

  constructor(stages) {
    this.#stages = stages.map(adapt);
  }

  /** Connects everything; the result is what the caller gets as a stream. */
  run(ends) {
    let source;
    for (const [index, stage] of this.#stages.entries()) {
      const isFirst = index === 0;
      const isLast = index === this.#stages.length - 1;
      if (typeof stage === "function") source = this.#call(stage, isFirst, isLast, source);
      else if (isNodeStream(stage)) source = this.#connect(source, stage, isFirst, isLast, ends);
      else if (isFirst && isIterable(stage)) source = stage;
      else throw invalidArgumentType(`streams[${index}]`, ["Stream", "Iterable", "Function"], stage);
    }
    return source;
  }

  #call(stage, isFirst, isLast, source) {
    const input = isFirst ? undefined : this.#readableIterable(source);
    const options = { signal: this.#signal.signal };
    const result = isFirst ? stage(options) : stage(input, options);
    if (isIterable(result) && !isLast) return result;
    if (!isLast) throw createNodeError(TypeError, "ERR_INVALID_RETURN_VALUE", `Expected AsyncIterable to be returned from the "transform[0]" function but got ${result === undefined ? "undefined" : `type ${typeof result}`}.`);
    return this.#finishWith(result);
  }

  /** The last stage is a function: its result is the pipeline's value, and comes out of a stream. */
  #finishWith(result) {
    const output = new PassThrough({ objectMode: true });
    if (typeof result?.then === "function") {
      this.#waits.push(
        result.then(
          (value) => {
            this.value = value;
            if (value !== null && value !== undefined) output.write(value);
            output.end();
          },
          (error) => {
            this.fail(error);
            throw error;
          },
        ),
      );
    } else if (isIterable(result)) {
      this.#waits.push(this.#guard(pump(result, output, true)));
    } else {
      throw createNodeError(TypeError, "ERR_INVALID_RETURN_VALUE", "Expected AsyncIterable or Promise to be returned from the \"destination\" function.");
    }
    this.#destroys.push((error) => destroyAny(output, error));
    return output;
  }

  #readableIterable(source) {
    return isNodeStream(source) ? Readable.prototype.iterator.call(source, { destroyOnReturn: true }) : source;
  }

  #connect(source, stage, isFirst, isLast, ends) {
    if (isLast && !ends) this.#watchErrors(stage);
    else this.#watch(stage, !isFirst, !isLast || stage instanceof Duplex, isLast);
    if (isFirst) return stage;
    const closes = !isLast || ends;
    if (isNodeStream(source)) {
      source.pipe(stage, { end: false });
      if (closes) source.once("end", () => stage.end());
      if (source.readableEnded && closes) nextTick(() => stage.end());
    } else {
      this.#waits.push(this.#guard(pump(source, stage, closes)));
    }
    return stage;
  }

  #watch(stage, isWritten, isRead, isLast) {
    const reads = isRead && isReadableNodeStream(stage) && !isLast;
    let isOver = false;
    this.#waits.push(
      new Promise((resolve, reject) => {
        finished(stage, { readable: reads, writable: isWritten }, (error) => {
          isOver = !error;
          if (error === undefined) resolve();
          else {
            this.fail(error);
            reject(error);
          }
        });
      }),
    );
    this.#destroys.push((error) => {
      if (!isOver) destroyAny(stage, error ?? createNodeError(Error, "ERR_STREAM_DESTROYED", "Cannot call pipe after a stream was destroyed"));
    });
  }

  /** A last stage that stays open is not waited for. */
  #watchErrors(stage) {
    stage.on("error", (error) => this.fail(error));
    this.#destroys.push((error) => destroyAny(stage, error));
  }

  async #guard(promise) {
    try {
      await promise;
    } catch (error) {
      this.fail(error);
      throw error;
    }
  }

  /** The first error counts, except that a premature close is replaced by its cause. */
  fail(error) {
    if (this.#error !== undefined && this.#error.code !== "ERR_STREAM_PREMATURE_CLOSE") return;
    const isFirst = this.#error === undefined;
    this.#error = error;
    if (!isFirst) return;
    for (const destroy of this.#destroys) destroy(error);
    this.#signal.abort();
  }

  async settle() {
    await Promise.allSettled(this.#waits);
    return this.#error;
  }
}

/** Node's checks, and the options at the end. */
export function runPipeline(stages, { signal, end = true }, callback) {
  const list = stages.length === 1 && Array.isArray(stages[0]) ? stages[0] : stages;
  if (list.length < 2) throw createNodeError(TypeError, "ERR_MISSING_ARGS", 'The "streams" argument must be specified');
  const line = new Pipeline(list);
  const abort = () => line.fail(new AbortError(undefined, { cause: signal.reason }));
  const result = line.run(end);
  if (signal?.aborted) nextTick(abort);
  signal?.addEventListener("abort", abort, { once: true });
  line.settle().then((error) => {
    signal?.removeEventListener("abort", abort);
    nextTick(callback, error, line.value);
  });
  return result;
}

/** Sends the first stream through all others; calls back when everything is over. */
export function pipeline(...stages) {
  const callback = stages.pop();
  validateFunction(callback, "streams[stream.length - 1]");
  let called = false;
  return runPipeline(stages, {}, (error, value) => {
    if (called) return;
    called = true;
    callback(error, value);
  });
}
