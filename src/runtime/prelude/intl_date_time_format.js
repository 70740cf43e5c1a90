/** Intl.DateTimeFormat: https://tc39.es/ecma402/#datetimeformat-objects */

import { ask } from "./intl_host.js";
import { localesMember, resolveLocale, withKeywords } from "./intl_locales.js";
import {
  coercedOptions,
  defineIntlClass,
  instanceOf,
  integerOption,
  partsOf,
  requireTypes,
  stateOf,
  stringOptions,
} from "./intl_options.js";
import { currentTimeMs } from "./primordials.js";

const NAME = "Intl.DateTimeFormat";
const TEXT = ["narrow", "short", "long"];
const DIGITS = ["2-digit", "numeric"];
const CYCLES = ["h11", "h12", "h23", "h24"];
const STYLES = ["full", "long", "medium", "short"];
const ZONE_NAMES = ["short", "long", "shortOffset", "longOffset", "shortGeneric", "longGeneric"];
const TIME_MAX_MS = 8.64e15;
/** Components in the order in which they are read; null for the one that is a number. */
const COMPONENTS = {
  weekday: TEXT,
  era: TEXT,
  year: DIGITS,
  month: [...DIGITS, ...TEXT],
  day: DIGITS,
  dayPeriod: TEXT,
  hour: DIGITS,
  minute: DIGITS,
  second: DIGITS,
  fractionalSecondDigits: null,
  timeZoneName: ZONE_NAMES,
};
const DATE = ["weekday", "year", "month", "day"];
const TIME = ["dayPeriod", "hour", "minute", "second", "fractionalSecondDigits"];
const states = new WeakMap();

/** Dates and times as people write them. */
export function DateTimeFormat(locales = undefined, options = undefined) {
  const format = instanceOf(new.target, DateTimeFormat);
  states.set(format, readState(locales, options, "any", "date"));
  return format;
}

/** Formats as Date's methods do; `required` and `defaults` are "date", "time", "any" and "all". */
export function formatDate(milliseconds, locales, options, required, defaults) {
  return write("date-time", readState(locales, options, required, defaults), milliseconds);
}

function readState(locales, given, required, defaults) {
  const { locale, keywords } = resolveLocale(locales, ["hc"]);
  const options = coercedOptions(given);
  const read = stringOptions(NAME, options);
  read("localeMatcher", ["lookup", "best fit"], "best fit");
  requireTypes("calendar", read("calendar", undefined, undefined));
  requireTypes("numberingSystem", read("numberingSystem", undefined, undefined));
  const hour12 = options.hour12 === undefined ? undefined : Boolean(options.hour12);
  const askedCycle = read("hourCycle", CYCLES, undefined);
  const timeZone = readTimeZone(options.timeZone);
  const components = readComponents(read, options);
  read("formatMatcher", ["basic", "best fit"], "best fit");
  const dateStyle = read("dateStyle", STYLES, undefined);
  const timeStyle = read("timeStyle", STYLES, undefined);
  if (dateStyle !== undefined || timeStyle !== undefined) {
    checkStyles(components, dateStyle, timeStyle, required);
  } else {
    addDefaults(components, required, defaults);
  }
  const hasHour = components.hour !== undefined || timeStyle !== undefined;
  const ofLocale = CYCLES.includes(keywords.hc) ? keywords.hc : undefined;
  const hourCycle = hasHour ? resolveCycle(hour12, askedCycle ?? ofLocale) : undefined;
  const isFromLocale = ofLocale !== undefined && hour12 === undefined && (askedCycle ?? ofLocale) === ofLocale;
  const shown = { ...components, dateStyle, timeStyle, hourCycle, timeZone };
  return { locale: withKeywords(locale, isFromLocale ? { hc: ofLocale } : {}), shown, text: JSON.stringify(shown) };
}

function resolveCycle(hour12, asked) {
  if (hour12 === undefined) return asked ?? "h12";
  return hour12 ? "h12" : "h23";
}

function readTimeZone(value) {
  if (value === undefined) return "UTC";
  const zone = ask("time-zone", `${value}`);
  if (zone === null) throw new RangeError(`Invalid time zone specified: ${value}`);
  return zone;
}

function readComponents(read, options) {
  const components = {};
  for (const name of Object.keys(COMPONENTS)) {
    const value = COMPONENTS[name] === null
      ? integerOption(options[name], 1, 3, undefined, name)
      : read(name, COMPONENTS[name], undefined);
    if (value !== undefined) components[name] = value;
  }
  return components;
}

function checkStyles(components, dateStyle, timeStyle, required) {
  const [other] = Object.keys(components);
  if (other !== undefined) {
    throw new TypeError(`Can't set option ${other} when ${dateStyle === undefined ? "timeStyle" : "dateStyle"} is used`);
  }
  if (required === "date" && timeStyle !== undefined) throw new TypeError("Invalid option : timeStyle");
  if (required === "time" && dateStyle !== undefined) throw new TypeError("Invalid option : dateStyle");
}

/** Adds numbers where nothing was asked for that must be there. */
function addDefaults(components, required, defaults) {
  const has = (names) => names.some((name) => components[name] !== undefined);
  if ((required !== "time" && has(DATE)) || (required !== "date" && has(TIME))) return;
  if (defaults !== "time") Object.assign(components, { year: "numeric", month: "numeric", day: "numeric" });
  if (defaults !== "date") Object.assign(components, { hour: "numeric", minute: "numeric", second: "numeric" });
}

function write(operation, { text }, value) {
  const milliseconds = value === undefined ? currentTimeMs() : Number(value);
  if (!(Math.abs(milliseconds) <= TIME_MAX_MS)) throw new RangeError("Invalid time value");
  return ask(operation, text, [`${Math.trunc(milliseconds) + 0}`]);
}

defineIntlClass(
  DateTimeFormat,
  NAME,
  {
    get format() {
      const state = stateOf(states, this, "get Intl.DateTimeFormat.prototype.format");
      state.format ??= (date) => write("date-time", state, date);
      return state.format;
    },
    formatToParts(date) {
      const state = stateOf(states, this, "Intl.DateTimeFormat.prototype.formatToParts");
      return partsOf(write("date-time-parts", state, date));
    },
    resolvedOptions() {
      const { locale, shown, text } = stateOf(states, this, "Intl.DateTimeFormat.prototype.resolvedOptions");
      const { dateStyle, timeStyle, hourCycle, timeZone } = shown;
      const resolved = { locale, calendar: "gregory", numberingSystem: "latn", timeZone };
      if (hourCycle !== undefined) {
        Object.assign(resolved, { hourCycle, hour12: hourCycle === "h11" || hourCycle === "h12" });
      }
      if (dateStyle === undefined && timeStyle === undefined) Object.assign(resolved, writtenComponents(text));
      if (dateStyle !== undefined) resolved.dateStyle = dateStyle;
      if (timeStyle !== undefined) resolved.timeStyle = timeStyle;
      return resolved;
    },
  },
  localesMember,
);

/** What the pattern writes, in the order of the components. */
function writtenComponents(text) {
  const written = Object.fromEntries(JSON.parse(ask("date-time-components", text)));
  const ordered = {};
  for (const name of Object.keys(COMPONENTS)) {
    if (written[name] !== undefined) ordered[name] = COMPONENTS[name] === null ? Number(written[name]) : written[name];
  }
  return ordered;
}
