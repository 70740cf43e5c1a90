/** Intl.Locale: https://tc39.es/ecma402/#locale-objects */

import { keywordsOf, parseTag, setTag, tagOf, withKeywords } from "./intl_locales.js";
import { coercedOptions, defineIntlClass, stateOf, stringOptions } from "./intl_options.js";
import { isObject } from "./webidl.js";

const KEYWORDS = { ca: "calendar", co: "collation", hc: "hourCycle", kf: "caseFirst", kn: "numeric", nu: "numberingSystem" };
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
      const value = read(name, undefined, undefined);
      if (value !== undefined) keywords[key] = key === "kn" && value === "true" ? "" : value;
    }
    const [whole] = parseTag(withKeywords(baseName, keywords));
    states.set(this, { whole, baseName, language, script, region, keywords });
    setTag(this, whole);
  }
}

function replaceParts(canonical, read) {
  const [, baseName, language, script, region] = parseTag(canonical);
  const parts = [read("language", undefined, language), read("script", undefined, script ?? undefined), read("region", undefined, region ?? undefined)];
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
