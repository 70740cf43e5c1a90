/**
 * Blob and File of the File API.
 */
import { closeByteController, createByteStream } from "./readable_stream.js";
import { decodeUtf8, encodeUtf8 } from "./utf8.js";
import {
  bytesOf,
  concatenateBytes,
  defineInterface,
  isBufferSource,
  isObject,
  requireArguments,
  toDictionary,
  toUSVString,
} from "./webidl.js";

const FROM_BYTES = Symbol("bytes");
const OUTSIDE_TYPE = /[^\x20-\x7e]/;
const STREAM_CHUNK_BYTES = 65_536;

let bytesIn;
let isBlobObject;

/** Bytes that never change, with a type. */
export class Blob {
  #bytes;
  #type;

  constructor(parts = undefined, options = undefined) {
    if (parts === FROM_BYTES) {
      this.#bytes = options.bytes;
      this.#type = options.type;
      return;
    }
    const list = partsOf(parts);
    const { endings, type } = toDictionary(options, "Blob options");
    const native = endings !== undefined && checkEndings(`${endings}`) === "native";
    this.#bytes = concatenateBytes([new Uint8Array(0), ...list.map((part) => bytesOfPart(part, native))]);
    this.#type = normaliseType(type);
  }

  get size() {
    return this.#bytes.byteLength;
  }

  get type() {
    return this.#type;
  }

  slice(start = 0, end = this.size, contentType = "") {
    const { byteLength } = this.#bytes;
    const from = clampIndex(start, byteLength);
    const to = Math.max(from, clampIndex(end, byteLength));
    return new Blob(FROM_BYTES, { bytes: this.#bytes.subarray(from, to), type: normaliseType(contentType) });
  }

  stream() {
    let rest = this.#bytes;
    return createByteStream({
      expectedLength: rest.byteLength,
      pull(controller) {
        if (rest.byteLength > 0) {
          const chunk = rest.slice(0, STREAM_CHUNK_BYTES);
          rest = rest.subarray(STREAM_CHUNK_BYTES);
          controller.enqueue(chunk);
        }
        if (rest.byteLength === 0) closeByteController(controller);
      },
    });
  }

  async arrayBuffer() {
    return this.#bytes.slice().buffer;
  }

  async bytes() {
    return this.#bytes.slice();
  }

  async text() {
    return decodeUtf8(this.#bytes);
  }

  static {
    bytesIn = (blob) => blob.#bytes;
    isBlobObject = (value) => isObject(value) && #bytes in value;
    defineInterface(Blob);
  }
}

/** A Blob with a name. */
export class File extends Blob {
  #name;
  #lastModified;

  constructor(parts, name, options = undefined) {
    requireArguments(arguments.length, 2, "File");
    super(parts === undefined ? null : parts, options);
    this.#name = toUSVString(name);
    const { lastModified } = toDictionary(options, "File options");
    this.#lastModified = lastModified === undefined ? Date.now() : toLongLong(lastModified);
  }

  get name() {
    return this.#name;
  }

  get lastModified() {
    return this.#lastModified;
  }

  static {
    defineInterface(File);
  }
}

function partsOf(parts) {
  if (parts === undefined) return [];
  if (!isObject(parts) || typeof parts[Symbol.iterator] !== "function") {
    throw new TypeError("Blob: the parts are not a sequence.");
  }
  return [...parts];
}

function bytesOfPart(part, native) {
  if (isBufferSource(part)) return bytesOf(part);
  if (isBlobObject(part)) return bytesIn(part);
  const text = toUSVString(part);
  return encodeUtf8(native ? text.replace(/\r\n?/g, "\n") : text);
}

function checkEndings(endings) {
  if (endings !== "transparent" && endings !== "native")
    throw new TypeError(`Blob: "${endings}" is no kind of line endings.`);
  return endings;
}

function normaliseType(type) {
  if (type === undefined) return "";
  const text = `${type}`;
  return OUTSIDE_TYPE.test(text) ? "" : text.toLowerCase();
}

function clampIndex(value, length) {
  const number = Math.trunc(Number(value)) || 0;
  return number < 0 ? Math.max(length + number, 0) : Math.min(number, length);
}

function toLongLong(value) {
  return Math.trunc(Number(value)) || 0;
}

/** True for Blob and File objects. */
export function isBlob(value) {
  return isBlobObject(value);
}

/** The bytes of a Blob; they must not be changed. */
export function bytesOfBlob(blob) {
  return bytesIn(blob);
}

/** A Blob over bytes that nobody else will change. */
export function blobFromBytes(bytes, type) {
  return new Blob(FROM_BYTES, { bytes, type: normaliseType(type) });
}
