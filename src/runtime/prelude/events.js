/**
 * Event and EventTarget of the DOM Standard, without a tree of nodes.
 */
import { DOMException } from "./errors.js";
import { currentTimeMs } from "./primordials.js";
import { defineInterface, isObject, requireArguments, toDictionary, toDOMString } from "./webidl.js";

const NONE = 0;
const AT_TARGET = 2;

let internalsOf;

/** Something that happened. */
export class Event {
  #type;
  #bubbles;
  #cancelable;
  #composed;
  #timeStamp = currentTimeMs();
  #internals = {
    target: null,
    phase: NONE,
    dispatching: false,
    inPassiveListener: false,
    canceled: false,
    propagationStopped: false,
    immediatelyStopped: false,
    isTrusted: false,
  };

  constructor(type, init = undefined) {
    requireArguments(arguments.length, 1, new.target.name || "Event");
    const { bubbles, cancelable, composed } = toDictionary(init, "Event init");
    this.#type = toDOMString(type);
    this.#bubbles = Boolean(bubbles);
    this.#cancelable = Boolean(cancelable);
    this.#composed = Boolean(composed);
  }

  get type() {
    return this.#type;
  }

  get target() {
    return this.#internals.target;
  }

  get srcElement() {
    return this.#internals.target;
  }

  get currentTarget() {
    return this.#internals.dispatching ? this.#internals.target : null;
  }

  composedPath() {
    return this.#internals.dispatching ? [this.#internals.target] : [];
  }

  get eventPhase() {
    return this.#internals.phase;
  }

  stopPropagation() {
    this.#internals.propagationStopped = true;
  }

  get cancelBubble() {
    return this.#internals.propagationStopped;
  }
  set cancelBubble(value) {
    if (value) this.#internals.propagationStopped = true;
  }

  stopImmediatePropagation() {
    this.#internals.propagationStopped = true;
    this.#internals.immediatelyStopped = true;
  }

  get bubbles() {
    return this.#bubbles;
  }

  get cancelable() {
    return this.#cancelable;
  }

  get returnValue() {
    return !this.#internals.canceled;
  }
  set returnValue(value) {
    if (!value) this.preventDefault();
  }

  preventDefault() {
    if (this.#cancelable && !this.#internals.inPassiveListener) this.#internals.canceled = true;
  }

  get defaultPrevented() {
    return this.#internals.canceled;
  }

  get composed() {
    return this.#composed;
  }

  get isTrusted() {
    return this.#internals.isTrusted;
  }

  get timeStamp() {
    return this.#timeStamp;
  }

  static {
    internalsOf = (event) => (isObject(event) && #internals in event ? event.#internals : null);
    defineInterface(Event, "Event", { NONE, CAPTURING_PHASE: 1, AT_TARGET, BUBBLING_PHASE: 3 });
  }
}

/** Something that listeners can be attached to. */
export class EventTarget {
  /** Type -> listeners; created with the first listener, as most targets never get one. */
  #listeners = null;

  addEventListener(type, callback, options = undefined) {
    requireArguments(arguments.length, 2, "EventTarget.addEventListener");
    const settings = listenerOptions(options);
    checkListener(callback);
    const name = toDOMString(type);
    if (callback === null || callback === undefined || settings.signal?.aborted) return;
    this.#listeners ??= new Map();
    const list = this.#listeners.get(name) ?? [];
    if (list.some((listener) => listener.callback === callback && listener.capture === settings.capture)) return;
    const listener = { callback, removed: false, ...settings };
    // The list is replaced, not changed: a dispatch under way goes through the list it began with.
    this.#listeners.set(name, [...list, listener]);
    settings.signal?.addEventListener("abort", () => this.#remove(name, listener));
  }

  removeEventListener(type, callback, options = undefined) {
    requireArguments(arguments.length, 2, "EventTarget.removeEventListener");
    const capture = isObject(options) ? Boolean(options.capture) : Boolean(options);
    const name = toDOMString(type);
    const found = this.#listeners?.get(name)?.find((each) => each.callback === callback && each.capture === capture);
    if (found !== undefined) this.#remove(name, found);
  }

  dispatchEvent(event) {
    requireArguments(arguments.length, 1, "EventTarget.dispatchEvent");
    void this.#listeners;
    const internals = internalsOf(event);
    if (internals === null) throw new TypeError("EventTarget.dispatchEvent: the argument is not an Event.");
    if (internals.dispatching) throw new DOMException("The event is being dispatched already.", "InvalidStateError");
    internals.isTrusted = false;
    return this.#dispatch(event, internals);
  }

  #dispatch(event, internals) {
    internals.dispatching = true;
    internals.target = this;
    internals.phase = AT_TARGET;
    const listeners = this.#listeners?.get(event.type) ?? [];
    for (const capture of [true, false]) {
      for (const listener of listeners) {
        if (internals.immediatelyStopped) break;
        if (listener.capture === capture && !listener.removed) this.#call(listener, event, internals);
      }
      if (internals.propagationStopped) break;
    }
    internals.phase = NONE;
    internals.dispatching = false;
    internals.propagationStopped = false;
    internals.immediatelyStopped = false;
    return !internals.canceled;
  }

  #call(listener, event, internals) {
    if (listener.once) this.#remove(event.type, listener);
    internals.inPassiveListener = listener.passive;
    try {
      const { callback } = listener;
      if (typeof callback === "function") callback.call(this, event);
      else callback.handleEvent(event);
    } catch (error) {
      reportException(error);
    }
    internals.inPassiveListener = false;
  }

  #remove(name, listener) {
    listener.removed = true;
    const rest = this.#listeners.get(name)?.filter((each) => each !== listener) ?? [];
    if (rest.length === 0) this.#listeners.delete(name);
    else this.#listeners.set(name, rest);
  }

  static {
    defineInterface(EventTarget);
    EventTarget.dispatchTrusted = (target, event) => {
      const internals = internalsOf(event);
      internals.isTrusted = true;
      return target.#dispatch(event, internals);
    };
    EventTarget.hasListeners = (target, type) => target.#listeners?.has(type) ?? false;
  }
}

/** Dispatches an event of the runtime's own making. */
export const dispatchTrusted = EventTarget.dispatchTrusted;

/** Tells whether anybody listens for `type`. */
export const hasListeners = EventTarget.hasListeners;

delete EventTarget.dispatchTrusted;
delete EventTarget.hasListeners;

function listenerOptions(options) {
  if (!isObject(options)) return { capture: Boolean(options), once: false, passive: false, signal: undefined };
  const { capture, once, passive, signal } = options;
  if (signal !== undefined && !(signal instanceof EventTarget && "aborted" in signal)) {
    throw new TypeError("EventTarget.addEventListener: signal is not an AbortSignal.");
  }
  return { capture: Boolean(capture), once: Boolean(once), passive: Boolean(passive), signal };
}

function checkListener(callback) {
  if (callback !== null && callback !== undefined && !isObject(callback)) {
    throw new TypeError("EventTarget.addEventListener: the listener is neither a function nor an object.");
  }
}

/** An exception of a listener does not stop the dispatch; it is reported as uncaught. */
function reportException(error) {
  if (typeof globalThis.reportError === "function") globalThis.reportError(error);
  else console.error("Uncaught", error);
}

const handlerSlots = new WeakMap();

/**
 * Defines an `on…` attribute on an interface: one listener that is set and read as a property.
 */
export function defineEventHandler(constructor, type) {
  Object.defineProperty(constructor.prototype, `on${type}`, {
    get() {
      return handlerSlots.get(this)?.[type]?.handler ?? null;
    },
    set(value) {
      setEventHandler(this, type, typeof value === "function" ? value : null);
    },
    enumerable: true,
    configurable: true,
  });
}

function setEventHandler(target, type, handler) {
  let slots = handlerSlots.get(target);
  if (slots === undefined) handlerSlots.set(target, (slots = Object.create(null)));
  const slot = slots[type];
  if (handler === null) {
    if (slot) target.removeEventListener(type, slot.listener);
    delete slots[type];
  } else if (slot) {
    slot.handler = handler;
  } else {
    const created = { handler, listener: null };
    created.listener = (event) => {
      if (created.handler.call(target, event) === false) event.preventDefault();
    };
    slots[type] = created;
    target.addEventListener(type, created.listener);
  }
}
