/** Intl.DisplayNames: https://tc39.es/ecma402/#intl-displaynames-objects */

import { ask } from "./intl_host.js";
import { localesMember, parseTag, resolveLocale } from "./intl_locales.js";
import { defineIntlClass, optionsObject, stateOf, stringOptions } from "./intl_options.js";

const STYLES = ["narrow", "short", "long"];
const TYPES = ["language", "region", "script", "currency", "calendar", "dateTimeField"];
const CODES = {
  region: [/^(?:[a-z]{2}|[0-9]{3})$/i, (code) => code.toUpperCase()],
  script: [/^[a-z]{4}$/i, (code) => code[0].toUpperCase() + code.slice(1).toLowerCase()],
  currency: [/^[a-z]{3}$/i, (code) => code.toUpperCase()],
};
const states = new WeakMap();

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
      const missing = `names of the type ${type} are not available here; on Cloudflare they are.`;
      throw new RangeError(`Intl.DisplayNames: ${missing}`);
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
      const state = stateOf(states, this, "Intl.DisplayNames.prototype.resolvedOptions");
      const { locale, style, type, fallback, languageDisplay } = state;
      return { locale, style, type, fallback, ...(type === "language" ? { languageDisplay } : {}) };
    },
  },
  localesMember,
);
