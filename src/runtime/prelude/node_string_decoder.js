/** node:string_decoder: https://nodejs.org/docs/latest-v20.x/api/string_decoder.html */

import { Buffer } from "./node_buffer.js";
import { findEncoding, normalizeEncoding } from "./node_buffer_encodings.js";
import { unknownEncoding } from "./node_buffer_search.js";
import { invalidArgumentType } from "./node_errors.js";
import { bytesOf } from "./webidl.js";

const NO_BYTES = new Uint8Array(0);

/** How many bytes of a UTF-8 character that has begun at the end of `bytes` have come. */
function incompleteUtf8(bytes) {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back];
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 && byte <= 0xf4 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1;
    return byte <= 0xf4 && back < length && isBeginning(bytes, bytes.length - back) ? back : 0;
  }
  return 0;
}

/** Whether the second byte, if there is one, can follow the first. */
function isBeginning(bytes, at) {
  const [lead, second] = [bytes[at], bytes[at + 1]];
  if (second === undefined) return true;
  if (lead === 0xe0) return second >= 0xa0;
  if (lead === 0xed) return second <= 0x9f;
  if (lead === 0xf0) return second >= 0x90;
  return lead !== 0xf4 || second <= 0x8f;
}

function incompleteUtf16(bytes) {
  const odd = bytes.length % 2;
  const last = bytes[bytes.length - odd - 1];
  return bytes.length >= 2 && last >= 0xd8 && last <= 0xdb ? odd + 2 : odd;
}

const INCOMPLETE = {
  utf8: incompleteUtf8,
  utf16le: incompleteUtf16,
  base64: (bytes) => bytes.length % 3,
  base64url: (bytes) => bytes.length % 3,
};

/** How many bytes the character has that begins with `lead`. */
function characterLength(encoding, lead) {
  if (encoding === "utf8") return lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  return encoding === "utf16le" ? 2 : 3;
}

/** Turns chunks of bytes into text without breaking characters. A function, as old code inherits from it. */
export function StringDecoder(encoding) {
  const name = normalizeEncoding(encoding);
  if (name === undefined) throw unknownEncoding(encoding);
  this.encoding = name;
  Object.defineProperty(this, "pending", { value: NO_BYTES, writable: true });
}

Object.assign(StringDecoder.prototype, {
  write(chunk) {
    if (typeof chunk === "string") return chunk;
    if (!ArrayBuffer.isView(chunk)) throw invalidArgumentType("buf", ["Buffer", "TypedArray", "DataView"], chunk);
    const view = bytesOf(chunk);
    const bytes = this.pending.length > 0 ? Buffer.concat([this.pending, view]) : view;
    const incomplete = INCOMPLETE[this.encoding]?.(bytes) ?? 0;
    const complete = bytes.length - incomplete;
    this.pending = incomplete > 0 ? bytes.slice(complete) : NO_BYTES;
    return complete === 0 ? "" : findEncoding(this.encoding).toText(bytes.subarray(0, complete));
  },

  end(chunk = undefined) {
    const text = chunk === undefined ? "" : this.write(chunk);
    const rest = this.pending;
    this.pending = NO_BYTES;
    return rest.length === 0 ? text : text + findEncoding(this.encoding).toText(rest);
  },

  text(chunk, offset) {
    this.pending = NO_BYTES;
    return this.write(chunk.slice(offset));
  },
});

Object.defineProperties(StringDecoder.prototype, {
  lastChar: {
    enumerable: true,
    configurable: true,
    get() {
      return Buffer.from(this.pending);
    },
  },
  lastNeed: {
    enumerable: true,
    configurable: true,
    get() {
      return this.pending.length === 0 ? 0 : this.lastTotal - this.pending.length;
    },
  },
  lastTotal: {
    enumerable: true,
    configurable: true,
    get() {
      return this.pending.length === 0 ? 0 : characterLength(this.encoding, this.pending[0]);
    },
  },
});

export default { StringDecoder };
