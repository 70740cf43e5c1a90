/** The streams of node:zlib: a transform of the host between the two sides of a Transform. */

import { HostTransform, NO_FLUSH } from "./host_transform.js";
import { Buffer } from "./node_buffer.js";
import { createNodeError, invalidArgumentType, notProvided } from "./node_errors.js";
import { Transform } from "./node_stream_duplex.js";
import { brotliParameters, deflateParameters } from "./node_zlib_options.js";
import { codes, constants } from "./node_zlib_constants.js";
import { bytesOf, isBufferSource } from "./webidl.js";

const NOTHING = new Uint8Array(0);
const FLUSH = Symbol("flush");
const LARGEST_OUTPUT = 2 ** 32;
/** The host's number for an operation of Brotli. */
const BROTLI_FLUSHES = [0, 2, 4];

/** Class name -> the host's transform and its format. */
export const KINDS = {
  Deflate: { kind: "deflate", format: "deflate" },
  Inflate: { kind: "inflate", format: "deflate", isDecompressing: true },
  Gzip: { kind: "deflate", format: "gzip" },
  Gunzip: { kind: "inflate", format: "gzip", isDecompressing: true, members: true },
  DeflateRaw: { kind: "deflate", format: "deflate-raw" },
  InflateRaw: { kind: "inflate", format: "deflate-raw", isDecompressing: true },
  Unzip: { kind: "inflate", format: "either", isDecompressing: true, members: true },
  BrotliCompress: { kind: "brotli-compress", isBrotli: true },
  BrotliDecompress: { kind: "brotli-decompress", isBrotli: true, isDecompressing: true },
};

/** Text or any bytes. */
export function inputOf(data) {
  if (typeof data === "string") return Buffer.from(data);
  if (isBufferSource(data)) return bytesOf(data);
  throw invalidArgumentType("buffer", ["string", "Buffer", "TypedArray", "DataView", "ArrayBuffer"], data);
}

/** An error of the host's as Node has it. */
function errorOf(error) {
  if (error.code === undefined) return error;
  return createNodeError(Error, error.code, error.message, { errno: codes[error.code] ?? -2 });
}

/** What the host is given and how the end is recognised; the same for streams and for whole inputs. */
export class Codec {
  #kind;
  #options;
  #host;
  hasEnded = false;
  bytesRead = 0;

  constructor(name, options) {
    this.#kind = KINDS[name];
    this.#options = options ?? {};
    this.chunkBytes = this.#options.chunkSize ?? constants.Z_DEFAULT_CHUNK;
    this.maximum = this.#options.maxOutputLength ?? LARGEST_OUTPUT;
    this.open();
  }

  open() {
    const { isBrotli } = this.#kind;
    const { parameters, inputs } = isBrotli ? brotliParameters(this.#options) : deflateParameters(this.#options, this.#kind);
    this.#host?.close();
    this.#host = this.#attempt(() => new HostTransform(this.#kind.kind, parameters, inputs));
    this.hasEnded = false;
  }

  get flushFlag() {
    return this.#options.flush ?? NO_FLUSH;
  }

  get finishFlag() {
    return this.#options.finishFlush ?? (this.#kind.isBrotli ? constants.BROTLI_OPERATION_FINISH : constants.Z_FINISH);
  }

  /** One step; `output` may be empty. */
  step(bytes, flag, outputBytes = this.chunkBytes) {
    const flush = this.#kind.isBrotli ? BROTLI_FLUSHES[flag] : flag;
    const step = this.#attempt(() => this.#host.step(bytes, flush, Math.min(outputBytes, 2 ** 20)));
    this.hasEnded = step.hasEnded;
    this.bytesRead += step.consumed;
    return step;
  }

  /** Throws when the data ended before its end, unless the user is content with what there was. */
  checkEnd(flag) {
    if (this.hasEnded || !this.#kind.isDecompressing || flag !== this.#finish) return;
    throw createNodeError(Error, "Z_BUF_ERROR", "unexpected end of file", { errno: codes.Z_BUF_ERROR });
  }

  get #finish() {
    return this.#kind.isBrotli ? constants.BROTLI_OPERATION_FINISH : constants.Z_FINISH;
  }

  get isDecompressing() {
    return this.#kind.isDecompressing === true;
  }

  close() {
    this.#host.close();
  }

  #attempt(run) {
    try {
      return run();
    } catch (error) {
      throw errorOf(error);
    }
  }
}

/** Whether a step gave all that it had. */
function isDone(codec, rest, step, outputBytes) {
  const isStuck = step.consumed === 0 && step.output.byteLength === 0;
  if (codec.hasEnded) return isStuck || rest.byteLength === 0;
  return isStuck || (rest.byteLength === 0 && step.output.byteLength < outputBytes);
}

const WHOLE_STEP_BYTES = 65_536;

/** Converts all of `bytes`. */
export function convertAll(name, bytes, options) {
  const codec = new Codec(name, options);
  const chunks = [];
  let total = 0;
  try {
    for (let rest = bytes; ; ) {
      const step = codec.step(rest, codec.finishFlag, WHOLE_STEP_BYTES);
      rest = rest.subarray(step.consumed);
      total += step.output.byteLength;
      if (total > codec.maximum) {
        throw createNodeError(RangeError, "ERR_BUFFER_TOO_LARGE", `Cannot create a Buffer larger than ${codec.maximum} bytes`);
      }
      chunks.push(step.output);
      if (isDone(codec, rest, step, WHOLE_STEP_BYTES)) break;
    }
    codec.checkEnd(codec.finishFlag);
  } finally {
    codec.close();
  }
  return Buffer.concat(chunks, total);
}

/** A class of streams that is also callable without `new`. */
export function streamClass(name) {
  const constructor = {
    [name]: function (options = undefined) {
      if (!(this instanceof constructor)) return new constructor(options);
      const codec = new Codec(name, options);
      Transform.call(this, { ...options, transform: undefined, flush: undefined });
      Object.defineProperty(this, "_codec", { value: codec });
    },
  }[name];
  Object.setPrototypeOf(constructor.prototype, Transform.prototype);
  Object.setPrototypeOf(constructor, Transform);
  Object.defineProperties(constructor.prototype, Object.getOwnPropertyDescriptors(streamMethods));
  return constructor;
}

/** Converts one chunk piece by piece; waits between them until the reader wants more. */
function convert(stream, bytes, flag, callback) {
  const codec = stream._codec;
  let rest = bytes;
  const goOn = () => {
    for (;;) {
      if (stream.destroyed) return;
      let step;
      try {
        step = codec.step(rest, flag);
      } catch (error) {
        callback(error);
        return;
      }
      rest = rest.subarray(step.consumed);
      const { output } = step;
      const wantsMore = output.byteLength === 0 || stream.push(Buffer.from(output.buffer, output.byteOffset, output.byteLength));
      if (isDone(codec, rest, step, codec.chunkBytes)) {
        callback();
        return;
      }
      if (!wantsMore) {
        stream._afterRead = goOn;
        return;
      }
    }
  };
  goOn();
}

const streamMethods = {
  get bytesWritten() {
    return this._codec.bytesRead;
  },

  _transform(chunk, encoding, callback) {
    convert(this, bytesOf(chunk), chunk[FLUSH] ?? this._codec.flushFlag, callback);
  },

  _flush(callback) {
    const flag = this._codec.finishFlag;
    convert(this, NOTHING, flag, (error) => {
      let failure = error;
      try {
        if (!failure) this._codec.checkEnd(flag);
      } catch (early) {
        failure = early;
      }
      callback(failure);
    });
  },

  /** Gives out what has been taken in. */
  flush(kind, callback) {
    const done = typeof kind === "function" ? kind : callback;
    const marker = Buffer.alloc(0);
    marker[FLUSH] = typeof kind === "number" ? kind : constants.Z_FULL_FLUSH;
    this.write(marker, typeof done === "function" ? done : undefined);
  },

  close(callback) {
    if (typeof callback === "function") this.once("close", callback);
    this.destroy();
  },

  _destroy(error, callback) {
    this._codec.close();
    callback(error);
  },

  params() {
    throw notProvided("node:zlib", "params");
  },

  reset() {
    this._codec.open();
  },
};
