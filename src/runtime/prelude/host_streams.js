/**
 * The two directions in which bodies stream: host streams, which JavaScript reads by `read` operations,
 * and guest streams, of which the host pulls one chunk at a time.
 */
import { forgetAborted, whenAborted } from "./abort.js";
import { describeError } from "./errors.js";
import { abandonOperation, emit, nextStreamId, onEvent, readBytes, startOperation, writeBytes } from "./operations.js";
import { handled } from "./promises.js";
import { closeByteController, createByteStream, readableStateOf } from "./readable_stream.js";
import { bytesOf, concatenateBytes, isBufferSource } from "./webidl.js";

/** Bytes that the host has or will have. Nothing is read before somebody asks. */
export class HostStream {
  #id;
  #signal = null;
  #failure = null;
  #operation = null;

  constructor(id) {
    this.#id = id;
  }

  /** Breaks the stream with the signal's reason when the signal aborts before the end. */
  followSignal(signal) {
    this.#signal = signal;
    whenAborted(signal, this.#fail);
  }

  #fail = (reason) => {
    this.#failure = { reason };
    if (this.#operation !== null) abandonOperation(this.#operation, reason);
    emit(`{"type":"cancel","stream":${this.#id}}`);
  };

  /** The next chunk, or null at the end. */
  async read() {
    if (this.#failure !== null) throw this.#failure.reason;
    const { id, promise } = startOperation("read", `"stream":${this.#id}`, decodeChunk);
    this.#operation = id;
    const chunk = await promise;
    this.#operation = null;
    if (chunk === null) this.#forgetSignal();
    return chunk;
  }

  /** Tells the host that nobody will read the rest. */
  cancel() {
    this.#forgetSignal();
    emit(`{"type":"cancel","stream":${this.#id}}`);
  }

  #forgetSignal() {
    if (this.#signal !== null) forgetAborted(this.#signal, this.#fail);
  }

  /** Reads to the end without a ReadableStream in between. */
  async collect() {
    const chunks = [];
    for (;;) {
      const chunk = await this.read();
      if (chunk === null) return chunks.length === 0 ? new Uint8Array(0) : concatenateBytes(chunks);
      chunks.push(chunk);
    }
  }

  /** The byte stream that shows the bytes to users. */
  toReadable() {
    return createByteStream({
      pull: (controller) => this.#pullInto(controller),
      cancel: () => this.cancel(),
    });
  }

  async #pullInto(controller) {
    for (;;) {
      const chunk = await this.read();
      if (chunk === null) return closeByteController(controller);
      if (chunk.byteLength > 0) return controller.enqueue(chunk);
    }
  }
}

function decodeChunk(range) {
  return range === null ? null : readBytes(range);
}

/** Stream id -> the reader that feeds it. */
const guestStreams = new Map();

/** Locks `stream` and gives it an id under which the host pulls it. */
export function registerGuestStream(stream) {
  const reader = readableStateOf(stream).acquireReader("default");
  const id = nextStreamId();
  guestStreams.set(id, reader);
  return id;
}

onEvent("pull", ({ stream }) => {
  const reader = guestStreams.get(stream);
  if (reader !== undefined) pullOne(stream, reader);
});

onEvent("cancel", ({ stream }) => {
  const reader = guestStreams.get(stream);
  guestStreams.delete(stream);
  if (reader !== undefined) handled(reader.cancel(new Error("The other side closed the connection.")));
});

function pullOne(id, reader) {
  reader.read({
    chunk: (chunk) => sendChunk(id, reader, chunk),
    close: () => finish(id, `{"type":"close","stream":${id}}`),
    error: (error) => fail(id, error),
  });
}

function sendChunk(id, reader, chunk) {
  if (!guestStreams.has(id)) return;
  if (!isBufferSource(chunk)) {
    const error = new TypeError("This ReadableStream did not return bytes.");
    fail(id, error);
    handled(reader.cancel(error));
  } else if (chunk.byteLength === 0) {
    pullOne(id, reader);
  } else {
    emit(`{"type":"write","stream":${id},"bytes":${writeBytes(bytesOf(chunk))}}`);
  }
}

function fail(id, error) {
  finish(id, `{"type":"fail","stream":${id},"error":${describeError(error)}}`);
}

function finish(id, operation) {
  if (guestStreams.delete(id)) emit(operation);
}
