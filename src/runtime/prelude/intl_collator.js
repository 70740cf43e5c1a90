/** Intl.Collator: https://tc39.es/ecma402/#collator-objects */

import { ask } from "./intl_host.js";
import { localesMember, resolveLocale } from "./intl_locales.js";
import { coercedOptions, defineIntlClass, instanceOf, stateOf, stringOptions } from "./intl_options.js";

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
