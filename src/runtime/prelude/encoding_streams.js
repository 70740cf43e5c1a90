/**
 * TextEncoderStream and TextDecoderStream of the Encoding Standard.
 */
import { TextDecoder } from "./encoding.js";
import { TransformStream, createTransformPair, FROM_PAIR } from "./transform_stream.js";
import { encodeUtf8 } from "./utf8.js";
import { defineInterface, toDOMString } from "./webidl.js";

const LONE_LEAD = /[\ud800-\udbff]$/;

/** Encodes a stream of strings as UTF-8. */
export class TextEncoderStream extends TransformStream {
  constructor() {
    super(FROM_PAIR, encodingPair());
  }

  get encoding() {
    void this.readable;
    return "utf-8";
  }

  static {
    defineInterface(TextEncoderStream);
  }
}

function encodingPair() {
  let pendingLead = "";
  return createTransformPair((controller) => ({
    transform(chunk) {
      const text = pendingLead + toDOMString(chunk);
      pendingLead = LONE_LEAD.test(text) ? text.slice(-1) : "";
      const complete = pendingLead === "" ? text : text.slice(0, -1);
      if (complete !== "") controller.enqueue(encodeUtf8(complete));
    },
    flush() {
      if (pendingLead !== "") controller.enqueue(encodeUtf8("\ufffd"));
    },
  }));
}

/** Decodes a stream of bytes. */
export class TextDecoderStream extends TransformStream {
  #decoder;

  constructor(label = "utf-8", options = undefined) {
    const decoder = new TextDecoder(label, options);
    super(FROM_PAIR, decodingPair(decoder));
    this.#decoder = decoder;
  }

  get encoding() {
    return this.#decoder.encoding;
  }

  get fatal() {
    return this.#decoder.fatal;
  }

  get ignoreBOM() {
    return this.#decoder.ignoreBOM;
  }

  static {
    defineInterface(TextDecoderStream);
  }
}

function decodingPair(decoder) {
  return createTransformPair((controller) => {
    const forward = (text) => {
      if (text !== "") controller.enqueue(text);
    };
    return {
      transform(chunk) {
        if (chunk === undefined)
          throw new TypeError("TextDecoderStream: the chunk is neither an ArrayBuffer nor a view on one.");
        forward(decoder.decode(chunk, { stream: true }));
      },
      flush: () => forward(decoder.decode()),
    };
  });
}
