/** What a producer binding asks for, by the interface `producer` of wit/worker.wit. */

import producer from "qemu-dev:worker/producer@0.1.0";
import { settings } from "./environment.js";
import * as host from "./host.js";
import { stringifyJson } from "./primordials.js";
import { metricsOfEvent } from "./world_values.js";

/** https://developers.cloudflare.com/queues/reference/error-codes/ */
const CODES = {
  __proto__: null,
  "queue-not-found": 10104,
  "batch-delay": 10202,
  "message-delay": 10203,
  "message-size": 10204,
  "batch-size": 10205,
  "batch-count": 10206,
  overloaded: 10250,
  "storage-limit": 10251,
  unavailable: 15000,
};

/**
 * @param {object} operation `send` of src/runtime/protocol
 * @param {Uint8Array} bytes what it refers to
 * @returns {object} the queue's metrics
 */
export function send({ binding, batch, delaySeconds, messages, bodies }, bytes) {
  const all = bodies === undefined ? messages.map((message) => described(message, bytes)) : bodies.map(plain);
  try {
    const metrics = batch
      ? producer.sendBatch(binding, all, delaySeconds)
      : producer.send(binding, { ...all[0], delaySeconds });
    return metricsOfEvent(metrics);
  } catch (error) {
    throw new Error(reason(error.payload, batch ? "sendBatch" : "send"));
  }
}

/**
 * @param {object} operation `metrics` of src/runtime/protocol
 * @returns {object} the queue's metrics
 */
export function measure({ binding }) {
  try {
    return metricsOfEvent(producer.metrics(binding));
  } catch (error) {
    throw new Error(error.payload.message);
  }
}

function reason({ code, message }, method) {
  return settings.flags.exposeErrorCodes ? `${message} (${CODES[code] ?? code})` : `Queue ${method} failed: ${message}`;
}

function plain(body) {
  return { contentType: "json", body: host.encodeUtf8(stringifyJson(body)), delaySeconds: null };
}

function described({ contentType, body, delaySeconds }, bytes) {
  return { contentType, body: encode(contentType, body, bytes), delaySeconds };
}

function encode(contentType, body, bytes) {
  if (contentType === "bytes") return bytes.slice(body[0], body[0] + body[1]);
  return host.encodeUtf8(contentType === "text" ? body : stringifyJson(body));
}
