/**
 * The web platform half of the globals.
 */
import { AbortController, AbortSignal } from "./abort.js";
import { Blob, File } from "./blob.js";
import { CompressionStream, DecompressionStream } from "./compression.js";
import { Crypto, CryptoKey, SubtleCrypto, crypto } from "./crypto.js";
import { TextDecoder, TextEncoder, atob, btoa } from "./encoding.js";
import { TextDecoderStream, TextEncoderStream } from "./encoding_streams.js";
import { CloseEvent, CustomEvent, ErrorEvent, MessageEvent, PromiseRejectionEvent } from "./event_kinds.js";
import { Event, EventTarget } from "./events.js";
import { fetch } from "./fetch.js";
import { FormData } from "./form_data.js";
import { Headers } from "./headers.js";
import { FixedLengthStream, IdentityTransformStream } from "./identity_streams.js";
import { MessageChannel, MessagePort } from "./message_channel.js";
import { ByteLengthQueuingStrategy, CountQueuingStrategy } from "./queuing.js";
import { ReadableByteStreamController, ReadableStreamBYOBRequest } from "./readable_byte_stream.js";
import { ReadableStreamDefaultController } from "./readable_default_controller.js";
import { ReadableStreamBYOBReader, ReadableStreamDefaultReader } from "./readable_readers.js";
import { ReadableStream } from "./readable_stream.js";
import { Request } from "./request.js";
import { Response } from "./response.js";
import { TransformStream, TransformStreamDefaultController } from "./transform_stream.js";
import { URL } from "./url.js";
import { URLSearchParams } from "./url_search_params.js";
import { URLPattern } from "./urlpattern.js";
import { WebSocket } from "./web_socket.js";
import { WebSocketPair } from "./web_socket_pair.js";
import { WritableStream, WritableStreamDefaultController, WritableStreamDefaultWriter } from "./writable_stream.js";

const GLOBALS = {
  AbortController,
  AbortSignal,
  Blob,
  ByteLengthQueuingStrategy,
  CloseEvent,
  CompressionStream,
  CountQueuingStrategy,
  Crypto,
  CryptoKey,
  CustomEvent,
  DecompressionStream,
  ErrorEvent,
  Event,
  EventTarget,
  File,
  FixedLengthStream,
  FormData,
  Headers,
  IdentityTransformStream,
  MessageChannel,
  MessageEvent,
  MessagePort,
  PromiseRejectionEvent,
  ReadableByteStreamController,
  ReadableStream,
  ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest,
  ReadableStreamDefaultController,
  ReadableStreamDefaultReader,
  Request,
  Response,
  SubtleCrypto,
  TextDecoder,
  TextDecoderStream,
  TextEncoder,
  TextEncoderStream,
  TransformStream,
  TransformStreamDefaultController,
  URL,
  URLPattern,
  URLSearchParams,
  WebSocket,
  WebSocketPair,
  WritableStream,
  WritableStreamDefaultController,
  WritableStreamDefaultWriter,
  atob,
  btoa,
  crypto,
  fetch,
};

/**
 * Hands every global of the web platform to `define(name, value)`.
 * @param {(name: string, value: unknown) => void} define
 */
export function installWebGlobals(define) {
  for (const [name, value] of Object.entries(GLOBALS)) define(name, value);
}
