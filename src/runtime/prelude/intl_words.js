/** Intl.PluralRules, Intl.RelativeTimeFormat, Intl.ListFormat: https://tc39.es/ecma402/ */

import { numberText, readDigits, resolvedDigits } from "./intl_digits.js";
import { ask } from "./intl_host.js";
import { localesMember, resolveLocale } from "./intl_locales.js";
import { NumberFormat, numberOptions } from "./intl_number_format.js";
import { coercedOptions, defineIntlClass, optionsObject, partsOf, stateOf, stringOptions } from "./intl_options.js";

const STYLES = ["long", "short", "narrow"];
const states = new WeakMap();

/** Which form of a word goes with a number. */
export class PluralRules {
  constructor(locales = undefined, given = undefined) {
    const { locale } = resolveLocale(locales);
    const options = coercedOptions(given);
    const type = stringOptions("Intl.PluralRules", options)("type", ["cardinal", "ordinal"], "cardinal");
    const digits = readDigits("Intl.PluralRules", options, [0, 3], "standard");
    states.set(this, { locale, type, digits, text: JSON.stringify({ type, digits }) });
  }
}

const ruleState = (object, method) => stateOf(states, object, `Intl.PluralRules.prototype.${method}`);

defineIntlClass(
  PluralRules,
  "Intl.PluralRules",
  {
    select(value) {
      return ask("plural", ruleState(this, "select").text, [numberText(Number(value))]);
    },
    resolvedOptions() {
      const { locale, type, digits } = ruleState(this, "resolvedOptions");
      const { counts, rounding } = resolvedDigits(digits);
      const pluralCategories = type === "ordinal" ? ["few", "one", "two", "other"] : ["one", "other"];
      return { locale, type, ...counts, pluralCategories, ...rounding };
    },
  },
  localesMember,
);

/** Spans of time from now. */
export class RelativeTimeFormat {
  constructor(locales = undefined, given = undefined) {
    const { locale } = resolveLocale(locales);
    const read = stringOptions("Intl.RelativeTimeFormat", coercedOptions(given));
    read("localeMatcher", ["lookup", "best fit"], "best fit");
    read("numberingSystem", undefined, undefined);
    const style = read("style", STYLES, "long");
    const numeric = read("numeric", ["always", "auto"], "always");
    const number = JSON.parse(numberOptions(new NumberFormat(locale)));
    states.set(this, { locale, style, numeric, text: JSON.stringify({ style, numeric, number }) });
  }
}

const relativeState = (object, method) => stateOf(states, object, `Intl.RelativeTimeFormat.prototype.${method}`);

function relativeParts({ text }, value, unit) {
  const number = Number(value);
  const name = `${unit}`;
  if (!Number.isFinite(number)) throw new RangeError("Value need to be finite number for Intl.RelativeTimeFormat.prototype.format()");
  const answer = ask("relative-time", text, [numberText(number), name.replace(/s$/, "")]);
  if (answer === null) throw new RangeError(`Invalid unit argument for Intl.RelativeTimeFormat.prototype.format() '${name}'`);
  return partsOf(answer);
}

defineIntlClass(
  RelativeTimeFormat,
  "Intl.RelativeTimeFormat",
  {
    format(value, unit) {
      return textOf(relativeParts(relativeState(this, "format"), value, unit));
    },
    formatToParts(value, unit) {
      const parts = relativeParts(relativeState(this, "formatToParts"), value, unit);
      const singular = `${unit}`.replace(/s$/, "");
      return parts.map((part) => (part.type === "literal" ? part : { ...part, unit: singular }));
    },
    resolvedOptions() {
      const { locale, style, numeric } = relativeState(this, "resolvedOptions");
      return { locale, style, numeric, numberingSystem: "latn" };
    },
  },
  localesMember,
);

function textOf(parts) {
  return parts.map(({ value }) => value).join("");
}

/** What stands between two, and before the last of three and more, where that differs from a comma. */
const LINKS = {
  conjunction: { long: [" and ", ", and "], short: [" & ", ", & "], narrow: [", ", ", "] },
  disjunction: { long: [" or ", ", or "], short: [" or ", ", or "], narrow: [" or ", ", or "] },
  unit: { long: [", ", ", "], short: [", ", ", "], narrow: [" ", " "] },
};

/** Lists in a sentence. */
export class ListFormat {
  constructor(locales = undefined, given = undefined) {
    const { locale } = resolveLocale(locales);
    const read = stringOptions("Intl.ListFormat", optionsObject(given));
    read("localeMatcher", ["lookup", "best fit"], "best fit");
    const type = read("type", Object.keys(LINKS), "conjunction");
    states.set(this, { locale, type, style: read("style", STYLES, "long") });
  }
}

const listState = (object, method) => stateOf(states, object, `Intl.ListFormat.prototype.${method}`);

function listParts({ type, style }, list) {
  const items = list === undefined ? [] : [...list];
  const [ofTwo, last] = LINKS[type][style];
  const parts = [];
  items.forEach((value, index) => {
    if (typeof value !== "string") throw new TypeError(`Iterable yielded ${String(value)} which is not a string`);
    if (index > 0) parts.push({ type: "literal", value: linkBefore(index, items.length) });
    parts.push({ type: "element", value });
  });
  return parts;

  function linkBefore(index, count) {
    if (count === 2) return ofTwo;
    if (index === count - 1) return last;
    return last === " " ? " " : ", ";
  }
}

defineIntlClass(
  ListFormat,
  "Intl.ListFormat",
  {
    format(list) {
      return textOf(listParts(listState(this, "format"), list));
    },
    formatToParts(list) {
      return listParts(listState(this, "formatToParts"), list);
    },
    resolvedOptions() {
      const { locale, type, style } = listState(this, "resolvedOptions");
      return { locale, type, style };
    },
  },
  localesMember,
);
