/** Intl.Collator, Intl.Segmenter, Intl.DisplayNames: https://tc39.es/ecma402/ */

import { ask } from "./intl_host.js";
import { localesMember, parseTag, resolveLocale } from "./intl_locales.js";
import { coercedOptions, defineIntlClass, instanceOf, optionsObject, stateOf, stringOptions } from "./intl_options.js";

const STYLES = ["narrow", "short", "long"];
const states = new WeakMap();

/** The order of texts. */
export function Collator(locales = undefined, options = undefined) {
  const collator = instanceOf(new.target, Collator);
  states.set(collator, readCollator(locales, options));
  return collator;
}

function readCollator(locales, given) {
  const { locale, keywords } = resolveLocale(locales, ["kn", "kf"]);
  const options = coercedOptions(given);
  const read = stringOptions("Intl.Collator", options);
  const usage = read("usage", ["sort", "search"], "sort");
  read("localeMatcher", ["lookup", "best fit"], "best fit");
  const ofLocale = keywords.kn !== undefined && keywords.kn !== "false";
  const numeric = options.numeric === undefined ? ofLocale : Boolean(options.numeric);
  const cases = ["upper", "lower", "false"];
  const caseFirst = read("caseFirst", cases, cases.includes(keywords.kf) ? keywords.kf : "false");
  const sensitivity = read("sensitivity", ["base", "accent", "case", "variant"], "variant");
  const ignorePunctuation = Boolean(options.ignorePunctuation);
  const text = JSON.stringify({ sensitivity, ignorePunctuation, numeric, caseFirst });
  return { locale, usage, sensitivity, ignorePunctuation, numeric, caseFirst, text };
}

/** Compares as a collator does. */
function compareBy({ text }, left, right) {
  const [first, second] = [`${left}`, `${right}`];
  return first === second ? 0 : Number(ask("compare", text, [first, second]));
}

let plain;

/** String.prototype.localeCompare. */
export function compareTexts(left, right, locales, options) {
  if (locales !== undefined || options !== undefined) return compareBy(readCollator(locales, options), left, right);
  plain ??= readCollator();
  return compareBy(plain, left, right);
}

defineIntlClass(
  Collator,
  "Intl.Collator",
  {
    get compare() {
      const state = stateOf(states, this, "get Intl.Collator.prototype.compare");
      state.compare ??= (left, right) => compareBy(state, left, right);
      return state.compare;
    },
    resolvedOptions() {
      const state = stateOf(states, this, "Intl.Collator.prototype.resolvedOptions");
      const { locale, usage, sensitivity, ignorePunctuation, numeric, caseFirst } = state;
      return { locale, usage, sensitivity, ignorePunctuation, collation: "default", numeric, caseFirst };
    },
  },
  localesMember,
);

/** Texts in graphemes, words or sentences. */
export class Segmenter {
  constructor(locales = undefined, given = undefined) {
    const { locale } = resolveLocale(locales);
    const read = stringOptions("Intl.Segmenter", optionsObject(given));
    read("localeMatcher", ["lookup", "best fit"], "best fit");
    states.set(this, { locale, granularity: read("granularity", ["grapheme", "word", "sentence"], "grapheme") });
  }
}

defineIntlClass(
  Segmenter,
  "Intl.Segmenter",
  {
    segment(input) {
      const { granularity } = stateOf(states, this, "Intl.Segmenter.prototype.segment");
      return new Segments(`${input}`, granularity);
    },
    resolvedOptions() {
      const { locale, granularity } = stateOf(states, this, "Intl.Segmenter.prototype.resolvedOptions");
      return { locale, granularity };
    },
  },
  localesMember,
);

/** What Segmenter.prototype.segment returns. */
class Segments {
  #input;
  #granularity;
  #ends;

  constructor(input, granularity) {
    this.#input = input;
    this.#granularity = granularity;
    // The host sees well-formed text, which has the same length.
    this.#ends = JSON.parse(ask("segments", granularity, [input.toWellFormed()]));
  }

  containing(index = 0) {
    const position = Math.trunc(Number(index)) || 0;
    if (position < 0 || position >= this.#input.length) return undefined;
    return this.#segment(this.#ends.findIndex((end) => Math.abs(end) > position));
  }

  *[Symbol.iterator]() {
    for (let number = 0; number < this.#ends.length; number++) yield this.#segment(number);
  }

  #segment(number) {
    const index = number === 0 ? 0 : Math.abs(this.#ends[number - 1]);
    const end = this.#ends[number];
    const data = { segment: this.#input.slice(index, Math.abs(end)), index, input: this.#input };
    return this.#granularity === "word" ? { ...data, isWordLike: end > 0 } : data;
  }
}
delete Segments.prototype.constructor;

const TYPES = ["language", "region", "script", "currency", "calendar", "dateTimeField"];
const CODES = {
  region: [/^(?:[a-z]{2}|[0-9]{3})$/i, (code) => code.toUpperCase()],
  script: [/^[a-z]{4}$/i, (code) => code[0].toUpperCase() + code.slice(1).toLowerCase()],
  currency: [/^[a-z]{3}$/i, (code) => code.toUpperCase()],
};

/** The names of languages, regions, scripts and currencies. */
export class DisplayNames {
  constructor(locales, given) {
    const { locale } = resolveLocale(locales);
    if (given === undefined) throw new TypeError("Cannot convert undefined or null to object");
    const read = stringOptions("Intl.DisplayNames", optionsObject(given));
    read("localeMatcher", ["lookup", "best fit"], "best fit");
    const style = read("style", STYLES, "long");
    const type = read("type", TYPES, undefined);
    if (type === undefined) throw new TypeError('Required option "type" must not be undefined');
    const fallback = read("fallback", ["code", "none"], "code");
    const languageDisplay = read("languageDisplay", ["dialect", "standard"], "dialect");
    if (CODES[type] === undefined && type !== "language") {
      throw new RangeError(`Intl.DisplayNames: names of the type ${type} are not available here; on Cloudflare they are.`);
    }
    states.set(this, { locale, style, type, fallback, languageDisplay });
  }
}

function canonicalCode(type, code) {
  if (type === "language") return parseTag(code)[1];
  const [pattern, spell] = CODES[type];
  if (!pattern.test(code)) throw new RangeError("Invalid argument to Intl.DisplayNames.prototype.of");
  return spell(code);
}

/** A language's name, with what the tag says besides in parentheses. */
function languageName(tag) {
  const whole = ask("display-name", "language", [tag]);
  const [, , language, script, region] = parseTag(tag);
  const name = whole ?? ask("display-name", "language", [language]);
  if (whole !== null || name === null) return name;
  const scriptName = script && (ask("display-name", "script", [script]) ?? script);
  const regionName = region && (ask("display-name", "region", [region]) ?? region);
  return `${name} (${[scriptName, regionName].filter(Boolean).join(", ")})`;
}

defineIntlClass(
  DisplayNames,
  "Intl.DisplayNames",
  {
    of(code) {
      const { type, fallback } = stateOf(states, this, "Intl.DisplayNames.prototype.of");
      const canonical = canonicalCode(type, `${code}`);
      const name = type === "language" ? languageName(canonical) : ask("display-name", type, [canonical]);
      return name ?? (fallback === "code" ? canonical : undefined);
    },
    resolvedOptions() {
      const { locale, style, type, fallback, languageDisplay } = stateOf(states, this, "Intl.DisplayNames.prototype.resolvedOptions");
      return { locale, style, type, fallback, ...(type === "language" ? { languageDisplay } : {}) };
    },
  },
  localesMember,
);
