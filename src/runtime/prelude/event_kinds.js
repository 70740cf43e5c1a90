/**
 * The kinds of events that carry more than their type.
 */
import { Event } from "./events.js";
import { defineInterface, requireArguments, toDOMString } from "./webidl.js";

/** An event with a payload of the user's. */
export class CustomEvent extends Event {
  #detail;

  constructor(type, init = undefined) {
    super(type, init);
    this.#detail = init?.detail ?? null;
  }

  get detail() {
    return this.#detail;
  }

  static {
    defineInterface(CustomEvent);
  }
}

/** An exception that nobody caught. */
export class ErrorEvent extends Event {
  #message;
  #filename;
  #line;
  #column;
  #error;

  constructor(type, init = undefined) {
    super(type, init);
    const { message = "", filename = "", lineno = 0, colno = 0, error } = init ?? {};
    this.#message = toDOMString(message);
    this.#filename = toDOMString(filename);
    this.#line = Number(lineno) >>> 0;
    this.#column = Number(colno) >>> 0;
    this.#error = error;
  }

  get message() {
    return this.#message;
  }

  get filename() {
    return this.#filename;
  }

  get lineno() {
    return this.#line;
  }

  get colno() {
    return this.#column;
  }

  get error() {
    return this.#error;
  }

  static {
    defineInterface(ErrorEvent);
  }
}

/** A message from another context. */
export class MessageEvent extends Event {
  #data;
  #origin;
  #lastEventId;
  #source;
  #ports;

  constructor(type, init = undefined) {
    super(type, init);
    const { data = null, origin = "", lastEventId = "", source = null, ports = [] } = init ?? {};
    this.#data = data;
    this.#origin = toDOMString(origin);
    this.#lastEventId = toDOMString(lastEventId);
    this.#source = source;
    this.#ports = Object.freeze([...ports]);
  }

  get data() {
    return this.#data;
  }

  get origin() {
    return this.#origin;
  }

  get lastEventId() {
    return this.#lastEventId;
  }

  get source() {
    return this.#source;
  }

  get ports() {
    return this.#ports;
  }

  static {
    defineInterface(MessageEvent);
  }
}

/** A promise that was rejected without a handler, or got one late. */
export class PromiseRejectionEvent extends Event {
  #promise;
  #reason;

  constructor(type, init) {
    requireArguments(arguments.length, 2, "PromiseRejectionEvent");
    super(type, init);
    this.#promise = init.promise;
    this.#reason = init.reason;
  }

  get promise() {
    return this.#promise;
  }

  get reason() {
    return this.#reason;
  }

  static {
    defineInterface(PromiseRejectionEvent);
  }
}

/** The end of a connection. */
export class CloseEvent extends Event {
  #wasClean;
  #code;
  #reason;

  constructor(type, init = undefined) {
    super(type, init);
    const { wasClean = false, code = 0, reason = "" } = init ?? {};
    this.#wasClean = Boolean(wasClean);
    this.#code = Number(code) & 0xffff;
    this.#reason = toDOMString(reason);
  }

  get wasClean() {
    return this.#wasClean;
  }

  get code() {
    return this.#code;
  }

  get reason() {
    return this.#reason;
  }

  static {
    defineInterface(CloseEvent);
  }
}
