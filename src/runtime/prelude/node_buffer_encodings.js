/** Text and bytes, by the names Node gives to encodings. */

import { decodeUtf8Lossy, encodeUtf8 } from "./utf8.js";

const BASE64_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE64URL_ALPHABET = `${BASE64_ALPHABET.slice(0, 62)}-_`;
const NOT_HEX = /[^0-9a-fA-F]/;
const BASE64_END = /[^A-Za-z0-9+/\-_]/;
const UNITS_AT_A_TIME = 8192;
const NOT_LATIN1_ASCII = /[^\0-\x7f]/;

/** The engine's own conversions, where it has them. */
const { toBase64, toHex } = Uint8Array.prototype;
const { fromBase64, fromHex } = Uint8Array;
const LOOSE = { lastChunkHandling: "loose" };

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
/** The four bits of a hexadecimal digit, 255 for other characters. */
const HEX_VALUE = new Uint8Array(128).fill(255);
/** The six bits of a base64 character of either alphabet, 255 for others. */
const BASE64_VALUE = new Uint8Array(128).fill(255);
for (let value = 0; value < 16; value++) {
  HEX_VALUE[value.toString(16).charCodeAt(0)] = value;
  HEX_VALUE[value.toString(16).toUpperCase().charCodeAt(0)] = value;
}
for (let value = 0; value < 64; value++) {
  BASE64_VALUE[BASE64_ALPHABET.charCodeAt(value)] = value;
  BASE64_VALUE[BASE64URL_ALPHABET.charCodeAt(value)] = value;
}
/** The two characters of each 12 bits: half as many steps as one character at a time. */
const BASE64_PAIRS = pairsOf(BASE64_ALPHABET);
const BASE64URL_PAIRS = pairsOf(BASE64URL_ALPHABET);

function pairsOf(alphabet) {
  const pairs = new Array(4096);
  for (let bits = 0; bits < 4096; bits++) pairs[bits] = alphabet[bits >> 6] + alphabet[bits & 63];
  return pairs;
}

/** The string whose code units are `bytes`. */
export function latin1Text(bytes) {
  const { length } = bytes;
  if (length <= UNITS_AT_A_TIME) return String.fromCharCode.apply(null, bytes);
  let text = "";
  for (let at = 0; at < length; at += UNITS_AT_A_TIME) {
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + UNITS_AT_A_TIME));
  }
  return text;
}

function asciiText(bytes) {
  const text = latin1Text(bytes);
  return NOT_LATIN1_ASCII.test(text) ? latin1Text(Uint8Array.from(bytes, (byte) => byte & 0x7f)) : text;
}

function latin1Bytes(text) {
  const { length } = text;
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}

function hexText(bytes) {
  if (toHex !== undefined) return toHex.call(bytes);
  let text = "";
  for (let index = 0; index < bytes.length; index++) text += HEX[bytes[index]];
  return text;
}

/** Decoding stops at the first pair that is not hexadecimal. */
function hexBytes(text) {
  if (fromHex !== undefined && text.length % 2 === 0 && !NOT_HEX.test(text)) return fromHex(text);
  const bytes = new Uint8Array(text.length >>> 1);
  for (let index = 0; index < bytes.length; index++) {
    const high = HEX_VALUE[text.charCodeAt(index * 2)] ?? 255;
    const low = HEX_VALUE[text.charCodeAt(index * 2 + 1)] ?? 255;
    if (high === 255 || low === 255) return bytes.subarray(0, index);
    bytes[index] = (high << 4) | low;
  }
  return bytes;
}

function base64Text(bytes, pairs, pad) {
  if (toBase64 !== undefined) {
    return toBase64.call(bytes, { alphabet: pad ? "base64" : "base64url", omitPadding: !pad });
  }
  const { length } = bytes;
  const whole = length - (length % 3);
  let text = "";
  for (let index = 0; index < whole; index += 3) {
    const bits = (bytes[index] << 16) | (bytes[index + 1] << 8) | bytes[index + 2];
    text += pairs[bits >> 12] + pairs[bits & 4095];
  }
  if (length - whole === 1) text += pairs[bytes[whole] << 4] + (pad ? "==" : "");
  if (length - whole === 2) {
    const bits = (bytes[whole] << 8) | bytes[whole + 1];
    text += pairs[bits >> 4] + pairs[(bits & 15) << 8][0] + (pad ? "=" : "");
  }
  return text;
}

/** Both alphabets are accepted, other characters skipped, and the first "=" ends the text. */
function base64Bytes(input) {
  const end = input.indexOf("=");
  let text = end === -1 ? input : input.slice(0, end);
  if (fromBase64 !== undefined) {
    try {
      return fromBase64(text, LOOSE);
    } catch {
      // Characters that are skipped, or the other alphabet: decoded below.
    }
  }
  if (BASE64_END.test(text)) text = text.replace(/[^A-Za-z0-9+/\-_]+/g, "");
  const { length } = text;
  const bytes = new Uint8Array(Math.floor((length * 3) / 4));
  const whole = length - (length % 4);
  let written = 0;
  for (let index = 0; index < whole; index += 4) {
    const bits =
      (BASE64_VALUE[text.charCodeAt(index)] << 18) |
      (BASE64_VALUE[text.charCodeAt(index + 1)] << 12) |
      (BASE64_VALUE[text.charCodeAt(index + 2)] << 6) |
      BASE64_VALUE[text.charCodeAt(index + 3)];
    bytes[written++] = bits >> 16;
    bytes[written++] = bits >> 8;
    bytes[written++] = bits;
  }
  if (length - whole >= 2) {
    const bits = (BASE64_VALUE[text.charCodeAt(whole)] << 6) | BASE64_VALUE[text.charCodeAt(whole + 1)];
    bytes[written++] = bits >> 4;
    if (length - whole === 3) bytes[written++] = (bits << 4) | (BASE64_VALUE[text.charCodeAt(whole + 2)] >> 2);
  }
  return bytes;
}

function utf16Text(bytes) {
  const length = bytes.length >>> 1;
  const units = new Uint16Array(length);
  for (let index = 0; index < length; index++) units[index] = bytes[index * 2] | (bytes[index * 2 + 1] << 8);
  return latin1Text(units);
}

function utf16Bytes(text) {
  const bytes = new Uint8Array(text.length * 2);
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    bytes[index * 2] = unit;
    bytes[index * 2 + 1] = unit >> 8;
  }
  return bytes;
}

/** How many bytes of UTF-8 `text` has. */
function utf8Length(text) {
  if (!NOT_LATIN1_ASCII.test(text)) return text.length;
  let length = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) length += 1;
    else if (unit < 0x800) length += 2;
    else if ((unit & 0xfc00) === 0xd800 && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00) {
      length += 4;
      index++;
    } else length += 3;
  }
  return length;
}

function base64Length(text) {
  let { length } = text;
  if (text.charCodeAt(length - 1) === 0x3d) length--;
  if (length > 1 && text.charCodeAt(length - 1) === 0x3d) length--;
  return (length * 3) >>> 2;
}

/** Keeps whole characters: what fits `limit` bytes of UTF-8. */
function wholeUtf8(bytes, limit) {
  let end = limit;
  while (end > 0 && (bytes[end] & 0xc0) === 0x80) end--;
  return end;
}

/** Keeps whole units of two bytes. */
function wholeUtf16(_, limit) {
  return limit & ~1;
}

const anyByte = (_, limit) => limit;

/**
 * Encoding -> `toText(bytes)`, `toBytes(text)` (lone surrogates in UTF-8 become U+FFFD),
 * `lengthOf(text)` in bytes, `fit(bytes, limit)` how much of it may be written into `limit` bytes.
 */
const utf8 = {
  toText: decodeUtf8Lossy,
  toBytes: encodeUtf8,
  lengthOf: utf8Length,
  fit: wholeUtf8,
};
const utf16le = { toText: utf16Text, toBytes: utf16Bytes, lengthOf: (text) => text.length * 2, fit: wholeUtf16 };
const latin1 = { toText: latin1Text, toBytes: latin1Bytes, lengthOf: (text) => text.length, fit: anyByte };
const ascii = { ...latin1, toText: asciiText };
const hex = { toText: hexText, toBytes: hexBytes, lengthOf: (text) => text.length >>> 1, fit: anyByte };
const base64 = {
  toText: (bytes) => base64Text(bytes, BASE64_PAIRS, true),
  toBytes: base64Bytes,
  lengthOf: base64Length,
  fit: anyByte,
};
const base64url = { ...base64, toText: (bytes) => base64Text(bytes, BASE64URL_PAIRS, false) };

const encodings = {
  __proto__: null,
  utf8,
  "utf-8": utf8,
  hex,
  base64,
  base64url,
  latin1,
  binary: latin1,
  ascii,
  utf16le,
  "utf-16le": utf16le,
  ucs2: utf16le,
  "ucs-2": utf16le,
};
const normalNames = new Map([
  [utf8, "utf8"],
  [utf16le, "utf16le"],
  [latin1, "latin1"],
  [ascii, "ascii"],
  [hex, "hex"],
  [base64, "base64"],
  [base64url, "base64url"],
]);

/** The codec for an encoding's name, or undefined. Nothing and the empty name mean UTF-8. */
export function findEncoding(name) {
  if (name === undefined || name === null || name === "") return utf8;
  return encodings[name] ?? encodings[`${name}`.toLowerCase()];
}

/** The name Node uses for an encoding, or undefined when it knows none of that name. */
export function normalizeEncoding(name) {
  return normalNames.get(findEncoding(name));
}
