/** Delays of messages: https://developers.cloudflare.com/queues/configuration/batching-retries/#delay-messages */

const LONGEST_DELAY_SECONDS = 86_400;

/**
 * Converts a `delaySeconds` option as the IDL type `long` is converted: 1.5 acts as 1, NaN as 0.
 * @param {unknown} value
 * @returns {number} a whole number, perhaps out of range
 */
export function toWholeSeconds(value) {
  const number = Math.trunc(Number(value));
  return number || 0;
}

/**
 * What is wrong with a delay, or undefined when it is in range.
 * @param {number} seconds
 * @returns {string|undefined}
 */
export function delayProblem(seconds) {
  if (seconds >= 0 && seconds <= LONGEST_DELAY_SECONDS) return undefined;
  return `message delay ${seconds} is invalid: must be an integer between 0 and ${LONGEST_DELAY_SECONDS}`;
}
