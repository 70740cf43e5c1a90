/**
 * WebSocket as Cloudflare's runtime has it: https://developers.cloudflare.com/workers/runtime-apis/websockets/
 *
 * What carries a socket's messages is its connection: to the host (web_socket_host.js) or to the other end of a
 * pair (web_socket_pair.js). Both have `start(receive)` and `send(message)`; messages are
 * `{ kind: "text", text }`, `{ kind: "bytes", bytes }`, `{ kind: "close", code, reason }`, and, where they arrive,
 * `{ kind: "failure", error }` and `{ kind: "lost" }`.
 */
import { blobFromBytes } from "./blob.js";
import { isEnabled } from "./compatibility.js";
import { CloseEvent, ErrorEvent, MessageEvent } from "./event_kinds.js";
import { Event, EventTarget, defineEventHandler, dispatchTrusted } from "./events.js";
import { currentInvocation } from "./invocation.js";
import { react } from "./primordials.js";
import { checkClose, protocolsOf, targetOf, toMessage } from "./web_socket_arguments.js";
import { openConnection } from "./web_socket_host.js";
import { defineInterface, exactBuffer, requireArguments, toDictionary, toUSVString } from "./webidl.js";

const INTERNAL = Symbol("internal");
const STATES = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 };
const LEGACY_STATES = Object.fromEntries(Object.entries(STATES).map(([name, state]) => [`READY_STATE_${name}`, state]));
const BINARY_TYPES = ["blob", "arraybuffer"];

/** What can be done with a socket, which is not what its readyState says. */
const CONNECTING = 0;
const AWAITING = 1;
const ACCEPTED = 2;
const RELEASED = 3;

const NO_CLOSE_CODE = 1005;
const ABNORMAL = 1006;

/** Whether binary messages are Blobs where nothing else is asked for. */
const STANDARD_BINARY_TYPE = {
  on: "websocket_standard_binary_type",
  off: "no_websocket_standard_binary_type",
  since: "2026-03-17",
};
/** Whether a close that arrives is answered by itself. */
const AUTO_REPLY = {
  on: "web_socket_auto_reply_to_close",
  off: "web_socket_manual_reply_to_close",
  since: "2026-04-07",
};

const NOT_ACCEPTED =
  "You must call one of accept() or state.acceptWebSocket() on this WebSocket before sending messages.";

let abort;
let create;
let isSocket;
let release;

/** One end of a WebSocket. */
export class WebSocket extends EventTarget {
  #stage = CONNECTING;
  #connection = null;
  /** Whose code its listeners are; that invocation may be over when they are called. */
  #invocation = currentInvocation();
  /** The opening handshake while it is under way. */
  #opening = null;
  #url = null;
  #protocol = "";
  #extensions = "";
  #binaryType = isEnabled(STANDARD_BINARY_TYPE) ? "blob" : "arraybuffer";
  #allowsHalfOpen = !isEnabled(AUTO_REPLY);
  #closedIncoming = false;
  #closedOutgoing = false;
  /** Whether what is sent reaches nobody any more. */
  #abortedOutgoing = false;
  /** `{ error }` once something went wrong. */
  #failure = null;

  constructor(url, protocols = undefined) {
    super();
    if (url === INTERNAL) {
      this.#stage = AWAITING;
      this.#connection = protocols;
      return;
    }
    requireArguments(arguments.length, 1, "WebSocket");
    this.#url = toUSVString(url);
    this.#opening = openConnection(targetOf(this.#url), protocolsOf(protocols));
    const run = (listeners) => this.#invocation.enter(listeners);
    react(
      this.#opening.promise,
      (opened) => run(() => this.#opened(opened)),
      (error) => run(() => this.#refused(error)),
    );
  }

  accept(options = undefined) {
    if (this.#stage === CONNECTING || this.#url !== null) {
      throw new TypeError("Websockets obtained from the 'new WebSocket()' constructor cannot call accept");
    }
    if (this.#stage === RELEASED) {
      throw new TypeError("Can't accept() WebSocket that was already used in a response.");
    }
    if (this.#stage === ACCEPTED) return;
    const { allowHalfOpen } = toDictionary(options, "The options of accept()");
    if (allowHalfOpen !== undefined) this.#allowsHalfOpen = Boolean(allowHalfOpen);
    this.#invocation = currentInvocation();
    this.#start();
  }

  send(message) {
    requireArguments(arguments.length, 1, "WebSocket.send");
    const sent = toMessage(message);
    if (this.#closedOutgoing) throw new TypeError("Can't call WebSocket send() after close().");
    if (this.#abortedOutgoing || this.#stage === RELEASED) return;
    this.#requireAccepted();
    this.#connection.send(sent);
  }

  close(code = undefined, reason = undefined) {
    const closing = checkClose(code, reason);
    if (this.#stage === CONNECTING) {
      this.#opening.abandon(new Error("Called close before connection was established."));
      this.#stage = RELEASED;
      return;
    }
    if (this.#closedOutgoing || this.#abortedOutgoing || this.#stage === RELEASED) return;
    this.#requireAccepted();
    if (this.#failure !== null) throw this.#failure.error;
    this.#sendClose(closing.code ?? NO_CLOSE_CODE, closing.reason ?? "");
    this.#releaseIfOver();
  }

  get readyState() {
    if ((this.#closedIncoming && this.#closedOutgoing) || this.#failure !== null) return STATES.CLOSED;
    if (this.#closedIncoming || this.#closedOutgoing) return STATES.CLOSING;
    return this.#stage === CONNECTING ? STATES.CONNECTING : STATES.OPEN;
  }

  get url() {
    return this.#url;
  }

  get protocol() {
    return this.#protocol;
  }

  get extensions() {
    return this.#extensions;
  }

  get binaryType() {
    return this.#binaryType;
  }
  set binaryType(value) {
    const type = `${value}`;
    if (BINARY_TYPES.includes(type)) this.#binaryType = type;
  }

  #requireAccepted() {
    if (this.#stage !== ACCEPTED) throw new TypeError(NOT_ACCEPTED);
  }

  #opened({ connection, protocol, extensions }) {
    this.#connection = connection;
    this.#protocol = protocol;
    this.#extensions = extensions;
    this.#start();
    dispatchTrusted(this, new Event("open"));
  }

  #refused(error) {
    this.#closedIncoming = true;
    this.#fail(error);
    this.#dispatchClose(ABNORMAL, "Failed to establish websocket connection", false);
  }

  #start() {
    this.#stage = ACCEPTED;
    this.#connection.start((message) => this.#invocation.enter(() => this.#receive(message)));
  }

  #receive(message) {
    switch (message.kind) {
      case "text":
        return this.#dispatchMessage(message.text);
      case "bytes":
        return this.#dispatchMessage(this.#binaryData(message.bytes));
      case "close":
        return this.#receiveClose(message.code, message.reason);
      case "failure":
        this.#closedIncoming = true;
        return this.#fail(message.error);
      default:
        return this.#lose();
    }
  }

  #binaryData(bytes) {
    return this.#binaryType === "blob" ? blobFromBytes(bytes, "") : exactBuffer(bytes);
  }

  #receiveClose(code, reason) {
    this.#closedIncoming = true;
    const replies = !this.#allowsHalfOpen && !this.#closedOutgoing && !this.#abortedOutgoing;
    if (replies && this.#stage === ACCEPTED) this.#sendClose(code, reason);
    this.#dispatchClose(code, reason, true);
    this.#releaseIfOver();
  }

  /** The connection ended without a word. */
  #lose() {
    if (this.#closedIncoming) return;
    this.#dispatchClose(ABNORMAL, "WebSocket disconnected without sending Close frame.", false);
    this.#closedIncoming = true;
    this.#abortedOutgoing = true;
    this.#releaseIfOver();
  }

  #sendClose(code, reason) {
    this.#connection.send({ kind: "close", code, reason });
    this.#closedOutgoing = true;
  }

  #releaseIfOver() {
    if (this.#closedIncoming && (this.#closedOutgoing || this.#abortedOutgoing)) this.#stage = RELEASED;
  }

  #fail(error) {
    if (this.#failure !== null) return;
    this.#failure = { error };
    dispatchTrusted(this, new ErrorEvent("error", { message: `Uncaught ${error}`, error }));
    this.#abortedOutgoing = true;
    if (this.#closedIncoming) this.#stage = RELEASED;
  }

  #dispatchMessage(data) {
    dispatchTrusted(this, new MessageEvent("message", { data }));
  }

  #dispatchClose(code, reason, wasClean) {
    dispatchTrusted(this, new CloseEvent("close", { code, reason, wasClean }));
  }

  #release() {
    if (this.#stage === CONNECTING || this.#url !== null) {
      throw new TypeError("Can't return WebSocket in a Response if it was created with `new WebSocket()`");
    }
    if (this.#stage === RELEASED) {
      throw new TypeError("Can't return WebSocket that was already used in a response.");
    }
    if (this.#stage === ACCEPTED) {
      throw new TypeError("Can't return WebSocket in a Response after calling accept().");
    }
    this.#stage = RELEASED;
    return this.#connection.couple();
  }

  static {
    create = (connection) => new WebSocket(INTERNAL, connection);
    abort = (socket, reason) => socket.#connection.abort(reason);
    isSocket = (value) => value !== null && typeof value === "object" && #stage in value;
    release = (socket) => socket.#release();
    defineInterface(WebSocket, "WebSocket", { ...LEGACY_STATES, ...STATES });
    for (const type of ["open", "message", "close", "error"]) defineEventHandler(WebSocket, type);
  }
}

/** The WebSocket over a connection; it is to be accepted or returned in a response. */
export function createWebSocket(connection) {
  return create(connection);
}

/** Cuts a WebSocket that the host has: the signal of its request aborted. */
export function abortWebSocket(socket, reason) {
  abort(socket, reason);
}

/** True for WebSocket objects. */
export function isWebSocket(value) {
  return isSocket(value);
}

/**
 * Gives a WebSocket away in a response.
 * @param {WebSocket} socket
 * @returns {number} the number by which the host knows it
 * @throws {TypeError} when it has been used
 */
export function releaseWebSocket(socket) {
  return release(socket);
}
