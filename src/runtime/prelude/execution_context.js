/** The `ctx` of a handler: https://developers.cloudflare.com/workers/runtime-apis/context/ */

import { registerPlatformClass } from "./platform.js";
import { ILLEGAL_INVOCATION } from "./primordials.js";
import { defineInterface } from "./webidl.js";

/** What a handler may tell the runtime about its invocation. */
export class ExecutionContext {
  #invocation;

  constructor(invocation, props = {}) {
    this.#invocation = invocation;
    this.props = props;
  }

  waitUntil(promise) {
    if (this == null || !(#invocation in this)) throw new TypeError(ILLEGAL_INVOCATION);
    if (arguments.length === 0) {
      throw new TypeError("Failed to execute 'waitUntil' on 'ExecutionContext': parameter 1 is not of type 'Promise'.");
    }
    this.#invocation.waitUntil(promise);
  }

  passThroughOnException() {
    if (this == null || !(#invocation in this)) throw new TypeError(ILLEGAL_INVOCATION);
    this.#invocation.passThrough = true;
  }
}

defineInterface(ExecutionContext);
registerPlatformClass(ExecutionContext);
