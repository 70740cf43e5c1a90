/** Operations of the host's cryptography; src/runtime/host/crypto names them. */

import * as host from "./host.js";
import { DOMException } from "./errors.js";
import { stringifyJson } from "./primordials.js";

/**
 * Carries out an operation. Failures throw as the host names them.
 * @param {string} operation
 * @param {object} parameters
 * @param {Uint8Array[]} inputs
 * @returns {{description: string, outputs: Uint8Array[]}}
 */
export function operate(operation, parameters, inputs) {
  try {
    return host.crypto(operation, stringifyJson(parameters), inputs);
  } catch (error) {
    throw exceptionOf(error);
  }
}

/** An operation with one result. */
export function compute(operation, parameters, inputs) {
  return operate(operation, parameters, inputs).outputs[0];
}

/** An operation that answers yes or no. */
export function test(operation, parameters, inputs) {
  return operate(operation, parameters, inputs).description === "true";
}

function exceptionOf(error) {
  const failure = error?.payload;
  if (failure === undefined) return error;
  return new DOMException(failure.message, failure.name);
}

/** The exception with one of the names of the Web Cryptography API. */
export function cryptoError(name, message) {
  return new DOMException(message, name);
}
