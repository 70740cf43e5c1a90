/**
 * From the values users give as bodies to the bodies of requests and responses.
 */
import { bytesOfBlob, isBlob } from "./blob.js";
import { BodyState } from "./body.js";
import { isFormData, serialiseMultipart } from "./form_data.js";
import { isReadableStream, ReadableStream, readableStateOf } from "./readable_stream.js";
import { URLSearchParams } from "./url_search_params.js";
import { copyBytesOf, isBufferSource, isObject, toUSVString } from "./webidl.js";

const TEXT_TYPE = "text/plain;charset=UTF-8";
const FORM_TYPE = "application/x-www-form-urlencoded;charset=UTF-8";

/** Extracts a body from a BodyInit value: `{ body, contentType }`; the type is null where there is none. */
export function extractBody(init) {
  if (typeof init === "string") return { body: BodyState.ofText(init.toWellFormed()), contentType: TEXT_TYPE };
  if (isObject(init)) {
    if (isReadableStream(init)) return extractStream(init);
    if (isBufferSource(init)) return { body: BodyState.ofBytes(copyBytesOf(init)), contentType: null };
    if (isBlob(init)) return extractBlob(init);
    if (init instanceof URLSearchParams) return { body: BodyState.ofText(init.toString()), contentType: FORM_TYPE };
    if (isFormData(init)) return extractForm(init);
    if (typeof init[Symbol.asyncIterator] === "function") return extractStream(ReadableStream.from(init));
  }
  return { body: BodyState.ofText(toUSVString(init)), contentType: TEXT_TYPE };
}

function extractStream(stream) {
  const state = readableStateOf(stream);
  if (state.disturbed)
    throw new TypeError("This ReadableStream is disturbed (has already been read from), and cannot be used as a body.");
  if (state.isLocked) throw new TypeError("This ReadableStream is currently locked to a reader.");
  return { body: BodyState.ofStream(stream), contentType: null };
}

function extractBlob(blob) {
  const body = BodyState.ofBytes(bytesOfBlob(blob));
  body.shared = true;
  return { body, contentType: blob.type || null };
}

function extractForm(form) {
  const { bytes, contentType } = serialiseMultipart(form);
  return { body: BodyState.ofBytes(bytes), contentType };
}
