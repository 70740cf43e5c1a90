/**
 * UTF-8 in JavaScript for short texts, where a call to the host would cost more than the work itself.
 */
import * as host from "./host.js";

/** Up to this many characters or bytes the work is done here. */
const SHORT_TEXT = 32;
const SHORT_BYTES = 128;
const NOT_ASCII = /[^\0-\x7f]/;
const BYTE_ORDER_MARK = 0xfeff;

/** UTF-8 of `text`; lone surrogates become U+FFFD. */
export function encodeUtf8(text) {
  const { length } = text;
  if (length > SHORT_TEXT) return host.encodeUtf8(text);
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index++) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f) return host.encodeUtf8(text);
    bytes[index] = unit;
  }
  return bytes;
}

/** Decodes as the standard's "UTF-8 decode": a byte order mark is dropped, errors become U+FFFD. */
export function decodeUtf8(bytes) {
  return decode(bytes, false, false);
}

/** Decodes without looking for a byte order mark; errors become U+FFFD. */
export function decodeUtf8Lossy(bytes) {
  return decode(bytes, false, true);
}

/** Decodes with the options of a TextDecoder. Throws a TypeError on bad bytes when `fatal`. */
export function decode(bytes, fatal, keepByteOrderMark) {
  if (bytes.byteLength > SHORT_BYTES) return decodeByHost("utf-8", bytes, fatal, keepByteOrderMark);
  const units = String.fromCharCode.apply(null, bytes);
  if (!NOT_ASCII.test(units)) return units;
  let text;
  try {
    text = decodeURIComponent(escape(units));
  } catch {
    return decodeByHost("utf-8", bytes, fatal, keepByteOrderMark);
  }
  return !keepByteOrderMark && text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
}

/** Decodes all of `bytes` by the host. */
export function decodeByHost(encoding, bytes, fatal, keepByteOrderMark) {
  try {
    return host.decodeText(encoding, fatal, keepByteOrderMark, bytes);
  } catch (error) {
    throw new TypeError(error?.payload ?? "The encoded data was not valid.");
  }
}
