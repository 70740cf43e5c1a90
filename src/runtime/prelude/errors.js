/**
 * DOMException, and the description of thrown values for the host.
 */

import * as host from "./host.js";
import { inspect } from "./inspect.js";
import { stringifyJson } from "./primordials.js";
import { defineInterface, isObject } from "./webidl.js";

const DEEPEST_CAUSE = 8;

/** Constant, code and, where it is still in use, name: https://webidl.spec.whatwg.org/#dfn-error-names-table */
const LEGACY_CODES = [
  ["INDEX_SIZE_ERR", 1, "IndexSizeError"],
  ["DOMSTRING_SIZE_ERR", 2],
  ["HIERARCHY_REQUEST_ERR", 3, "HierarchyRequestError"],
  ["WRONG_DOCUMENT_ERR", 4, "WrongDocumentError"],
  ["INVALID_CHARACTER_ERR", 5, "InvalidCharacterError"],
  ["NO_DATA_ALLOWED_ERR", 6],
  ["NO_MODIFICATION_ALLOWED_ERR", 7, "NoModificationAllowedError"],
  ["NOT_FOUND_ERR", 8, "NotFoundError"],
  ["NOT_SUPPORTED_ERR", 9, "NotSupportedError"],
  ["INUSE_ATTRIBUTE_ERR", 10, "InUseAttributeError"],
  ["INVALID_STATE_ERR", 11, "InvalidStateError"],
  ["SYNTAX_ERR", 12, "SyntaxError"],
  ["INVALID_MODIFICATION_ERR", 13, "InvalidModificationError"],
  ["NAMESPACE_ERR", 14, "NamespaceError"],
  ["INVALID_ACCESS_ERR", 15, "InvalidAccessError"],
  ["VALIDATION_ERR", 16],
  ["TYPE_MISMATCH_ERR", 17, "TypeMismatchError"],
  ["SECURITY_ERR", 18, "SecurityError"],
  ["NETWORK_ERR", 19, "NetworkError"],
  ["ABORT_ERR", 20, "AbortError"],
  ["URL_MISMATCH_ERR", 21, "URLMismatchError"],
  ["QUOTA_EXCEEDED_ERR", 22, "QuotaExceededError"],
  ["TIMEOUT_ERR", 23, "TimeoutError"],
  ["INVALID_NODE_TYPE_ERR", 24, "InvalidNodeTypeError"],
  ["DATA_CLONE_ERR", 25, "DataCloneError"],
];
const codeOfName = new Map(LEGACY_CODES.map(([, code, name]) => [name, code]));

/** The exception of the web platform: https://webidl.spec.whatwg.org/#idl-DOMException */
export class DOMException extends Error {
  #message;
  #name;

  constructor(message = "", nameOrOptions = "Error") {
    super();
    const options = isObject(nameOrOptions) ? nameOrOptions : undefined;
    this.#message = `${message}`;
    this.#name = `${options === undefined ? nameOrOptions : options.name ?? "Error"}`;
    if (options !== undefined && "cause" in options) {
      Object.defineProperty(this, "cause", { value: options.cause, writable: true, configurable: true });
    }
    Error.captureStackTrace(this, DOMException);
  }

  get name() {
    return this.#name;
  }

  get message() {
    return this.#message;
  }

  get code() {
    return codeOfName.get(this.#name) ?? 0;
  }
}

defineInterface(DOMException, "DOMException", Object.fromEntries(LEGACY_CODES));

/**
 * JSON text of the protocol's ERROR for anything that was thrown.
 * @param {unknown} thrown
 * @returns {string}
 */
export function describeError(thrown) {
  return stringifyJson(description(thrown, 0));
}

function description(thrown, depth) {
  if (!isObject(thrown)) return plainDescription(thrown);
  try {
    const { name, message, stack, cause } = thrown;
    if (!(thrown instanceof Error) && typeof message !== "string") return plainDescription(thrown);
    return {
      name: typeof name === "string" ? name.toWellFormed() : "Error",
      message: `${message}`.toWellFormed(),
      stack: typeof stack === "string" ? stack.toWellFormed() : "",
      cause: cause === undefined || depth === DEEPEST_CAUSE ? undefined : description(cause, depth + 1),
    };
  } catch {
    return { name: "Error", message: "an object that throws when it is looked at", stack: "" };
  }
}

function plainDescription(thrown) {
  const message = typeof thrown === "string" ? thrown : inspect(thrown);
  return { name: "Error", message: message.toWellFormed(), stack: "" };
}

let collected = null;

/**
 * Logs an error that nothing caught, or hands it to the `collectUncaught` under way.
 * @param {unknown} thrown
 */
export function logUncaught(thrown) {
  if (collected !== null) collected.push(thrown);
  else host.log("error", `Uncaught ${inspect(thrown)}`);
}

/**
 * Runs code whose uncaught errors are to be handled instead of logged.
 * @param {() => void} run
 * @returns {unknown[]} the errors
 */
export function collectUncaught(run) {
  const outer = collected;
  const errors = [];
  collected = errors;
  try {
    run();
  } finally {
    collected = outer;
  }
  return errors;
}

/**
 * The global reportError(): https://html.spec.whatwg.org/multipage/webappapis.html#dom-reporterror
 * @param {unknown} error
 */
export function reportError(error) {
  if (arguments.length === 0) throw new TypeError("reportError: 1 argument required, but only 0 present.");
  logUncaught(error);
}
