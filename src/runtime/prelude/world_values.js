/** Values of wit/worker.wit as the prelude's protocol has them. */

import { parseJson } from "./primordials.js";

/** The value that a JSON text stands for; a text that is none stands for itself. */
export function valueOf(text) {
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

/** The metrics of a queue. */
export function metricsOfEvent({ backlogCount, backlogBytes, oldestMessageTimestampMs }) {
  return { backlogCount, backlogBytes, oldestMessageTimestamp: oldestMessageTimestampMs ?? null };
}
