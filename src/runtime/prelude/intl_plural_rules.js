/** Intl.PluralRules: https://tc39.es/ecma402/#pluralrules-objects */

import { numberText, readDigits, resolvedDigits } from "./intl_digits.js";
import { ask } from "./intl_host.js";
import { localesMember, resolveLocale } from "./intl_locales.js";
import { coercedOptions, defineIntlClass, stateOf, stringOptions } from "./intl_options.js";

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
