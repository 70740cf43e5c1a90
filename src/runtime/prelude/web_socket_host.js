/**
 * WebSockets that the host carries, by number. Messages of one arrive as events once it is accepted; each is
 * JavaScript of its own.
 */
import { abandonOperation, createError, emit, onEvent, quote, readBytes, startOperation, writeBytes } from "./operations.js";
import { createTable, react } from "./primordials.js";

/** Number -> what takes the messages that arrive. */
const receivers = createTable();
let lastSocket = 0;

/** A number for a further socket. */
export function nextSocket() {
  return ++lastSocket;
}

/**
 * Whether a request asks for a WebSocket.
 * @param {[string, string][]} headers their names in lower case
 */
export function asksForWebSocket(headers) {
  return headers.some(([name, value]) => name === "upgrade" && value.toLowerCase() === "websocket");
}

/** A connection that the host has. */
export class HostConnection {
  #number;
  /** `{ kind: "failure", error }` once it was aborted. */
  #failure = null;

  constructor(number) {
    this.#number = number;
  }

  /** Has what arrives handed to `receive`. */
  start(receive) {
    if (this.#failure !== null) {
      react(undefined, () => receive(this.#failure));
      return;
    }
    receivers.set(this.#number, receive);
    emit(`{"type":"socket-accept","socket":${this.#number}}`);
  }

  send(message) {
    const socket = `"socket":${this.#number}`;
    if (message.kind === "close") {
      emit(`{"type":"socket-close",${socket},"code":${message.code},"reason":${quote(message.reason)}}`);
    } else {
      const body = message.kind === "text" ? `"text":${quote(message.text)}` : `"bytes":${writeBytes(message.bytes)}`;
      emit(`{"type":"socket-send",${socket},"body":{${body}}}`);
    }
  }

  /** Ends it without a word to the peer. */
  abort(error) {
    this.#failure = { kind: "failure", error };
    const receive = receivers.get(this.#number);
    receivers.delete(this.#number);
    emit(`{"type":"socket-abort","socket":${this.#number}}`);
    receive?.(this.#failure);
  }

  /** Nobody here reads it: whoever gets the response does. */
  couple() {
    return this.#number;
  }
}

onEvent("socket", (event) => {
  const receive = receivers.get(event.socket);
  const message = messageOf(event);
  if (message.kind !== "text" && message.kind !== "bytes") receivers.delete(event.socket);
  receive?.(message);
});

function messageOf({ text, bytes, code, reason, failure }) {
  if (text !== undefined) return { kind: "text", text };
  if (bytes !== undefined) return { kind: "bytes", bytes: readBytes(bytes) };
  if (code !== undefined) return { kind: "close", code, reason };
  return failure === undefined ? { kind: "lost" } : { kind: "failure", error: createError(failure) };
}

/**
 * Connects to a server.
 * @param {string} url of the opening request
 * @param {string} protocols the subprotocols asked for; may be empty
 * @returns {{promise: Promise<{connection: HostConnection, protocol: string|null, extensions: string|null}>,
 *   abandon: (reason: unknown) => void}}
 */
export function openConnection(url, protocols) {
  const socket = nextSocket();
  const headers = protocols === "" ? "[]" : `[["sec-websocket-protocol",${quote(protocols)}]]`;
  const request = `"method":"GET","url":${quote(url)},"redirect":"manual","headers":${headers},"body":null`;
  const { id, promise } = startOperation("http", `${request},"webSocket":${socket}`, (answer) => {
    if (answer.webSocket !== true) throw refusal(answer);
    const header = (name) => answer.headers.find(([key]) => key === name)?.[1] ?? null;
    return {
      connection: new HostConnection(socket),
      protocol: header("sec-websocket-protocol"),
      extensions: header("sec-websocket-extensions"),
    };
  });
  return { promise, abandon: (reason) => abandonOperation(id, reason) };
}

function refusal({ status, body }) {
  if (typeof body?.stream === "number") emit(`{"type":"cancel","stream":${body.stream}}`);
  return new TypeError(
    "Failed to establish the WebSocket connection: expected server to reply with HTTP status code 101 " +
      `(switching protocols), but received ${status} instead.`,
  );
}
