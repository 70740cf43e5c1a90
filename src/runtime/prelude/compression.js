/** CompressionStream and DecompressionStream: https://compression.spec.whatwg.org/ */

import { FINISH, HostTransform, NO_FLUSH } from "./host_transform.js";
import { createTransformPair, FROM_PAIR, TransformStream } from "./transform_stream.js";
import { copyBytesOf, defineInterface, isBufferSource, requireArguments } from "./webidl.js";

const FORMATS = ["deflate", "deflate-raw", "gzip"];
/** How much comes out at a time; more waits until it is wanted. */
const OUTPUT_BYTES_MAX = 65_536;
const NOTHING = new Uint8Array(0);

/** Compresses bytes. */
export class CompressionStream extends TransformStream {
  constructor(format) {
    requireArguments(arguments.length, 1, "CompressionStream");
    super(FROM_PAIR, codecPair("deflate", checkFormat(format)));
  }

  static {
    defineInterface(CompressionStream);
  }
}

/** Decompresses bytes. */
export class DecompressionStream extends TransformStream {
  constructor(format) {
    requireArguments(arguments.length, 1, "DecompressionStream");
    super(FROM_PAIR, codecPair("inflate", checkFormat(format)));
  }

  static {
    defineInterface(DecompressionStream);
  }
}

function checkFormat(format) {
  const text = `${format}`;
  if (!FORMATS.includes(text)) {
    throw new TypeError(`"${text}" is not a compression format: use deflate, deflate-raw or gzip.`);
  }
  return text;
}

function codecPair(kind, format) {
  return createTransformPair((controller) => {
    const codec = new Codec(kind, format, controller);
    return {
      transform: (chunk) => codec.write(chunk),
      flush: () => codec.finish(),
      cancel: () => codec.close(),
    };
  });
}

/** A transform of the host between the two sides of a stream. */
class Codec {
  #host;
  #isDecompressing;
  #controller;
  #hasEnded = false;

  constructor(kind, format, controller) {
    this.#host = new HostTransform(kind, { format }, []);
    this.#isDecompressing = kind === "inflate";
    this.#controller = controller;
  }

  async write(chunk) {
    if (!isBufferSource(chunk)) {
      throw new TypeError("A compression stream accepts ArrayBuffers and views on them only.");
    }
    const rest = await this.#pass(copyBytesOf(chunk), NO_FLUSH);
    if (rest > 0) this.#fail("There is data behind the end of the compressed data.");
  }

  async finish() {
    await this.#pass(NOTHING, FINISH);
    if (!this.#hasEnded) this.#fail("The compressed data ends too early.");
    this.close();
  }

  close() {
    this.#host.close();
  }

  /** Converts bytes and gives out what comes of them. Answers how many are left behind the end. */
  async #pass(bytes, flush) {
    let rest = bytes;
    while (!this.#hasEnded) {
      const { output, consumed, hasEnded } = this.#step(rest, flush);
      rest = rest.subarray(consumed);
      this.#hasEnded = hasEnded;
      if (output.byteLength > 0) this.#controller.enqueue(output);
      if (hasEnded || (rest.byteLength === 0 && output.byteLength < OUTPUT_BYTES_MAX)) break;
      await this.#controller.wanted;
    }
    return rest.byteLength;
  }

  #step(bytes, flush) {
    try {
      return this.#host.step(bytes, flush, OUTPUT_BYTES_MAX);
    } catch (error) {
      return this.#fail(`${this.#isDecompressing ? "Decompression" : "Compression"} failed: ${error.message}.`);
    }
  }

  #fail(message) {
    this.close();
    throw new TypeError(message);
  }
}
