/**
 * TextEncoder and TextDecoder of the Encoding Standard, atob and btoa of the HTML Standard.
 */
import * as host from "./host.js";
import { DOMException } from "./errors.js";
import { decode, decodeByHost, encodeUtf8 } from "./utf8.js";
import {
  bytesOf,
  concatenateBytes,
  defineInterface,
  isBufferSource,
  requireArguments,
  toDictionary,
  toDOMString,
  toUSVString,
} from "./webidl.js";

const NO_BYTES = new Uint8Array(0);

/** Encodes text as UTF-8. */
export class TextEncoder {
  get encoding() {
    return "utf-8";
  }

  encode(input = "") {
    return encodeUtf8(toUSVString(input));
  }

  encodeInto(source, destination) {
    requireArguments(arguments.length, 2, "TextEncoder.encodeInto");
    const text = toUSVString(source);
    if (!(destination instanceof Uint8Array)) {
      throw new TypeError("TextEncoder.encodeInto: the destination is not a Uint8Array.");
    }
    const fits = charactersThatFit(text, destination.byteLength);
    const bytes = encodeUtf8(fits === text.length ? text : text.slice(0, fits));
    destination.set(bytes);
    return { read: fits, written: bytes.byteLength };
  }

  static {
    defineInterface(TextEncoder);
  }
}

/** How many code units of well-formed `text` fit `capacity` bytes without splitting a character. */
function charactersThatFit(text, capacity) {
  if (text.length * 3 <= capacity) return text.length;
  let used = 0;
  let index = 0;
  while (index < text.length) {
    const point = text.codePointAt(index);
    used += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (used > capacity) break;
    index += point < 0x10000 ? 1 : 2;
  }
  return index;
}

/** Names of encodings that labels stand for; asking the host costs more than remembering. */
const encodingNames = new Map([
  ["utf-8", "utf-8"],
  ["utf8", "utf-8"],
]);

function encodingForLabel(label) {
  const known = encodingNames.get(label);
  if (known !== undefined) return known;
  const name = host.encodingForLabel(label);
  if (name === null || name === undefined || name === "replacement") {
    throw new RangeError(`"${label}" is not a supported encoding.`);
  }
  const lower = name.toLowerCase();
  encodingNames.set(label, lower);
  return lower;
}

/** Decodes bytes of any encoding of the standard, in one piece or as a stream. */
export class TextDecoder {
  #encoding;
  #fatal;
  #ignoreByteOrderMark;
  #pending = NO_BYTES;
  /** True between two calls of one stream, once its beginning was decoded. */
  #begun = false;
  #streaming = false;

  constructor(label = "utf-8", options = undefined) {
    this.#encoding = encodingForLabel(toDOMString(label));
    const { fatal, ignoreBOM } = toDictionary(options, "TextDecoder options");
    this.#fatal = Boolean(fatal);
    this.#ignoreByteOrderMark = Boolean(ignoreBOM);
  }

  get encoding() {
    return this.#encoding;
  }

  get fatal() {
    return this.#fatal;
  }

  get ignoreBOM() {
    return this.#ignoreByteOrderMark;
  }

  decode(input = undefined, options = undefined) {
    if (input !== undefined && !isBufferSource(input)) {
      throw new TypeError("TextDecoder.decode: the input is neither an ArrayBuffer nor a view on one.");
    }
    const stream = Boolean(toDictionary(options, "TextDecoder.decode options").stream);
    const bytes = input === undefined ? NO_BYTES : bytesOf(input);
    if (!this.#streaming && !stream) return this.#decodeAll(bytes, this.#ignoreByteOrderMark);
    return this.#decodePart(bytes, stream);
  }

  #decodePart(bytes, more) {
    const all = this.#pending.byteLength > 0 ? concatenateBytes([this.#pending, bytes]) : bytes;
    const complete = more ? completeLength(this.#encoding, all) : all.byteLength;
    const keepByteOrderMark = this.#ignoreByteOrderMark || this.#begun;
    this.#pending = complete < all.byteLength ? all.slice(complete) : NO_BYTES;
    this.#streaming = more;
    this.#begun = more && (this.#begun || complete > 0);
    if (complete === 0) return "";
    return this.#decodeAll(all.subarray(0, complete), keepByteOrderMark);
  }

  #decodeAll(bytes, keepByteOrderMark) {
    if (this.#encoding === "utf-8") return decode(bytes, this.#fatal, keepByteOrderMark);
    return decodeByHost(this.#encoding, bytes, this.#fatal, keepByteOrderMark);
  }

  static {
    defineInterface(TextDecoder);
  }
}

const SINGLE_BYTE = /^(?:ibm866|iso-8859-|koi8-|macintosh|windows-|x-mac-cyrillic|x-user-defined)/;

/**
 * How many bytes can be decoded before more arrive. The multi-byte encodings of the old web are decoded
 * in one piece at the end of the stream: their state cannot be told from the bytes alone.
 */
function completeLength(encoding, bytes) {
  if (encoding === "utf-8") return completeUtf8Length(bytes);
  if (encoding === "utf-16le" || encoding === "utf-16be") return completeUtf16Length(encoding, bytes);
  return SINGLE_BYTE.test(encoding) ? bytes.byteLength : 0;
}

function completeUtf8Length(bytes) {
  const { length } = bytes;
  for (let back = 1; back <= Math.min(3, length); back++) {
    const byte = bytes[length - back];
    if ((byte & 0xc0) === 0x80) continue;
    const isPrefix = back < sequenceLength(byte) && (back === 1 || isSecondByte(byte, bytes[length - back + 1]));
    return isPrefix ? length - back : length;
  }
  return length;
}

function sequenceLength(lead) {
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 1;
}

/** Tells whether `byte` may follow `lead`: overlong forms, surrogates and too large values may not. */
function isSecondByte(lead, byte) {
  if (lead === 0xe0) return byte >= 0xa0;
  if (lead === 0xed) return byte <= 0x9f;
  if (lead === 0xf0) return byte >= 0x90;
  return lead !== 0xf4 || byte <= 0x8f;
}

function completeUtf16Length(encoding, bytes) {
  const even = bytes.byteLength & ~1;
  if (even === 0) return 0;
  const high = bytes[encoding === "utf-16le" ? even - 1 : even - 2];
  return (high & 0xfc) === 0xd8 ? even - 2 : even;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUE_OF_CHARACTER = new Uint8Array(128);
for (let value = 0; value < 64; value++) VALUE_OF_CHARACTER[ALPHABET.charCodeAt(value)] = value;
const NOT_A_BYTE = /[^\0-\xff]/;
const ASCII_WHITESPACE = /[\t\n\f\r ]+/g;
const BASE64 = /^[A-Za-z0-9+/]*$/;
const UNITS_AT_A_TIME = 8192;

/** Encodes a string of bytes as base64. Throws an InvalidCharacterError on characters above 255. */
export function btoa(data) {
  requireArguments(arguments.length, 1, "btoa");
  const text = toDOMString(data);
  if (NOT_A_BYTE.test(text)) {
    throw new DOMException(
      "btoa() can only operate on characters in the Latin1 (ISO/IEC 8859-1) range.",
      "InvalidCharacterError",
    );
  }
  let encoded = "";
  const whole = text.length - (text.length % 3);
  for (let index = 0; index < whole; index += 3) {
    const bits = (text.charCodeAt(index) << 16) | (text.charCodeAt(index + 1) << 8) | text.charCodeAt(index + 2);
    encoded += ALPHABET[bits >> 18] + ALPHABET[(bits >> 12) & 63] + ALPHABET[(bits >> 6) & 63] + ALPHABET[bits & 63];
  }
  if (text.length - whole === 1) {
    const bits = text.charCodeAt(whole);
    return `${encoded}${ALPHABET[bits >> 2]}${ALPHABET[(bits & 3) << 4]}==`;
  }
  if (text.length - whole === 2) {
    const bits = (text.charCodeAt(whole) << 8) | text.charCodeAt(whole + 1);
    return `${encoded}${ALPHABET[bits >> 10]}${ALPHABET[(bits >> 4) & 63]}${ALPHABET[(bits & 15) << 2]}=`;
  }
  return encoded;
}

/** Decodes base64 forgivingly into a string of bytes. Throws an InvalidCharacterError. */
export function atob(data) {
  requireArguments(arguments.length, 1, "atob");
  const text = base64Digits(toDOMString(data));
  const units = new Uint8Array(Math.floor((text.length * 3) / 4));
  let written = 0;
  let bits = 0;
  for (let index = 0; index < text.length; index++) {
    bits = ((bits << 6) | VALUE_OF_CHARACTER[text.charCodeAt(index)]) & 0xffffff;
    const phase = index & 3;
    if (phase === 1) units[written++] = bits >> 4;
    else if (phase === 2) units[written++] = bits >> 2;
    else if (phase === 3) units[written++] = bits;
  }
  return binaryString(units);
}

function base64Digits(data) {
  let text = data.replace(ASCII_WHITESPACE, "");
  if (text.length % 4 === 0) text = text.replace(/={1,2}$/, "");
  if (text.length % 4 === 1 || !BASE64.test(text)) {
    throw new DOMException("atob() called with invalid base64-encoded data.", "InvalidCharacterError");
  }
  return text;
}

/** The string whose code units are `bytes`. */
function binaryString(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += UNITS_AT_A_TIME) {
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + UNITS_AT_A_TIME));
  }
  return text;
}
