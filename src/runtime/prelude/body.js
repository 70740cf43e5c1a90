/**
 * Bodies of requests and responses, and the Body mixin of the Fetch Standard. A body whose text or bytes
 * are known stays as it is: a stream is made only for who touches `.body`.
 */
import { blobFromBytes } from "./blob.js";
import { parseFormBody } from "./form_data.js";
import { HostStream, registerGuestStream } from "./host_streams.js";
import { readBytes, writeBytes } from "./operations.js";
import { closeByteController, createByteStream, exposeReadable, readableStateOf } from "./readable_stream.js";
import { tee } from "./readable_tee.js";
import { decodeUtf8, encodeUtf8 } from "./utf8.js";
import { bytesOf, concatenateBytes, copyBytesOf, exactBuffer, isBufferSource } from "./webidl.js";

const { parse: parseJson, stringify } = JSON;
const BYTE_ORDER_MARK = "\ufeff";

/** A body. Exactly one of text, bytes, hostStream and stream holds the content until it is consumed. */
export class BodyState {
  text = null;
  bytes = null;
  hostStream = null;
  stream = null;
  /** True when `bytes` belong to a clone too and must be copied before users get them. */
  shared = false;
  consumed = false;

  static ofText(text) {
    const state = new BodyState();
    state.text = text;
    return state;
  }

  static ofBytes(bytes) {
    const state = new BodyState();
    state.bytes = bytes;
    return state;
  }

  static ofStream(stream) {
    const state = new BodyState();
    state.stream = stream;
    return state;
  }

  /** The body of an event or answer; null without one. Only valid while the event is delivered. */
  static fromHost(description) {
    if (description === null || description === undefined) return null;
    if (description.text !== undefined) return BodyState.ofText(description.text);
    if (description.bytes !== undefined) return BodyState.ofBytes(readBytes(description.bytes));
    const state = new BodyState();
    state.hostStream = new HostStream(description.stream);
    return state;
  }

  get isUsed() {
    return this.consumed || (this.stream !== null && readableStateOf(this.stream).disturbed);
  }

  get isUnusable() {
    return this.isUsed || (this.stream !== null && this.stream.locked);
  }

  /** The stream users see; made when first asked for. */
  exposeStream() {
    if (this.stream !== null) return this.stream;
    if (this.consumed) {
      this.stream = streamFromBytes(new Uint8Array(0));
      readableStateOf(this.stream).acquireReader("default").cancel();
    } else if (this.hostStream !== null) {
      this.stream = this.hostStream.toReadable();
      this.hostStream = null;
    } else {
      this.stream = streamFromBytes(this.#takeKnownBytes());
    }
    return this.stream;
  }

  #takeKnownBytes() {
    const bytes = this.text === null ? this.#ownBytes() : encodeUtf8(this.text);
    this.text = null;
    this.bytes = null;
    return bytes;
  }

  #ownBytes() {
    return this.shared ? this.bytes.slice() : this.bytes;
  }

  /** Marks the body as used. Throws a TypeError when it has been used or is locked. */
  consume() {
    if (this.isUnusable) throw alreadyUsed();
    this.consumed = true;
  }

  /** All bytes, as an array or the promise of one. */
  readBytes() {
    this.consume();
    if (this.stream !== null) return collectStream(this.stream);
    if (this.hostStream !== null) return this.hostStream.collect();
    return this.text === null ? this.#ownBytes() : encodeUtf8(this.text);
  }

  /** All text, as a string or the promise of one. */
  readText() {
    if (this.text !== null) {
      this.consume();
      return this.text.startsWith(BYTE_ORDER_MARK) ? this.text.slice(1) : this.text;
    }
    const bytes = this.readBytes();
    return bytes instanceof Promise ? bytes.then(decodeUtf8) : decodeUtf8(bytes);
  }

  /** A second body with the same content. Throws a TypeError when this one has been used. */
  clone() {
    if (this.isUnusable) throw alreadyUsed();
    const copy = new BodyState();
    if (this.text !== null) {
      copy.text = this.text;
    } else if (this.bytes !== null) {
      copy.bytes = this.bytes;
      this.shared = copy.shared = true;
    } else {
      const branches = tee(readableStateOf(this.exposeStream()), copyChunk);
      for (const branch of branches) branch.expectedLength = readableStateOf(this.stream).expectedLength;
      [this.stream, copy.stream] = branches.map(exposeReadable);
    }
    return copy;
  }

  /** Moves the content into a new body and leaves this one used. */
  transfer() {
    if (this.isUnusable) throw alreadyUsed();
    const moved = new BodyState();
    moved.text = this.text;
    moved.bytes = this.bytes;
    moved.shared = this.shared;
    moved.hostStream = this.hostStream;
    if (this.stream !== null) moved.stream = passOn(this.stream);
    this.consumed = true;
    return moved;
  }

  /** Breaks a body that is still to come when `signal` aborts. */
  followSignal(signal) {
    this.hostStream?.followSignal(signal);
  }

  /** The number of bytes where a stream's length is known beforehand, else null. */
  get expectedLength() {
    return this.stream === null ? null : readableStateOf(this.stream).expectedLength;
  }

  /** JSON text of the protocol's BODY; the body is used from then on. */
  describe() {
    if (this.text !== null) {
      this.consume();
      return `{"text":${stringify(this.text)}}`;
    }
    if (this.bytes !== null) {
      this.consume();
      return `{"bytes":${writeBytes(this.bytes)}}`;
    }
    if (this.isUnusable) throw alreadyUsed();
    const id = registerGuestStream(this.exposeStream());
    this.consumed = true;
    return `{"stream":${id}}`;
  }
}

/** A stream that carries on with the chunks of `stream`, which becomes locked and used. */
function passOn(stream) {
  const source = readableStateOf(stream);
  const reader = source.acquireReader("default");
  source.disturbed = true;
  return createByteStream({
    expectedLength: source.expectedLength,
    pull: (controller) => pullFrom(reader, controller),
    cancel: (reason) => reader.cancel(reason),
  });
}

async function pullFrom(reader, controller) {
  const { value, done } = await reader.readAsPromise();
  if (done) closeByteController(controller);
  else controller.enqueue(copyBytesOf(checkChunk(value)));
}

function copyChunk(chunk) {
  return isBufferSource(chunk) ? copyBytesOf(chunk) : chunk;
}

function checkChunk(chunk) {
  if (!isBufferSource(chunk)) throw new TypeError("This ReadableStream did not return bytes.");
  return bytesOf(chunk);
}

function streamFromBytes(bytes) {
  return createByteStream({
    expectedLength: bytes.byteLength,
    pull(controller) {
      if (bytes.byteLength > 0) controller.enqueue(bytes);
      closeByteController(controller);
    },
  });
}

async function collectStream(stream) {
  const reader = readableStateOf(stream).acquireReader("default");
  const chunks = [];
  for (;;) {
    const { value, done } = await reader.readAsPromise();
    if (done) return chunks.length === 0 ? new Uint8Array(0) : concatenateBytes(chunks);
    chunks.push(checkChunk(value));
  }
}

function alreadyUsed() {
  return new TypeError(
    "Body has already been used. It can only be used once. Use tee() first if you need to read it twice.",
  );
}

/**
 * Adds the Body mixin to an interface. `bodyOf(object)` returns its BodyState or null, and checks the
 * brand; `contentTypeOf(object)` returns its Content-Type or null.
 */
export function defineBody(constructor, bodyOf, contentTypeOf) {
  const mixin = {
    get body() {
      return bodyOf(this)?.exposeStream() ?? null;
    },
    get bodyUsed() {
      return bodyOf(this)?.isUsed ?? false;
    },
    async arrayBuffer() {
      return exactBuffer(await readBytesOf(bodyOf(this)));
    },
    async bytes() {
      return new Uint8Array(exactBuffer(await readBytesOf(bodyOf(this))));
    },
    async blob() {
      const bytes = await readBytesOf(bodyOf(this));
      return blobFromBytes(bytes, contentTypeOf(this) ?? "");
    },
    async formData() {
      const bytes = await readBytesOf(bodyOf(this));
      return parseFormBody(bytes, contentTypeOf(this) ?? "");
    },
    async json() {
      const text = bodyOf(this)?.readText() ?? "";
      return parseJson(typeof text === "string" ? text : await text);
    },
    async text() {
      return bodyOf(this)?.readText() ?? "";
    },
  };
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(mixin))) {
    Object.defineProperty(constructor.prototype, key, descriptor);
  }
}

function readBytesOf(body) {
  return body === null ? new Uint8Array(0) : body.readBytes();
}
