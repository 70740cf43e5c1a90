/**
 * The exports of wit/worker.wit, for components that `qemu-dev build` makes: each call is one invocation of the
 * Worker's handler, from its beginning to its end.
 */

import { invoke } from "./world_loop.js";
import { decodeUtf8Lossy } from "./utf8.js";
import { Turn } from "./world_turn.js";
import { metricsOfEvent, valueOf } from "./world_values.js";

/** What the host has as `turns`: its return is not waited for, but runs all jobs. See src/runtime/engine/jobs.rs. */
export const turns = {
  async turn() {},
};

/** The interface `consumer`. */
export const consumer = {
  queue({ queue, messages, metrics }) {
    const turn = new Turn();
    const event = {
      type: "queue",
      queue,
      ids: messages.map(({ id }) => id),
      timestamps: messages.map(({ timestampMs }) => timestampMs),
      attempts: messages.map(({ attempts }) => attempts),
      contentTypes: messages.map(({ contentType }) => contentType),
      bodies: messages.map((message) => bodyOf(message, turn)),
      metrics: metricsOfEvent(metrics),
    };
    const { error, outcome } = invoke(event, turn);
    const decided = decisions(outcome, messages.length);
    if (error === undefined) return { ...decided, failure: null };
    if (decided.messages.length === 0 && decided.batch === null) throw error;
    return { ...decided, failure: error };
  },
};

/** The interface `scheduler`. */
export const scheduler = {
  scheduled({ cron, scheduledTimeMs }) {
    const { error } = invoke({ type: "scheduled", cron, scheduledTime: scheduledTimeMs });
    if (error !== undefined) throw error;
  },
};

/** The body of a message as the protocol has it: a value, or a range of the turn's bytes. */
function bodyOf({ contentType, body }, turn) {
  const bytes = Uint8Array.from(body);
  if (contentType === "bytes") return turn.bytes(bytes);
  const text = decodeUtf8Lossy(bytes);
  return contentType === "text" ? text : valueOf(text);
}

function decisions(outcome, count) {
  if (outcome === undefined) return { messages: [], batch: null };
  const { batch, messages } = outcome;
  const all = messages === "ack" ? Array.from({ length: count }, (_, index) => [index, "ack"]) : messages;
  return {
    messages: all.map(([index, verb, delay]) => ({ index, decision: decision(verb, delay) })),
    batch: batch === null ? null : batch === "ack" ? decision("ack") : decision("retry", batch.retry),
  };
}

function decision(verb, delaySeconds) {
  return verb === "ack" ? { tag: "ack" } : { tag: "retry", val: delaySeconds };
}
