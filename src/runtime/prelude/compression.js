/**
 * CompressionStream and DecompressionStream: chunks are collected and the host does the work at the end.
 */
import host from "qemu-dev:engine/host@0.1.0";
import { TransformStream, createTransformPair, FROM_PAIR } from "./transform_stream.js";
import { concatenateBytes, copyBytesOf, defineInterface, isBufferSource, requireArguments } from "./webidl.js";

const FORMATS = new Set(["deflate", "deflate-raw", "gzip"]);

/** Compresses bytes. */
export class CompressionStream extends TransformStream {
  constructor(format) {
    requireArguments(arguments.length, 1, "CompressionStream");
    super(
      FROM_PAIR,
      collectingPair(checkFormat(format), (name, bytes) => host.compress(name, bytes)),
    );
  }

  static {
    defineInterface(CompressionStream);
  }
}

/** Decompresses bytes. */
export class DecompressionStream extends TransformStream {
  constructor(format) {
    requireArguments(arguments.length, 1, "DecompressionStream");
    super(
      FROM_PAIR,
      collectingPair(checkFormat(format), (name, bytes) => host.decompress(name, bytes)),
    );
  }

  static {
    defineInterface(DecompressionStream);
  }
}

function checkFormat(format) {
  const text = `${format}`;
  if (!FORMATS.has(text))
    throw new TypeError(`"${text}" is not a compression format: use deflate, deflate-raw or gzip.`);
  return text;
}

function collectingPair(format, convert) {
  const chunks = [];
  return createTransformPair((controller) => ({
    transform(chunk) {
      if (!isBufferSource(chunk))
        throw new TypeError("A compression stream accepts ArrayBuffers and views on them only.");
      chunks.push(copyBytesOf(chunk));
    },
    flush() {
      const bytes = chunks.length === 0 ? new Uint8Array(0) : concatenateBytes(chunks);
      const converted = attempt(() => convert(format, bytes));
      if (converted.byteLength > 0) controller.enqueue(converted);
    },
  }));
}

function attempt(convert) {
  try {
    return convert();
  } catch (error) {
    throw new TypeError(error?.payload ?? "The data could not be converted.");
  }
}
