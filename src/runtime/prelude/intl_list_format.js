/** Intl.ListFormat: https://tc39.es/ecma402/#listformat-objects */

import { localesMember, resolveLocale } from "./intl_locales.js";
import { defineIntlClass, optionsObject, stateOf, stringOptions, textOf } from "./intl_options.js";

const STYLES = ["long", "short", "narrow"];
/** What stands between two, and before the last of three and more, where that differs from a comma. */
const LINKS = {
  conjunction: { long: [" and ", ", and "], short: [" & ", ", & "], narrow: [", ", ", "] },
  disjunction: { long: [" or ", ", or "], short: [" or ", ", or "], narrow: [" or ", ", or "] },
  unit: { long: [", ", ", "], short: [", ", ", "], narrow: [" ", " "] },
};
const states = new WeakMap();

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
