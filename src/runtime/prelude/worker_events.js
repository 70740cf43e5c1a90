/** The events of service-worker syntax, and the controller of a scheduled() handler. */

import { Event } from "./events.js";
import { assignBatchMembers } from "./message_batch.js";
import { registerPlatformClass } from "./platform.js";
import { ILLEGAL_INVOCATION } from "./primordials.js";
import { DOMException } from "./errors.js";
import { defineInterface } from "./webidl.js";

/** An event that may go on after its listeners have returned. */
export class ExtendableEvent extends Event {
  #invocation;

  constructor(type, invocation) {
    super(type);
    this.#invocation = invocation;
  }

  waitUntil(promise) {
    if (this == null || !(#invocation in this)) throw new TypeError(ILLEGAL_INVOCATION);
    this.#invocation?.waitUntil(promise);
  }

  passThroughOnException() {
    if (this == null || !(#invocation in this)) throw new TypeError(ILLEGAL_INVOCATION);
    if (this.#invocation !== undefined) this.#invocation.passThrough = true;
  }
}

/** A request to be answered with `respondWith`. */
export class FetchEvent extends ExtendableEvent {
  #request;
  #response;

  constructor(type, invocation, request) {
    super(type, invocation);
    this.#request = request;
  }

  get request() {
    return this.#request;
  }

  respondWith(response) {
    if (this.#response !== undefined) {
      throw new DOMException("FetchEvent.respondWith() has already been called.", "InvalidStateError");
    }
    this.#response = { value: response };
    this.stopImmediatePropagation();
  }

  static {
    /** The holder of what the listener responded with, or undefined. */
    FetchEvent.responseOf = (event) => event.#response;
  }
}

/** @type {(event: FetchEvent) => {value: unknown}|undefined} */
export const responseOf = FetchEvent.responseOf;
delete FetchEvent.responseOf;

/** A batch of messages, with the fields and methods of MessageBatch. */
export class QueueEvent extends ExtendableEvent {
  #decisions;

  constructor(type, invocation, event, decisions) {
    super(type, invocation);
    this.#decisions = decisions;
    assignBatchMembers(this, event, decisions);
  }

  retryAll(options = undefined) {
    this.#decisions.retryAll(options);
  }

  ackAll() {
    this.#decisions.ackAll();
  }
}

/** A cron event in service-worker syntax. */
export class ScheduledEvent extends ExtendableEvent {
  constructor(type, invocation, { scheduledTime, cron }) {
    super(type, invocation);
    this.scheduledTime = scheduledTime;
    this.cron = cron;
  }

  noRetry() {}
}

/** https://developers.cloudflare.com/workers/runtime-apis/handlers/scheduled/ */
export class ScheduledController {
  constructor({ scheduledTime, cron }) {
    this.scheduledTime = scheduledTime;
    this.cron = cron;
  }

  noRetry() {}
}

for (const constructor of [ExtendableEvent, FetchEvent, QueueEvent, ScheduledEvent, ScheduledController]) {
  defineInterface(constructor);
  registerPlatformClass(constructor);
}
