/** The host's operations for node:crypto, whose errors are plain ones with a code. */

import * as web from "./crypto_host.js";
import { createNodeError } from "./node_errors.js";

function plain(run) {
  return (operation, parameters, inputs) => {
    try {
      return run(operation, parameters, inputs);
    } catch (error) {
      throw createNodeError(Error, "ERR_CRYPTO_OPERATION_FAILED", error.message);
    }
  };
}

export const operate = plain(web.operate);
export const compute = plain(web.compute);
export const test = plain(web.test);
