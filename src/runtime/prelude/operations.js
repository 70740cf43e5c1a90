/**
 * The exchange with the host: what JavaScript asks for (operations) and what it is told (events).
 *
 * Operations are collected as JSON text fragments and joined once per drain, so that a JSON body is
 * embedded as it is and never escaped twice. Bytes travel beside the JSON and are named by
 * `[offset, length]`. See src/runtime/protocol for every shape.
 *
 * For users of this module:
 *   startOperation("metrics", '"binding":"Q"')        -> { id, promise }   answered by done or failed
 *   startOperation("read", `"stream":3`, readBytes)   -> the done value goes through the decoder first
 *   abandonOperation(id, reason)                      -> tells the host, rejects the promise
 *   emit('{"type":"cancel","stream":3}')              -> an operation without an answer
 *   writeBytes(view)                                  -> '[0,12]', the text to put into a fragment
 *   readBytes([0, 12])                                -> a Uint8Array of its own (only during a tick)
 *   currentBytes()                                    -> all bytes of this tick (only during a tick)
 *   onEvent("pull", (event) => ...)                   -> the one handler of an event type
 *   onDrain(() => ...)                                -> runs at each drain, after all promise jobs
 *   nextStreamId()                                    -> an id for a new guest stream
 */

import { DOMException } from "./errors.js";
import { requireHandler } from "./global_scope.js";
import { createTable, deferred, stringifyJson } from "./primordials.js";

const INITIAL_CAPACITY_BYTES = 4096;
const NO_BYTES = new Uint8Array(0);
const ERROR_CONSTRUCTORS = { __proto__: null, Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

const pending = createTable();
const handlers = { __proto__: null };
const drainHooks = [];
let fragments = [];
let outgoing = NO_BYTES;
let outgoingLength = 0;
let incoming = NO_BYTES;
let lastOperation = 0;
let lastStream = 0;

/**
 * Adds one operation. `fragment` is the JSON text of an object.
 * @param {string} fragment
 */
export function emit(fragment) {
  fragments.push(fragment);
}

/**
 * Starts an operation that the host answers with `done` or `failed`.
 * @param {string} type
 * @param {string} fields JSON text of its members, without braces; may be empty
 * @param {(value: any) => unknown} [decode] turns the answer into what the promise fulfills with. It
 *   runs while the answer is being delivered, so it may use `readBytes`.
 * @returns {{id: number, promise: Promise<any>}}
 */
export function startOperation(type, fields, decode) {
  requireHandler();
  const id = ++lastOperation;
  const { promise, resolve, reject } = deferred();
  pending.set(id, { resolve, reject, decode });
  const separator = fields === "" ? "" : ",";
  fragments.push(`{"type":"${type}","operation":${id}${separator}${fields}}`);
  return { id, promise };
}

/**
 * Gives up on an operation: the host hears of it, and its promise rejects with `reason`.
 * Does nothing when the operation has already been answered.
 * @param {number} id
 * @param {unknown} reason
 */
export function abandonOperation(id, reason) {
  const operation = pending.get(id);
  if (operation === undefined) return;
  pending.delete(id);
  fragments.push(`{"type":"abort","operation":${id}}`);
  operation.reject(reason);
}

/**
 * Copies bytes into the next drain.
 * @param {ArrayBuffer|ArrayBufferView} source
 * @returns {string} the JSON text `[offset,length]` that names them
 */
export function writeBytes(source) {
  const view = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
  const offset = outgoingLength;
  reserve(view.length);
  outgoing.set(view, offset);
  outgoingLength += view.length;
  return `[${offset},${view.length}]`;
}

function reserve(length) {
  const needed = outgoingLength + length;
  if (needed <= outgoing.length) return;
  const grown = new Uint8Array(Math.max(needed, outgoing.length * 2, INITIAL_CAPACITY_BYTES));
  grown.set(outgoing.subarray(0, outgoingLength));
  outgoing = grown;
}

/**
 * Copies the bytes a value of an incoming event names. Only valid while that event is delivered.
 * @param {[number, number]} range offset and length
 * @returns {Uint8Array} a view of a buffer of its own
 */
export function readBytes(range) {
  return incoming.slice(range[0], range[0] + range[1]);
}

/**
 * All bytes that came with the events being delivered. Shared: copy what outlives the delivery.
 * @returns {Uint8Array}
 */
export function currentBytes() {
  return incoming;
}

/**
 * Sets the handler of an event type.
 * @param {string} type
 * @param {(event: object) => void} handler
 */
export function onEvent(type, handler) {
  handlers[type] = handler;
}

/**
 * Adds a function that runs at each drain, when no promise job is left to run.
 * @param {() => void} hook
 */
export function onDrain(hook) {
  drainHooks.push(hook);
}

/**
 * An id for a new guest stream.
 * @returns {number}
 */
export function nextStreamId() {
  return ++lastStream;
}

/**
 * Delivers events in order. A handler that throws is a defect of the prelude and reaches the host.
 * @param {object[]} events
 * @param {Uint8Array} bytes
 */
export function deliver(events, bytes) {
  incoming = bytes;
  try {
    for (let index = 0; index < events.length; index++) {
      const event = events[index];
      handlers[event.type](event);
    }
  } finally {
    incoming = NO_BYTES;
  }
}

/**
 * Takes everything collected since the last call.
 * @returns {{operations: string, bytes: Uint8Array}}
 */
export function takeOperations() {
  for (let index = 0; index < drainHooks.length; index++) drainHooks[index]();
  const operations = "[" + fragments.join(",") + "]";
  const bytes = outgoing.subarray(0, outgoingLength);
  fragments = [];
  outgoing = NO_BYTES;
  outgoingLength = 0;
  return { operations, bytes };
}

/**
 * JSON text of a string that any parser accepts: lone surrogates are replaced.
 * @param {string} text
 * @returns {string}
 */
export function quote(text) {
  return stringifyJson(text.toWellFormed());
}

onEvent("done", (event) => {
  const operation = take(event.operation);
  if (operation === undefined) return;
  const { resolve, reject, decode } = operation;
  try {
    resolve(decode === undefined ? event.value : decode(event.value));
  } catch (error) {
    reject(error);
  }
});

onEvent("failed", (event) => {
  take(event.operation)?.reject(createError(event.error));
});

function take(id) {
  const operation = pending.get(id);
  pending.delete(id);
  return operation;
}

/**
 * The error object for an error the host describes. A name that is no ECMAScript error is a DOMException's.
 * @param {{name: string, message: string}} description
 * @returns {Error}
 */
export function createError({ name, message }) {
  const constructor = ERROR_CONSTRUCTORS[name];
  return constructor === undefined ? new DOMException(message, name) : new constructor(message);
}
