/**
 * WebSocketPair: https://developers.cloudflare.com/workers/runtime-apis/websockets/#websocketpair
 *
 * Two ends within one isolate, until one of them is returned in a response: from then on the host carries what is
 * sent to it.
 */
import { requireHandler } from "./global_scope.js";
import { emit } from "./operations.js";
import { react } from "./primordials.js";
import { createWebSocket } from "./web_socket.js";
import { HostConnection, nextSocket } from "./web_socket_host.js";
import { defineInterface } from "./webidl.js";

/** The connection of one end. */
class PairConnection {
  #other = null;
  #receive = null;
  /** Called when somebody begins to read. */
  #whenStarted = null;
  /** What has arrived before it could be taken. */
  #waiting = [];
  #isScheduled = false;
  /** Whether the host carries one of the ends: then a message is taken when it comes. */
  #isCoupled = false;

  static entangle(one, other) {
    one.#other = other;
    other.#other = one;
  }

  start(receive) {
    this.#receive = receive;
    this.#whenStarted?.();
    this.#schedule();
  }

  send(message) {
    this.#other.#arrive(message);
  }

  /** Leaves this end to the host. */
  couple() {
    const number = nextSocket();
    const host = new HostConnection(number);
    emit(`{"type":"socket-open","socket":${number}}`);
    this.#isCoupled = this.#other.#isCoupled = true;
    this.start((message) => host.send(message));
    for (const message of this.#waiting.splice(0)) host.send(message);
    const other = this.#other;
    const begin = () => host.start((message) => other.#arrive(message));
    if (other.#receive === null) other.#whenStarted = begin;
    else begin();
    return number;
  }

  #arrive(message) {
    if (this.#isCoupled && this.#receive !== null) return this.#receive(message);
    this.#waiting.push(message);
    this.#schedule();
  }

  /** One message at a time, so that what its listeners start goes first. */
  #schedule() {
    if (this.#receive === null || this.#isScheduled || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    react(undefined, () => {
      this.#isScheduled = false;
      const message = this.#waiting.shift();
      if (message !== undefined) this.#receive(message);
      this.#schedule();
    });
  }
}

/** Two WebSockets that are each other's other end. */
export class WebSocketPair {
  constructor() {
    requireHandler();
    const [one, other] = [new PairConnection(), new PairConnection()];
    PairConnection.entangle(one, other);
    const define = (key, value) => Object.defineProperty(this, key, { value, enumerable: true, configurable: true });
    define("0", createWebSocket(one));
    define("1", createWebSocket(other));
  }

  *[Symbol.iterator]() {
    yield this[0];
    yield this[1];
  }

  static {
    defineInterface(WebSocketPair);
  }
}
