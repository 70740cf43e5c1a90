/** Arguments and results of calls between Workers: structured clones. */

import { DOMException } from "./errors.js";
import { deserialize, serialize } from "./structured.js";

/**
 * JSON text of a value that goes to another Worker.
 * @param {unknown} value
 * @param {string} method the method it goes to or comes from
 */
export function encodeForCall(value, method) {
  try {
    return serialize(value).json;
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== "DataCloneError") throw error;
    const rule = "qemu-dev passes the arguments and results of RPC by structured clone: no functions, RpcTargets or streams";
    throw new DOMException(`${method}(): ${error.message} (${rule})`, "DataCloneError");
  }
}

/** The value of a parsed JSON text that came from another Worker. */
export function decodeForCall(tree) {
  return deserialize(tree);
}
