/** https://w3c.github.io/performance-timeline/#the-performanceobserver-interface */

import { react } from "./primordials.js";
import { logUncaught } from "./errors.js";
import { selectEntries } from "./performance_timeline.js";
import { defineInterface, toDictionary } from "./webidl.js";

const INTERNAL = Symbol("internal");
const SUPPORTED = Object.freeze(["mark", "measure"]);

/** Observers that want entries, and the types of theirs. */
const observing = new Map();

/** What an observer's callback gets. */
export class PerformanceObserverEntryList {
  #entries;

  constructor(key = undefined, entries = undefined) {
    if (key !== INTERNAL) throw new TypeError("Illegal constructor");
    this.#entries = entries;
  }

  getEntries() {
    return selectEntries(this.#entries);
  }

  getEntriesByType(type) {
    return selectEntries(this.#entries, undefined, `${type}`);
  }

  getEntriesByName(name, type = undefined) {
    return selectEntries(this.#entries, `${name}`, type === undefined ? undefined : `${type}`);
  }
}

let deliver;
let enqueue;

/** Hears of entries after they were made. */
export class PerformanceObserver {
  #callback;
  #records = [];
  #isScheduled = false;

  constructor(callback) {
    if (typeof callback !== "function") throw new TypeError("PerformanceObserver: the callback is not a function.");
    this.#callback = callback;
  }

  static get supportedEntryTypes() {
    return SUPPORTED;
  }

  observe(options = undefined) {
    const { entryTypes, type } = toDictionary(options, "The options of PerformanceObserver.observe()");
    if (entryTypes === undefined && type === undefined) {
      throw new TypeError("PerformanceObserver.observe: neither entryTypes nor type is given.");
    }
    const types = type === undefined ? [...entryTypes] : [...(observing.get(this) ?? []), `${type}`];
    observing.set(this, types);
  }

  disconnect() {
    observing.delete(this);
    this.#records = [];
  }

  takeRecords() {
    return this.#records.splice(0);
  }

  static {
    enqueue = (observer, entry) => {
      observer.#records.push(entry);
      if (observer.#isScheduled) return;
      observer.#isScheduled = true;
      react(undefined, () => deliver(observer));
    };
    deliver = (observer) => {
      observer.#isScheduled = false;
      const entries = observer.takeRecords();
      if (entries.length === 0) return;
      try {
        const callback = observer.#callback;
        callback.call(observer, new PerformanceObserverEntryList(INTERNAL, entries), observer);
      } catch (error) {
        logUncaught(error);
      }
    };
  }
}

defineInterface(PerformanceObserverEntryList);
defineInterface(PerformanceObserver);

/** Tells the observers of an entry. */
export function announceEntry(entry) {
  for (const [observer, types] of observing) {
    if (types.includes(entry.entryType)) enqueue(observer, entry);
  }
}
