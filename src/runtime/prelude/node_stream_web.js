/** node:stream/web: the web's streams, as they are. */

import { CompressionStream, DecompressionStream } from "./compression.js";
import { TextDecoderStream, TextEncoderStream } from "./encoding_streams.js";
import { ByteLengthQueuingStrategy, CountQueuingStrategy } from "./queuing.js";
import { ReadableByteStreamController, ReadableStreamBYOBRequest } from "./readable_byte_stream.js";
import { ReadableStreamDefaultController } from "./readable_default_controller.js";
import { ReadableStreamBYOBReader, ReadableStreamDefaultReader } from "./readable_readers.js";
import { ReadableStream } from "./readable_stream.js";
import { TransformStream, TransformStreamDefaultController } from "./transform_stream.js";
import { WritableStream, WritableStreamDefaultController, WritableStreamDefaultWriter } from "./writable_stream.js";

const streams = {
  ByteLengthQueuingStrategy,
  CompressionStream,
  CountQueuingStrategy,
  DecompressionStream,
  ReadableByteStreamController,
  ReadableStream,
  ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest,
  ReadableStreamDefaultController,
  ReadableStreamDefaultReader,
  TextDecoderStream,
  TextEncoderStream,
  TransformStream,
  TransformStreamDefaultController,
  WritableStream,
  WritableStreamDefaultController,
  WritableStreamDefaultWriter,
};

export {
  ByteLengthQueuingStrategy,
  CompressionStream,
  CountQueuingStrategy,
  DecompressionStream,
  ReadableByteStreamController,
  ReadableStream,
  ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest,
  ReadableStreamDefaultController,
  ReadableStreamDefaultReader,
  TextDecoderStream,
  TextEncoderStream,
  TransformStream,
  TransformStreamDefaultController,
  WritableStream,
  WritableStreamDefaultController,
  WritableStreamDefaultWriter,
};
export default streams;
