/**
 * What `performance` records: https://w3c.github.io/user-timing/ and https://w3c.github.io/performance-timeline/
 */

import { currentTimeMs } from "./primordials.js";
import { structuredClone } from "./structured.js";
import { defineInterface, isObject, requireArguments, toDictionary, toDOMString } from "./webidl.js";

const INTERNAL = Symbol("internal");

/** One thing that happened. */
export class PerformanceEntry {
  #name;
  #entryType;
  #startTime;
  #duration;

  constructor(key = undefined, name = "", entryType = "", startTime = 0, duration = 0) {
    if (key !== INTERNAL) throw new TypeError("Illegal constructor");
    this.#name = name;
    this.#entryType = entryType;
    this.#startTime = startTime;
    this.#duration = duration;
  }

  get name() {
    return this.#name;
  }

  get entryType() {
    return this.#entryType;
  }

  get startTime() {
    return this.#startTime;
  }

  get duration() {
    return this.#duration;
  }

  toJSON() {
    return { name: this.#name, entryType: this.#entryType, startTime: this.#startTime, duration: this.#duration };
  }
}

/** A moment that was given a name. */
export class PerformanceMark extends PerformanceEntry {
  #detail;

  constructor(name, options = undefined) {
    requireArguments(arguments.length, 1, "PerformanceMark");
    const { detail, startTime } = toDictionary(options, "The options of a mark");
    super(INTERNAL, toDOMString(name), "mark", checkTime(startTime) ?? currentTimeMs());
    this.#detail = cloneDetail(detail);
  }

  get detail() {
    return this.#detail;
  }

  toJSON() {
    return { ...super.toJSON(), detail: this.#detail };
  }
}

/** The time between two moments. */
export class PerformanceMeasure extends PerformanceEntry {
  #detail = null;

  constructor(key = undefined, name = "", startTime = 0, duration = 0, detail = null) {
    super(key, name, "measure", startTime, duration);
    this.#detail = detail;
  }

  get detail() {
    return this.#detail;
  }

  toJSON() {
    return { ...super.toJSON(), detail: this.#detail };
  }
}

/** Cloudflare's runtime has the class, and records no requests. */
export class PerformanceResourceTiming extends PerformanceEntry {}

for (const constructor of [PerformanceEntry, PerformanceMark, PerformanceMeasure, PerformanceResourceTiming]) {
  defineInterface(constructor);
}

function checkTime(time) {
  if (time === undefined) return undefined;
  const number = Number(time);
  if (!(number >= 0 && number < Infinity)) throw new TypeError(`A mark's time must be a number that is not negative, not ${time}.`);
  return number;
}

function cloneDetail(detail) {
  return detail === undefined || detail === null ? null : structuredClone(detail);
}

/**
 * The entry of `performance.measure(name, startOrOptions, endMark)`.
 * @param {(name: string) => number} timeOfMark when a mark was set, the last of this name
 */
export function createMeasure(timeOfMark, name, startOrOptions, endMark) {
  const isOptions = isObject(startOrOptions);
  const given = isOptions ? startOrOptions : { start: startOrOptions };
  const { detail, duration } = given;
  const end = given.end ?? endMark;
  if (isOptions && endMark !== undefined) throw new TypeError("performance.measure: the end is either in the options or an argument.");
  const moment = (value) => (typeof value === "number" ? checkTime(value) : timeOfMark(toDOMString(value)));
  const length = checkTime(duration);
  let endTime = end === undefined ? currentTimeMs() : moment(end);
  let startTime = given.start === undefined ? 0 : moment(given.start);
  if (length !== undefined && end !== undefined) startTime = endTime - length;
  else if (length !== undefined) endTime = startTime + length;
  return new PerformanceMeasure(INTERNAL, toDOMString(name), startTime, endTime - startTime, cloneDetail(detail));
}
