/**
 * What a Worker may not do while its script is evaluated: I/O, timers and randomness belong to handlers.
 * https://developers.cloudflare.com/workers/runtime-apis/handlers/
 */

const DISALLOWED =
  "Disallowed operation called within global scope. Asynchronous I/O (ex: fetch() or connect()), setting a timeout, " +
  "and generating random values are not allowed within global scope. To fix this error, perform this operation " +
  "within a handler. https://developers.cloudflare.com/workers/runtime-apis/handlers/";

let evaluating = true;

/** The script is evaluated: from now on there are only handlers. */
export function leaveGlobalScope() {
  evaluating = false;
}

/** Throws while the script is evaluated. */
export function requireHandler() {
  if (evaluating) throw new Error(DISALLOWED);
}
