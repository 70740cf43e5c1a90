/**
 * MessageChannel and MessagePort of the HTML Standard, within one isolate.
 */
import { MessageEvent } from "./event_kinds.js";
import { EventTarget, defineEventHandler, dispatchTrusted } from "./events.js";
import { defineInterface, requireArguments } from "./webidl.js";

const CREATE = Symbol("create");

let entangle;

/** One end of a channel. Messages wait until the port is started. */
export class MessagePort extends EventTarget {
  #other = null;
  #queue = [];
  #started = false;

  constructor(token = undefined) {
    if (token !== CREATE) throw new TypeError("Illegal constructor");
    super();
  }

  postMessage(message, options = undefined) {
    requireArguments(arguments.length, 1, "MessagePort.postMessage");
    const transfer = Array.isArray(options) ? options : options?.transfer;
    const data = structuredClone(message, transfer === undefined ? undefined : { transfer });
    this.#other?.#receive(data);
  }

  start() {
    if (this.#started) return;
    this.#started = true;
    for (const data of this.#queue.splice(0)) this.#deliver(data);
  }

  close() {
    const other = this.#other;
    this.#disentangle();
    other?.#disentangle();
  }

  #disentangle() {
    this.#other = null;
  }

  #receive(data) {
    if (this.#started) this.#deliver(data);
    else this.#queue.push(data);
  }

  #deliver(data) {
    setTimeout(() => {
      dispatchTrusted(this, new MessageEvent("message", { data }));
    }, 0);
  }

  static {
    entangle = (left, right) => {
      left.#other = right;
      right.#other = left;
    };
    defineInterface(MessagePort);
    defineEventHandler(MessagePort, "message");
    defineEventHandler(MessagePort, "messageerror");
    startWithHandler(MessagePort);
  }
}

/** Setting `onmessage` starts a port. */
function startWithHandler(constructor) {
  const descriptor = Object.getOwnPropertyDescriptor(constructor.prototype, "onmessage");
  Object.defineProperty(constructor.prototype, "onmessage", {
    ...descriptor,
    set(value) {
      descriptor.set.call(this, value);
      this.start();
    },
  });
}

/** Two ports that are connected to each other. */
export class MessageChannel {
  #port1 = new MessagePort(CREATE);
  #port2 = new MessagePort(CREATE);

  constructor() {
    entangle(this.#port1, this.#port2);
  }

  get port1() {
    return this.#port1;
  }

  get port2() {
    return this.#port2;
  }

  static {
    defineInterface(MessageChannel);
  }
}
