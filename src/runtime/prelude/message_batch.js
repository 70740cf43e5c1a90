/**
 * What a queue() handler receives: https://developers.cloudflare.com/queues/configuration/javascript-apis/#messagebatch
 *
 * The data are own properties, as in production, so that a message can be spread and logged.
 * The first decision about a message counts; later ones that contradict it log a warning.
 */

import host from "qemu-dev:engine/host@0.1.0";
import { delayProblem, toWholeSeconds } from "./delays.js";
import { readBytes } from "./operations.js";
import { registerPlatformClass } from "./platform.js";
import { ILLEGAL_INVOCATION } from "./primordials.js";
import { deserialize } from "./structured.js";
import { defineInterface, toDictionary } from "./webidl.js";

const ACK = 1;
const RETRY = 2;

/**
 * The decisions a consumer has taken about one delivery. Those about a message are kept on its record,
 * the object the host's event describes it with.
 */
export class Decisions {
  #records;
  #batch = undefined;
  #batchDelaySeconds = null;

  constructor(records) {
    this.#records = records;
  }

  ackMessage(record) {
    if (this.#batch === ACK) return;
    if (this.#batch === RETRY) return warnMessage("ack", record, "retryAll");
    if (record.decision === RETRY) return warnMessage("ack", record, "retry");
    record.decision = ACK;
  }

  retryMessage(record, options) {
    const delaySeconds = retryDelay(options);
    if (this.#batch === ACK) return warnMessage("retry", record, "ackAll");
    if (record.decision === ACK) return warnMessage("retry", record, "ack");
    record.decision = RETRY;
    record.delaySeconds = delaySeconds;
  }

  ackAll() {
    if (this.#batch === RETRY) return warnBatch("ackAll", "retryAll");
    this.#batch = ACK;
  }

  retryAll(options) {
    const delaySeconds = retryDelay(options);
    if (this.#batch === ACK) return warnBatch("retryAll", "ackAll");
    this.#batch = RETRY;
    this.#batchDelaySeconds = delaySeconds ?? this.#batchDelaySeconds;
  }

  /** JSON text of the members `batch` and `messages` of the outcome operation. */
  toFields() {
    const records = this.#records;
    const entries = [];
    for (let index = 0; index < records.length; index++) {
      const { decision, delaySeconds } = records[index];
      if (decision === ACK) entries.push(ackEntry(index));
      else if (decision === RETRY) entries.push(`[${index},"retry",${delaySeconds}]`);
    }
    return `"batch":${this.#batchText()},"messages":[${entries.join(",")}]`;
  }

  #batchText() {
    if (this.#batch === undefined) return "null";
    return this.#batch === ACK ? '"ack"' : `{"retry":${this.#batchDelaySeconds}}`;
  }
}

const ackEntries = [];

/** The texts are kept: making one costs more than everything else about an ack. */
function ackEntry(index) {
  return (ackEntries[index] ??= `[${index},"ack"]`);
}

function retryDelay(options) {
  const { delaySeconds } = toDictionary(options, "The options of a retry");
  if (delaySeconds === undefined) return null;
  const seconds = toWholeSeconds(delaySeconds);
  const problem = delayProblem(seconds);
  if (problem !== undefined) throw new TypeError(problem);
  return seconds;
}

function warnMessage(called, { id }, earlier) {
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
  #record;
  #decisions;

  constructor(record, decisions) {
    this.#record = record;
    this.#decisions = decisions;
    this.id = record.id;
    this.timestamp = new Date(record.timestamp);
    this.body = record.contentType === "json" ? record.body : decodeBody(record);
    this.attempts = record.attempts;
  }

  retry(options = undefined) {
    if (this == null || !(#record in this)) throw new TypeError(ILLEGAL_INVOCATION);
    this.#decisions.retryMessage(this.#record, options);
  }

  ack() {
    if (this == null || !(#record in this)) throw new TypeError(ILLEGAL_INVOCATION);
    this.#decisions.ackMessage(this.#record);
  }
}

function decodeBody({ contentType, body }) {
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
  const records = event.messages;
  const messages = new Array(records.length);
  for (let index = 0; index < records.length; index++) {
    messages[index] = new Message(records[index], decisions);
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
