/**
 * What the host reads in memory by itself, as it is much quicker than JSON.stringify: the messages given to
 * sendBatch(). It finds them in the first element of an array that it knows, the mailbox. See src/runtime/heap.
 */

import { isArray, stringifyJson } from "./primordials.js";

/** The host is given all of memory instead. */
const MEMORY = new Uint8Array(0);
/** By these numbers the host finds the mailbox; landmarks.rs has the same. */
const MARKS = { count: 4, first: 0x1d3c5b79, step: 0x01357924 };
/** By this it is seen whether the host reads as JSON.stringify writes. */
const SAMPLE = {
  integer: -42,
  fractions: [0.1, -1.5e300, 1e21, 5e-324, -0, NaN, Infinity],
  flags: [true, false, null, undefined],
  text: 'a "quoted" \\ line\n\u0000\u001f\u007f',
  latin: "caf\u00e9",
  wide: "\u65e5\u672c \ud83d\ude00",
  slice: "0123456789".repeat(300).slice(7, 1500),
  left: undefined,
  nested: [[], {}, [{ deep: [[1]] }]],
  [Symbol("unseen")]: 1,
};

const arrayIterator = Array.prototype[Symbol.iterator];
const mailbox = [0, 0, 0, 0, SAMPLE];
let landmarks;
let read;

/**
 * Has the host read messages, if it knows the memory. Called before the snapshot is taken.
 * @param {{find: Function, takeBodies: Function}} heap the interface of wit/engine.wit
 */
export function readByHost(heap) {
  // One at a time, so that they stand beside each other nowhere else.
  for (let index = 0; index < MARKS.count; index++) mailbox[index] = MARKS.first + index * MARKS.step;
  landmarks = heap.find(MEMORY, stringifyJson(SAMPLE)) ?? undefined;
  mailbox.fill(undefined);
  read = heap.takeBodies;
}

/**
 * Has the host read a batch.
 * @param {unknown} messages what sendBatch() was given
 * @returns {number|undefined} the number under which the host keeps the bodies; none when it is not an array of
 *   messages that are plain values with nothing said beside them
 */
export function takeBodies(messages) {
  if (landmarks === undefined || !isArray(messages) || messages[Symbol.iterator] !== arrayIterator) return undefined;
  mailbox[0] = messages;
  const number = read(MEMORY, landmarks);
  mailbox[0] = undefined;
  return number ?? undefined;
}
