/** node:diagnostics_channel: https://nodejs.org/docs/latest-v20.x/api/diagnostics_channel.html */

import { logUncaught } from "./errors.js";
import { invalidArgumentType, validateFunction } from "./node_errors.js";
import { nextTick } from "./node_next_tick.js";

const channels = new Map();

/** A named channel for messages between parts of a program. */
export class Channel {
  #subscribers = [];
  #stores = new Map();

  constructor(name) {
    this.name = name;
  }

  get hasSubscribers() {
    return this.#subscribers.length > 0 || this.#stores.size > 0;
  }

  subscribe(subscription) {
    validateFunction(subscription, "subscription");
    this.#subscribers = [...this.#subscribers, subscription];
  }

  unsubscribe(subscription) {
    const index = this.#subscribers.indexOf(subscription);
    if (index === -1) return false;
    this.#subscribers = this.#subscribers.toSpliced(index, 1);
    return true;
  }

  /** An error of a subscriber does not reach the publisher. */
  publish(message) {
    for (const subscriber of this.#subscribers) {
      try {
        subscriber(message, this.name);
      } catch (error) {
        nextTick(logUncaught, error);
      }
    }
  }

  bindStore(store, transform = undefined) {
    this.#stores.set(store, transform);
  }

  unbindStore(store) {
    return this.#stores.delete(store);
  }

  runStores(data, callback, receiver = undefined, ...values) {
    let run = () => {
      this.publish(data);
      return Reflect.apply(callback, receiver, values);
    };
    for (const [store, transform] of this.#stores) run = enterStore(store, transform, data, run);
    return run();
  }
}

function enterStore(store, transform, data, next) {
  return () => {
    let value = data;
    try {
      if (transform !== undefined) value = transform(data);
    } catch (error) {
      nextTick(logUncaught, error);
      return next();
    }
    return store.run(value, next);
  };
}

/** The channel of that name; there is one for each name. */
export function channel(name) {
  if (typeof name !== "string" && typeof name !== "symbol") throw invalidArgumentType("channel", ["string", "symbol"], name);
  let found = channels.get(name);
  if (found === undefined) channels.set(name, (found = new Channel(name)));
  return found;
}

export function subscribe(name, subscription) {
  channel(name).subscribe(subscription);
}

export function unsubscribe(name, subscription) {
  return channel(name).unsubscribe(subscription);
}

export function hasSubscribers(name) {
  return channels.get(name)?.hasSubscribers ?? false;
}

const TRACED = ["start", "end", "asyncStart", "asyncEnd", "error"];

/** The five channels of one traced operation. */
export class TracingChannel {
  constructor(nameOrChannels) {
    for (const event of TRACED) {
      this[event] =
        typeof nameOrChannels === "string" ? channel(`tracing:${nameOrChannels}:${event}`) : nameOrChannels[event];
    }
  }

  get hasSubscribers() {
    return TRACED.some((event) => this[event].hasSubscribers);
  }

  subscribe(handlers) {
    for (const event of TRACED) if (handlers[event]) this[event].subscribe(handlers[event]);
  }

  unsubscribe(handlers) {
    return TRACED.map((event) => !handlers[event] || this[event].unsubscribe(handlers[event])).every(Boolean);
  }

  traceSync(callback, context = {}, receiver = undefined, ...values) {
    return this.start.runStores(context, () => {
      try {
        return (context.result = Reflect.apply(callback, receiver, values));
      } catch (error) {
        context.error = error;
        this.error.publish(context);
        throw error;
      } finally {
        this.end.publish(context);
      }
    });
  }

  tracePromise(callback, context = {}, receiver = undefined, ...values) {
    const settle = (publishFirst) => {
      publishFirst?.();
      this.asyncStart.publish(context);
      this.asyncEnd.publish(context);
    };
    const fulfilled = (result) => {
      context.result = result;
      settle();
      return result;
    };
    const rejected = (error) => {
      context.error = error;
      settle(() => this.error.publish(context));
      return Promise.reject(error);
    };
    return this.start.runStores(context, () => {
      try {
        return Promise.resolve(Reflect.apply(callback, receiver, values)).then(fulfilled, rejected);
      } catch (error) {
        context.error = error;
        this.error.publish(context);
        throw error;
      } finally {
        this.end.publish(context);
      }
    });
  }

  traceCallback(callback, position = -1, context = {}, receiver = undefined, ...values) {
    const original = values.at(position);
    validateFunction(original, "callback");
    const channels = this;
    const wrapped = function (error, result) {
      if (error) {
        context.error = error;
        channels.error.publish(context);
      } else {
        context.result = result;
      }
      channels.asyncStart.runStores(context, () => {
        try {
          return Reflect.apply(original, this, arguments);
        } finally {
          channels.asyncEnd.publish(context);
        }
      });
    };
    values.splice(position, 1, wrapped);
    return this.start.runStores(context, () => {
      try {
        return Reflect.apply(callback, receiver, values);
      } catch (error) {
        context.error = error;
        this.error.publish(context);
        throw error;
      } finally {
        this.end.publish(context);
      }
    });
  }
}

export function tracingChannel(nameOrChannels) {
  return new TracingChannel(nameOrChannels);
}

export default { Channel, channel, hasSubscribers, subscribe, tracingChannel, unsubscribe };
