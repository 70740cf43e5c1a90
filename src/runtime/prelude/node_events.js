/** node:events: https://nodejs.org/docs/latest-v20.x/api/events.html */

import { inspect } from "./inspect.js";
import {
  AbortError,
  createNodeError,
  invalidArgumentType,
  validateAbortSignal,
  validateBoolean,
  validateFunction,
  validateNumber,
  validateObject,
} from "./node_errors.js";
import { eventIterator } from "./node_events_iterator.js";
import { nextTick } from "./node_next_tick.js";
import { AsyncResource } from "./node_async_hooks.js";

/** The event that monitors hear errors through, without handling them. */
export const errorMonitor = Symbol("events.errorMonitor");
export const captureRejectionSymbol = Symbol.for("nodejs.rejection");
const CAPTURE = Symbol("kCapture");
const WARNED = Symbol("warned");

let defaultMaxListeners = 10;
let captureByDefault = false;

/** An emitter of named events. A function rather than a class, as old code calls it without `new`. */
export function EventEmitter(options) {
  EventEmitter.init.call(this, options);
}

EventEmitter.prototype._events = undefined;
EventEmitter.prototype._eventsCount = 0;
EventEmitter.prototype._maxListeners = undefined;

EventEmitter.init = function init(options) {
  if (this._events === undefined || this._events === Object.getPrototypeOf(this)._events) {
    this._events = { __proto__: null };
    this._eventsCount = 0;
  }
  this._maxListeners = this._maxListeners || undefined;
  if (options?.captureRejections) {
    validateBoolean(options.captureRejections, "options.captureRejections");
    this[CAPTURE] = true;
  } else if (captureByDefault) {
    this[CAPTURE] = true;
  }
};

function validateListener(listener) {
  validateFunction(listener, "listener");
}

function listenersOf(emitter, type) {
  const found = emitter._events?.[type];
  if (found === undefined) return [];
  return typeof found === "function" ? [found] : found;
}

function unhandledError(values) {
  const [error] = values;
  if (error instanceof Error) return error;
  let text;
  try {
    text = inspect(error);
  } catch {
    text = error;
  }
  return createNodeError(Error, "ERR_UNHANDLED_ERROR", `Unhandled error. (${text})`, { context: error });
}

function callListener(emitter, listener, type, values) {
  const result = Reflect.apply(listener, emitter, values);
  if (result !== undefined && result !== null && emitter[CAPTURE]) captureRejection(emitter, result, type, values);
}

function captureRejection(emitter, result, type, values) {
  try {
    const { then } = result;
    if (typeof then !== "function") return;
    then.call(result, undefined, (error) => nextTick(() => reportRejection(emitter, error, type, values)));
  } catch (error) {
    emitter.emit("error", error);
  }
}

function reportRejection(emitter, error, type, values) {
  if (typeof emitter[captureRejectionSymbol] === "function") {
    emitter[captureRejectionSymbol](error, type, ...values);
    return;
  }
  const before = emitter[CAPTURE];
  emitter[CAPTURE] = false;
  try {
    emitter.emit("error", error);
  } finally {
    emitter[CAPTURE] = before;
  }
}

function addListener(emitter, type, listener, prepend) {
  validateListener(listener);
  let events = emitter._events;
  if (events === undefined) {
    events = emitter._events = { __proto__: null };
    emitter._eventsCount = 0;
  } else if (events.newListener !== undefined) {
    emitter.emit("newListener", type, listener.listener ?? listener);
    events = emitter._events;
  }
  const existing = events[type];
  if (existing === undefined) {
    events[type] = listener;
    emitter._eventsCount++;
  } else if (typeof existing === "function") {
    events[type] = prepend ? [listener, existing] : [existing, listener];
  } else if (prepend) {
    existing.unshift(listener);
  } else {
    existing.push(listener);
  }
  warnOfLeak(emitter, type);
  return emitter;
}

/** Too many listeners are usually a mistake; production's console says so once for each list. */
function warnOfLeak(emitter, type) {
  const list = emitter._events[type];
  const maximum = emitter._maxListeners ?? defaultMaxListeners;
  if (typeof list === "function" || maximum <= 0 || list.length <= maximum || list[WARNED]) return;
  Object.defineProperty(list, WARNED, { value: true });
  console.warn(
    `MaxListenersExceededWarning: Possible EventEmitter memory leak detected. ${list.length} ${String(type)} ` +
      `listeners added to ${inspect(emitter, { depth: -1 })}. MaxListeners is ${maximum}. ` +
      "Use emitter.setMaxListeners() to increase limit",
  );
}

function onceWrapper(emitter, type, listener) {
  validateListener(listener);
  let fired = false;
  const wrapped = function (...values) {
    if (fired) return undefined;
    emitter.removeListener(type, wrapped);
    fired = true;
    return Reflect.apply(listener, emitter, values);
  };
  wrapped.listener = listener;
  return wrapped;
}

function forget(emitter, type) {
  delete emitter._events[type];
  if (--emitter._eventsCount === 0) emitter._events = { __proto__: null };
}

const methods = {
  setMaxListeners(count) {
    validateNumber(count, "setMaxListeners", 0);
    this._maxListeners = count;
    return this;
  },

  getMaxListeners() {
    return this._maxListeners ?? defaultMaxListeners;
  },

  emit(type, ...values) {
    const events = this._events;
    if (type === "error") {
      if (events?.[errorMonitor] !== undefined) this.emit(errorMonitor, ...values);
      if (events?.error === undefined) throw unhandledError(values);
    }
    const found = events?.[type];
    if (found === undefined) return false;
    if (typeof found === "function") callListener(this, found, type, values);
    else for (const listener of [...found]) callListener(this, listener, type, values);
    return true;
  },

  addListener(type, listener) {
    return addListener(this, type, listener, false);
  },

  prependListener(type, listener) {
    return addListener(this, type, listener, true);
  },

  once(type, listener) {
    return this.on(type, onceWrapper(this, type, listener));
  },

  prependOnceListener(type, listener) {
    return this.prependListener(type, onceWrapper(this, type, listener));
  },

  removeListener(type, listener) {
    validateListener(listener);
    const found = this._events?.[type];
    if (found === undefined) return this;
    const list = typeof found === "function" ? [found] : found;
    const index = list.findLastIndex((each) => each === listener || each.listener === listener);
    if (index === -1) return this;
    const [removed] = list.splice(index, 1);
    if (list.length === 0) forget(this, type);
    else if (list.length === 1) this._events[type] = list[0];
    if (this._events.removeListener !== undefined) {
      this.emit("removeListener", type, removed.listener ?? listener);
    }
    return this;
  },

  removeAllListeners(...types) {
    const events = this._events;
    if (events === undefined) return this;
    if (types.length === 0) {
      for (const type of Reflect.ownKeys(events)) {
        if (type !== "removeListener") this.removeAllListeners(type);
      }
      this.removeAllListeners("removeListener");
      this._events = { __proto__: null };
      this._eventsCount = 0;
      return this;
    }
    const [type] = types;
    if (events.removeListener === undefined) {
      if (events[type] !== undefined) forget(this, type);
      return this;
    }
    for (const listener of [...listenersOf(this, type)].reverse()) this.removeListener(type, listener);
    return this;
  },

  listeners(type) {
    return listenersOf(this, type).map((each) => each.listener ?? each);
  },

  rawListeners(type) {
    return [...listenersOf(this, type)];
  },

  listenerCount(type, listener = undefined) {
    const list = listenersOf(this, type);
    if (listener === undefined || listener === null) return list.length;
    return list.filter((each) => each === listener || each.listener === listener).length;
  },

  eventNames() {
    return this._eventsCount > 0 ? Reflect.ownKeys(this._events) : [];
  },
};
Object.assign(EventEmitter.prototype, methods);
EventEmitter.prototype.on = EventEmitter.prototype.addListener;
EventEmitter.prototype.off = EventEmitter.prototype.removeListener;

/** A promise of the arguments of the next `name` event. */
export async function once(emitter, name, options = undefined) {
  const signal = options?.signal;
  validateAbortSignal(signal, "options.signal");
  if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });
  if (!isEmitter(emitter)) requireEventTarget(emitter, "emitter");
  return new Promise((resolve, reject) => {
    const settle = (action) => (...values) => {
      removeFrom(emitter, name, resolver);
      removeFrom(emitter, "error", rejecter);
      signal?.removeEventListener("abort", aborter);
      action(values);
    };
    const resolver = settle(resolve);
    const rejecter = settle(([error]) => reject(error));
    const aborter = settle(() => reject(new AbortError(undefined, { cause: signal.reason })));
    addTo(emitter, name, resolver, true);
    if (name !== "error" && isEmitter(emitter)) emitter.once("error", rejecter);
    signal?.addEventListener("abort", aborter, { once: true });
  });
}

function isEmitter(value) {
  return typeof value?.on === "function";
}

function requireEventTarget(value, name) {
  if (typeof value?.addEventListener !== "function") throw invalidArgumentType(name, "EventEmitter", value);
}

function addTo(emitter, name, listener, once) {
  if (isEmitter(emitter)) emitter[once ? "once" : "on"](name, listener);
  else emitter.addEventListener(name, listener, { once });
}

function removeFrom(emitter, name, listener) {
  if (typeof emitter.removeListener === "function") emitter.removeListener(name, listener);
  else emitter.removeEventListener(name, listener);
}

/** An asynchronous iterator over the arguments of all `name` events. */
export function on(emitter, name, options = undefined) {
  validateAbortSignal(options?.signal, "options.signal");
  if (!isEmitter(emitter)) requireEventTarget(emitter, "emitter");
  return eventIterator(emitter, name, options ?? {}, { addTo, removeFrom, isEmitter });
}

/** The listeners of an emitter; those of an EventTarget are its own secret. */
export function getEventListeners(emitter, type) {
  if (typeof emitter?.listeners === "function") return emitter.listeners(type);
  throw invalidArgumentType("emitter", ["EventEmitter", "EventTarget"], emitter);
}

export function getMaxListeners(emitter) {
  if (typeof emitter?.getMaxListeners === "function") return emitter.getMaxListeners();
  if (typeof emitter?.addEventListener === "function") return defaultMaxListeners;
  throw invalidArgumentType("emitter", ["EventEmitter", "EventTarget"], emitter);
}

export function setMaxListeners(count = defaultMaxListeners, ...emitters) {
  validateNumber(count, "setMaxListeners", 0);
  if (emitters.length === 0) defaultMaxListeners = count;
  for (const emitter of emitters) {
    if (typeof emitter.setMaxListeners === "function") emitter.setMaxListeners(count);
    else requireEventTarget(emitter, "eventTargets");
  }
}

export function listenerCount(emitter, type) {
  return typeof emitter.listenerCount === "function" ? emitter.listenerCount(type) : listenersOf(emitter, type).length;
}

/** Calls `listener` once `signal` is aborted. */
export function addAbortListener(signal, listener) {
  if (signal === undefined) throw invalidArgumentType("signal", "AbortSignal", signal);
  validateAbortSignal(signal);
  validateFunction(listener, "listener");
  if (signal.aborted) nextTick(() => listener());
  else signal.addEventListener("abort", listener, { once: true });
  return { [Symbol.dispose ?? Symbol.for("nodejs.dispose")]: () => signal.removeEventListener("abort", listener) };
}

/** An emitter whose listeners run in the context it was made in. */
export class EventEmitterAsyncResource extends EventEmitter {
  #resource;

  constructor(options = undefined) {
    if (options !== undefined && typeof options !== "string") validateObject(options, "options");
    super(options);
    const name = typeof options === "string" ? options : options?.name;
    this.#resource = new AsyncResource(name ?? new.target.name);
  }

  get asyncResource() {
    return this.#resource;
  }

  get asyncId() {
    return this.#resource.asyncId();
  }

  get triggerAsyncId() {
    return this.#resource.triggerAsyncId();
  }

  emit(...values) {
    return this.#resource.runInAsyncScope(super.emit, this, ...values);
  }

  emitDestroy() {
    this.#resource.emitDestroy();
  }
}

Object.defineProperty(EventEmitter, "defaultMaxListeners", {
  enumerable: true,
  get: () => defaultMaxListeners,
  set(count) {
    validateNumber(count, "defaultMaxListeners", 0);
    defaultMaxListeners = count;
  },
});
Object.defineProperty(EventEmitter, "captureRejections", {
  enumerable: true,
  get: () => captureByDefault,
  set(value) {
    validateBoolean(value, "EventEmitter.captureRejections");
    captureByDefault = value;
  },
});
Object.assign(EventEmitter, {
  EventEmitter,
  EventEmitterAsyncResource,
  addAbortListener,
  captureRejectionSymbol,
  errorMonitor,
  getEventListeners,
  getMaxListeners,
  listenerCount,
  on,
  once,
  setMaxListeners,
  usingDomains: false,
});

export { defaultMaxListeners };
export const captureRejections = false;
export const usingDomains = false;
export const { init } = EventEmitter;
export default EventEmitter;
