/** Intl.RelativeTimeFormat: https://tc39.es/ecma402/#relativetimeformat-objects */

import { numberText } from "./intl_digits.js";
import { ask } from "./intl_host.js";
import { localesMember, resolveLocale } from "./intl_locales.js";
import { NumberFormat, numberOptions } from "./intl_number_format.js";
import {
  coercedOptions,
  defineIntlClass,
  partsOf,
  requireTypes,
  stateOf,
  stringOptions,
  textOf,
} from "./intl_options.js";

const STYLES = ["long", "short", "narrow"];
const states = new WeakMap();

/** Spans of time from now. */
export class RelativeTimeFormat {
  constructor(locales = undefined, given = undefined) {
    const { locale } = resolveLocale(locales);
    const read = stringOptions("Intl.RelativeTimeFormat", coercedOptions(given));
    read("localeMatcher", ["lookup", "best fit"], "best fit");
    requireTypes("numberingSystem", read("numberingSystem", undefined, undefined));
    const style = read("style", STYLES, "long");
    const numeric = read("numeric", ["always", "auto"], "always");
    const number = JSON.parse(numberOptions(new NumberFormat(locale)));
    states.set(this, { locale, style, numeric, text: JSON.stringify({ style, numeric, number }) });
  }
}

const relativeState = (object, method) => stateOf(states, object, `Intl.RelativeTimeFormat.prototype.${method}`);

const METHOD = "Intl.RelativeTimeFormat.prototype.format()";

function relativeParts({ text }, value, unit) {
  const number = Number(value);
  const name = `${unit}`;
  if (!Number.isFinite(number)) throw new RangeError(`Value need to be finite number for ${METHOD}`);
  const answer = ask("relative-time", text, [numberText(number), name.replace(/s$/, "")]);
  if (answer === null) throw new RangeError(`Invalid unit argument for ${METHOD} '${name}'`);
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
