/** Intl.Locale: https://tc39.es/ecma402/#locale-objects */

import { keywordsOf, parseTag, setTag, tagOf, withKeywords } from "./intl_locales.js";
import { coercedOptions, defineIntlClass, requireTypes, stateOf, stringOptions } from "./intl_options.js";
import { isObject } from "./webidl.js";

const KEYWORDS = {
  ca: "calendar",
  co: "collation",
  hc: "hourCycle",
  kf: "caseFirst",
  kn: "numeric",
  nu: "numberingSystem",
};
/** The keywords that have few values; those of the others are names. */
const VALUES = { hourCycle: ["h11", "h12", "h23", "h24"], caseFirst: ["upper", "lower", "false"] };
const LANGUAGE = /^(?:[a-z]{2,3}|[a-z]{5,8})$/i;
const SCRIPT = /^[a-z]{4}$/i;
const REGION = /^(?:[a-z]{2}|[0-9]{3})$/i;
const states = new WeakMap();

/** A language tag taken apart. */
export class Locale {
  constructor(tag, given = undefined) {
    if (typeof tag !== "string" && !isObject(tag)) {
      throw new TypeError("First argument to Intl.Locale constructor can't be empty or missing");
    }
    const [canonical] = parseTag(tagOf(tag) ?? `${tag}`);
    const read = stringOptions("Intl.Locale", coercedOptions(given));
    const base = replaceParts(canonical, read);
    const [, baseName, language, script, region] = parseTag(base);
    const keywords = keywordsOf(canonical, Object.keys(KEYWORDS));
    for (const [key, name] of Object.entries(KEYWORDS)) {
      const value = read(name, VALUES[name], undefined);
      if (name !== "numeric") requireTypes(name, value);
      if (value !== undefined) keywords[key] = key === "kn" && value === "true" ? "" : value;
    }
    const [whole] = parseTag(withKeywords(baseName, keywords));
    states.set(this, { whole, baseName, language, script, region, keywords });
    setTag(this, whole);
  }
}

function replaceParts(canonical, read) {
  const [, baseName, language, script, region] = parseTag(canonical);
  const part = (name, grammar, present) => {
    const value = read(name, undefined, undefined);
    if (value === undefined) return present ?? undefined;
    if (!grammar.test(value)) throw new RangeError("Incorrect locale information provided");
    return value;
  };
  const parts = [part("language", LANGUAGE, language), part("script", SCRIPT, script), part("region", REGION, region)];
  const variants = baseName.split("-").slice([language, script, region].filter((part) => part !== null).length);
  return [...parts, ...variants].filter((part) => part !== undefined).join("-");
}

const stateOfLocale = (object, name) => stateOf(states, object, `Intl.Locale.prototype.${name}`);
const members = {
  toString() {
    return stateOfLocale(this, "toString").whole;
  },
  get baseName() {
    return stateOfLocale(this, "baseName").baseName;
  },
  get language() {
    return stateOfLocale(this, "language").language;
  },
  get script() {
    return stateOfLocale(this, "script").script ?? undefined;
  },
  get region() {
    return stateOfLocale(this, "region").region ?? undefined;
  },
  get numeric() {
    const value = stateOfLocale(this, "numeric").keywords.kn;
    return value === "" || value === "true";
  },
};
for (const [key, name] of Object.entries(KEYWORDS)) {
  if (name === "numeric") continue;
  Object.defineProperty(members, name, {
    get() {
      return stateOfLocale(this, name).keywords[key];
    },
    enumerable: true,
    configurable: true,
  });
}
defineIntlClass(Locale, "Intl.Locale", members);
