/** node:assert/strict: https://nodejs.org/docs/latest-v20.x/api/assert.html#strict-assertion-mode */

import { strict } from "./node_assert.js";

export const {
  AssertionError,
  CallTracker,
  deepEqual,
  deepStrictEqual,
  doesNotMatch,
  doesNotReject,
  doesNotThrow,
  equal,
  fail,
  ifError,
  match,
  notDeepEqual,
  notDeepStrictEqual,
  notEqual,
  notStrictEqual,
  ok,
  rejects,
  strictEqual,
  throws,
} = strict;
export { strict };
export default strict;
