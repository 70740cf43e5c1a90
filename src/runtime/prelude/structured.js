/**
 * Structured clone: https://html.spec.whatwg.org/multipage/structured-data.html
 *
 * A value is first encoded as a tree that JSON can carry, then decoded to its copy. A plain object is
 * itself; every array in the tree is tagged: its first element says what the rest means (see the decoders).
 * Objects are numbered in the order both sides meet them, and `["ref", n]` stands for one met before.
 */

import { stringifyJson } from "./primordials.js";
import { decodeTree } from "./structured_decode.js";
import { cloneError, Encoder, isDetached } from "./structured_encode.js";
import { toDictionary } from "./webidl.js";

const { apply } = Reflect;
const transferBuffer = ArrayBuffer.prototype.transfer;
const sliceBuffer = ArrayBuffer.prototype.slice;
/** How many characters one String.fromCharCode call makes. */
const CHARACTERS_PER_CALL = 8192;

/**
 * Serialises for content type `v8`.
 * @param {unknown} value
 * @returns {{json: string, byteLength: number}} JSON text for `deserialize` (parsed), and about the size
 *   V8's own format would have
 */
export function serialize(value) {
  const encoder = new Encoder(encodeBufferAsText);
  const tree = encoder.encode(value);
  return { json: stringifyJson(tree), byteLength: encoder.byteLength };
}

/**
 * The value of a parsed JSON text made by `serialize`.
 * @param {unknown} tree
 * @returns {unknown}
 */
export function deserialize(tree) {
  return decodeTree(tree, decodeBufferFromText);
}

/**
 * The global structuredClone().
 * @param {unknown} value
 * @param {{transfer?: Iterable<ArrayBuffer>}} [options]
 * @returns {unknown}
 */
export function structuredClone(value, options = undefined) {
  if (arguments.length === 0) throw new TypeError("structuredClone: 1 argument required, but only 0 present.");
  const { transfer } = toDictionary(options, "The options of structuredClone()");
  const transferred = toTransferList(transfer);
  const buffers = [];
  const keep = (buffer) => buffers.push(transferred.has(buffer) ? buffer : apply(sliceBuffer, buffer, [0])) - 1;
  const tree = new Encoder(keep).encode(value);
  const moved = new Map();
  for (const buffer of transferred) moved.set(buffer, apply(transferBuffer, buffer, []));
  return decodeTree(tree, (index) => moved.get(buffers[index]) ?? buffers[index]);
}

function toTransferList(transfer) {
  const buffers = new Set();
  for (const item of transfer ?? []) {
    if (!(item instanceof ArrayBuffer)) throw cloneError("A value of the transfer list could not be transferred.");
    if (isDetached(item)) throw cloneError("An ArrayBuffer is detached and could not be transferred.");
    if (buffers.has(item)) throw cloneError("The transfer list has an ArrayBuffer twice.");
    buffers.add(item);
  }
  return buffers;
}

/** A buffer in JSON: a string with one character a byte. */
function encodeBufferAsText(buffer) {
  const bytes = new Uint8Array(buffer);
  let text = "";
  for (let offset = 0; offset < bytes.length; offset += CHARACTERS_PER_CALL) {
    text += String.fromCharCode.apply(null, bytes.subarray(offset, offset + CHARACTERS_PER_CALL));
  }
  return text;
}

function decodeBufferFromText(text) {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes.buffer;
}
