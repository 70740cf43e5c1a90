/** https://developers.cloudflare.com/workers/runtime-apis/performance/ */

import { currentTimeMs } from "./primordials.js";
import { defineInterface } from "./webidl.js";

class Performance {
  /** Workers count from the Unix epoch. */
  get timeOrigin() {
    return 0;
  }

  now() {
    return currentTimeMs();
  }

  toJSON() {
    return { timeOrigin: this.timeOrigin };
  }
}

defineInterface(Performance);

/** The global `performance`. */
export const performance = new Performance();
