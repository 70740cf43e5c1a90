/**
 * What a queue() handler receives: https://developers.cloudflare.com/queues/configuration/javascript-apis/#messagebatch
 *
 * The data are own properties, as in production, so that a message can be spread and logged.
 * The first decision about a message counts; later ones that contradict it log a warning.
 */

import * as host from "./host.js";
import { delayProblem, toWholeSeconds } from "./delays.js";
import { readBytes } from "./operations.js";
import { registerPlatformClass } from "./platform.js";
import { ILLEGAL_INVOCATION } from "./primordials.js";
import { deserialize } from "./structured.js";
import { defineInterface, toDictionary } from "./webidl.js";

const ACK = 1;
const RETRY = 2;

/** The decisions a consumer has taken about one delivery; messages are named by their index in it. */
export class Decisions {
  #ids;
  #verbs = [];
  #delaysSeconds = [];
  #acknowledged = 0;
  #batch = undefined;
  #batchDelaySeconds = null;
  #tell;
  #isTold = false;

  /**
   * @param {string[]} ids the messages'
   * @param {() => void} tell called with the first decision, and with the first after each `toFields`
   */
  constructor(ids, tell) {
    this.#ids = ids;
    this.#tell = tell;
  }

  #told() {
    if (this.#isTold) return;
    this.#isTold = true;
    this.#tell();
  }

  ackMessage(index) {
    const verb = this.#verbs[index];
    if (verb !== undefined || this.#batch !== undefined) return this.#refuseAck(index, verb);
    this.#verbs[index] = ACK;
    this.#acknowledged++;
    if (!this.#isTold) this.#told();
  }

  #refuseAck(index, verb) {
    if (this.#batch === RETRY) warnMessage("ack", this.#ids[index], "retryAll");
    else if (this.#batch === undefined && verb === RETRY) warnMessage("ack", this.#ids[index], "retry");
  }

  retryMessage(index, options) {
    const delaySeconds = retryDelay(options);
    if (this.#batch === ACK) return warnMessage("retry", this.#ids[index], "ackAll");
    if (this.#verbs[index] === ACK) return warnMessage("retry", this.#ids[index], "ack");
    this.#verbs[index] = RETRY;
    this.#delaysSeconds[index] = delaySeconds;
    this.#told();
  }

  ackAll() {
    if (this.#batch === RETRY) return warnBatch("ackAll", "retryAll");
    this.#batch = ACK;
    this.#told();
  }

  retryAll(options) {
    const delaySeconds = retryDelay(options);
    if (this.#batch === ACK) return warnBatch("retryAll", "ackAll");
    this.#batch = RETRY;
    this.#batchDelaySeconds = delaySeconds ?? this.#batchDelaySeconds;
    this.#told();
  }

  /** JSON text of the members `batch` and `messages` of the outcome operation. */
  toFields() {
    this.#isTold = false;
    const allAcknowledged = this.#acknowledged === this.#ids.length && this.#acknowledged > 0;
    const messages = allAcknowledged ? '"ack"' : this.#messagesText();
    return `"batch":${this.#batchText()},"messages":${messages}`;
  }

  #messagesText() {
    const verbs = this.#verbs;
    const entries = [];
    for (let index = 0; index < verbs.length; index++) {
      if (verbs[index] === ACK) entries.push(`[${index},"ack"]`);
      else if (verbs[index] === RETRY) entries.push(`[${index},"retry",${this.#delaysSeconds[index]}]`);
    }
    return `[${entries.join(",")}]`;
  }

  #batchText() {
    if (this.#batch === undefined) return "null";
    return this.#batch === ACK ? '"ack"' : `{"retry":${this.#batchDelaySeconds}}`;
  }
}

function retryDelay(options) {
  const { delaySeconds } = toDictionary(options, "The options of a retry");
  if (delaySeconds === undefined) return null;
  const seconds = toWholeSeconds(delaySeconds);
  const problem = delayProblem(seconds);
  if (problem !== undefined) throw new TypeError(problem);
  return seconds;
}

function warnMessage(called, id, earlier) {
  host.log(
    "warn",
    `Received a call to ${called}() on message ${id} after ${earlier}() was already called. ` +
      `Calling ${called}() on a message after calling ${earlier}() has no effect.`,
  );
}

function warnBatch(called, earlier) {
  host.log(
    "warn",
    `Received a call to ${called}() after ${earlier}() was already called. ` +
      `Calling ${called}() after calling ${earlier}() has no effect.`,
  );
}

/** One message of a batch. */
export class Message {
  #index;
  #decisions;

  constructor(index, decisions, id, timestamp, body, attempts) {
    this.#index = index;
    this.#decisions = decisions;
    this.id = id;
    this.timestamp = timestamp;
    this.body = body;
    this.attempts = attempts;
  }

  retry(options = undefined) {
    if (this == null || !(#decisions in this)) throw new TypeError(ILLEGAL_INVOCATION);
    this.#decisions.retryMessage(this.#index, options);
  }

  ack() {
    if (this == null || !(#decisions in this)) throw new TypeError(ILLEGAL_INVOCATION);
    this.#decisions.ackMessage(this.#index);
  }
}

function decodeBody(contentType, body) {
  switch (contentType) {
    case "bytes":
      return readBytes(body);
    case "v8":
      return deserialize(body);
    default:
      return body;
  }
}

/** A batch of messages of one queue. */
export class MessageBatch {
  #decisions;

  constructor(event, decisions) {
    this.#decisions = decisions;
    assignBatchMembers(this, event, decisions);
  }

  retryAll(options = undefined) {
    if (this == null || !(#decisions in this)) throw new TypeError(ILLEGAL_INVOCATION);
    this.#decisions.retryAll(options);
  }

  ackAll() {
    if (this == null || !(#decisions in this)) throw new TypeError(ILLEGAL_INVOCATION);
    this.#decisions.ackAll();
  }
}

/**
 * Puts the data of a delivery on a batch or, in service-worker syntax, on a queue event.
 * @param {object} target
 * @param {object} event the protocol's queue event
 * @param {Decisions} decisions
 */
export function assignBatchMembers(target, event, decisions) {
  const { ids, timestamps, bodies, attempts, contentTypes } = event;
  const sameTimestamp = typeof timestamps === "number";
  const sameAttempts = typeof attempts === "number";
  const messages = [];
  for (let index = 0; index < ids.length; index++) {
    const timestamp = new Date(sameTimestamp ? timestamps : timestamps[index]);
    const body = contentTypes === undefined ? bodies[index] : decodeBody(contentTypes[index], bodies[index]);
    const attempt = sameAttempts ? attempts : attempts[index];
    messages[index] = new Message(index, decisions, ids[index], timestamp, body, attempt);
  }
  target.messages = messages;
  target.queue = event.queue;
  target.metadata = { metrics: toMetrics(event.metrics) };
}

/**
 * The metrics of a queue as JavaScript sees them.
 * @param {{backlogCount: number, backlogBytes: number, oldestMessageTimestamp: number|null}} record
 */
export function toMetrics({ backlogCount, backlogBytes, oldestMessageTimestamp }) {
  return {
    backlogCount,
    backlogBytes,
    oldestMessageTimestamp: oldestMessageTimestamp == null ? undefined : new Date(oldestMessageTimestamp),
  };
}

for (const constructor of [Message, MessageBatch]) {
  defineInterface(constructor);
  registerPlatformClass(constructor);
}
