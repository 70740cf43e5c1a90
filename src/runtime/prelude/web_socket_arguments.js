/** What Workers hand to a WebSocket, checked as Cloudflare's runtime does. */
import { bytesOfBlob, isBlob } from "./blob.js";
import { isEnabled } from "./compatibility.js";
import { DOMException } from "./errors.js";
import { URL } from "./url.js";
import { encodeUtf8 } from "./utf8.js";
import { bytesOf, isBufferSource, isObject, toUSVString } from "./webidl.js";

/** A token of RFC 9110, which a subprotocol is: https://datatracker.ietf.org/doc/html/rfc6455#section-4.1 */
const SUBPROTOCOL = /^[\x21-\x7e]+$/;
const SEPARATORS = /[()<>@,;:\\/[\]?={}]/;
/** Codes that never travel: https://datatracker.ietf.org/doc/html/rfc6455#section-7.4.1 */
const RESERVED_CODES = [1004, 1005, 1006, 1015];
const REASON_BYTES_MAX = 123;

/** Whether a reason that does not fit into a frame is refused. */
const REASON_LIMIT = {
  on: "websocket_close_reason_byte_limit",
  off: "no_websocket_close_reason_byte_limit",
  since: "2026-03-03",
};

/**
 * Where a client connects to.
 * @param {string} url as the Worker wrote it
 * @returns {string} the URL of the opening request
 */
export function targetOf(url) {
  if (!URL.canParse(url)) throw syntaxError("The url is invalid.");
  const { href, protocol } = new URL(url);
  if (protocol !== "ws:" && protocol !== "wss:") throw syntaxError("The url scheme must be ws or wss.");
  if (href.includes("#")) throw syntaxError("The url fragment must be empty.");
  return `http${href.slice("ws".length)}`;
}

/**
 * The subprotocols a client asks for.
 * @param {string | Iterable<string>} [protocols]
 * @returns {string} the value of the header; empty for none
 */
export function protocolsOf(protocols) {
  if (protocols === undefined) return "";
  if (!isObject(protocols)) return checkProtocol(`${protocols}`, "The protocol header token is invalid.");
  const tokens = [];
  for (const protocol of protocols) {
    const token = checkProtocol(`${protocol}`, "One of the protocol header tokens is invalid.");
    if (tokens.includes(token)) throw syntaxError("The protocols header cannot have repeating values.");
    tokens.push(token);
  }
  return tokens.join(", ");
}

function checkProtocol(token, complaint) {
  if (!SUBPROTOCOL.test(token) || SEPARATORS.test(token)) throw syntaxError(complaint);
  return token;
}

function syntaxError(complaint) {
  return new DOMException(`WebSocket Constructor: ${complaint}`, "SyntaxError");
}

/**
 * What is sent for an argument of `send()`.
 * @param {string | ArrayBuffer | ArrayBufferView | Blob} data
 */
export function toMessage(data) {
  if (isBufferSource(data)) return { kind: "bytes", bytes: bytesOf(data).slice() };
  if (isBlob(data)) return { kind: "bytes", bytes: bytesOfBlob(data) };
  return { kind: "text", text: toUSVString(data) };
}

/**
 * Checks the arguments of `close()`.
 * @returns {{code: number|undefined, reason: string|undefined}}
 */
export function checkClose(code, reason) {
  const closing = {
    code: code === undefined ? undefined : Number(code) | 0,
    reason: reason === undefined ? undefined : toUSVString(reason),
  };
  if (closing.code !== undefined && !mayBeSent(closing.code)) {
    throw new DOMException(`Invalid WebSocket close code: ${closing.code}.`, "InvalidAccessError");
  }
  if (closing.reason === undefined) return closing;
  if (isEnabled(REASON_LIMIT) && encodeUtf8(closing.reason).byteLength > REASON_BYTES_MAX) {
    const complaint = "WebSocket close reason must not be longer than 123 bytes when UTF-8 encoded.";
    throw new DOMException(complaint, "SyntaxError");
  }
  if (closing.code === undefined) {
    const complaint = "If you specify a WebSocket close reason, you must also specify a code.";
    throw new DOMException(complaint, "InvalidAccessError");
  }
  return closing;
}

function mayBeSent(code) {
  return code >= 1000 && code < 5000 && !RESERVED_CODES.includes(code);
}
