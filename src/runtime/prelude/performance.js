/** https://developers.cloudflare.com/workers/runtime-apis/performance/ */

import { EventTarget } from "./events.js";
import {
  createMeasure,
  PerformanceEntry,
  PerformanceMark,
  PerformanceMeasure,
  PerformanceResourceTiming,
} from "./performance_entries.js";
import { announceEntry, PerformanceObserver, PerformanceObserverEntryList } from "./performance_observer.js";
import { clearEntries, keptEntries, recordEntry } from "./performance_timeline.js";
import { currentTimeMs } from "./primordials.js";
import { defineInterface, requireArguments } from "./webidl.js";

const INTERNAL = Symbol("internal");

/** The clock, and the marks that are set on it. */
export class Performance extends EventTarget {
  constructor(key = undefined) {
    if (key !== INTERNAL) throw new TypeError("Illegal constructor");
    super();
  }

  /** Workers count from the Unix epoch. */
  get timeOrigin() {
    return 0;
  }

  now() {
    return currentTimeMs();
  }

  mark(name, options = undefined) {
    requireArguments(arguments.length, 1, "performance.mark");
    return record(new PerformanceMark(name, options));
  }

  /** A mark that was never set counts as the time origin, as in Cloudflare's runtime. */
  measure(name, startOrOptions = undefined, endMark = undefined) {
    requireArguments(arguments.length, 1, "performance.measure");
    return record(createMeasure(timeOfMark, name, startOrOptions, endMark));
  }

  clearMarks(name = undefined) {
    clearEntries("mark", name === undefined ? undefined : `${name}`);
  }

  clearMeasures(name = undefined) {
    clearEntries("measure", name === undefined ? undefined : `${name}`);
  }

  getEntries() {
    return keptEntries();
  }

  getEntriesByName(name, type = undefined) {
    requireArguments(arguments.length, 1, "performance.getEntriesByName");
    return keptEntries(`${name}`, type === undefined ? undefined : `${type}`);
  }

  getEntriesByType(type) {
    requireArguments(arguments.length, 1, "performance.getEntriesByType");
    return keptEntries(undefined, `${type}`);
  }

  /** Requests are not recorded. */
  clearResourceTimings() {}

  setResourceTimingBufferSize(size) {
    requireArguments(arguments.length, 1, "performance.setResourceTimingBufferSize");
  }

  /** Cloudflare's runtime measures no functions, either. */
  timerify(callback) {
    return timerify(callback);
  }

  eventLoopUtilization() {
    return eventLoopUtilization();
  }

  toJSON() {
    return { timeOrigin: this.timeOrigin };
  }
}

defineInterface(Performance);

function record(entry) {
  recordEntry(entry);
  announceEntry(entry);
  return entry;
}

function timeOfMark(name) {
  return keptEntries(name, "mark").at(-1)?.startTime ?? 0;
}

/** The function itself, checked. */
export function timerify(callback) {
  if (typeof callback !== "function") throw new TypeError("performance.timerify: the argument is not a function.");
  return callback;
}

/** A Worker does not see how busy its thread is. */
export function eventLoopUtilization() {
  return { idle: 0, active: 0, utilization: 0 };
}

/** The global `performance`. */
export const performance = new Performance(INTERNAL);

/** Its classes. */
export const performanceClasses = {
  Performance,
  PerformanceEntry,
  PerformanceMark,
  PerformanceMeasure,
  PerformanceObserver,
  PerformanceObserverEntryList,
  PerformanceResourceTiming,
};

/** Hands the global and its classes to `define(name, value)`. */
export function installPerformance(define) {
  define("performance", performance);
  for (const name of Object.keys(performanceClasses)) define(name, performanceClasses[name]);
}
