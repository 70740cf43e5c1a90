/**
 * Intl for en-US, and the methods of the language that go through it: https://tc39.es/ecma402/
 *
 *   intl_options.js, intl_locales.js, intl_digits.js   how options and locales are read
 *   intl_number_format.js, intl_date_time_format.js    numbers, dates
 *   intl_collator.js, intl_display_names.js, intl_list_format.js, intl_locale.js, intl_plural_rules.js,
 *   intl_relative_time_format.js, intl_segmenter.js    the other classes
 *   intl_host.js                                       the half that the host has
 */

import { Collator, compareTexts } from "./intl_collator.js";
import { DateTimeFormat, formatDate } from "./intl_date_time_format.js";
import { DisplayNames } from "./intl_display_names.js";
import { ask } from "./intl_host.js";
import { ListFormat } from "./intl_list_format.js";
import { Locale } from "./intl_locale.js";
import { canonicalLocales } from "./intl_locales.js";
import { NumberFormat } from "./intl_number_format.js";
import { defineHidden } from "./intl_options.js";
import { PluralRules } from "./intl_plural_rules.js";
import { RelativeTimeFormat } from "./intl_relative_time_format.js";
import { Segmenter } from "./intl_segmenter.js";

const CLASSES = {
  Collator,
  DateTimeFormat,
  DisplayNames,
  ListFormat,
  Locale,
  NumberFormat,
  PluralRules,
  RelativeTimeFormat,
  Segmenter,
};
/** What is there of what supportedValuesOf lists; the host knows the other keys. */
const VALUES = { calendar: ["gregory"], collation: [], numberingSystem: ["latn"] };

const Intl = {};
defineHidden(Intl, CLASSES);
defineHidden(Intl, {
  getCanonicalLocales(locales) {
    return canonicalLocales(locales);
  },
  supportedValuesOf(key) {
    const name = `${key}`;
    if (Object.hasOwn(VALUES, name)) return [...VALUES[name]];
    const answer = ask("supported", name);
    if (answer === null) throw new RangeError(`Invalid key : ${name}`);
    return JSON.parse(answer);
  },
});
Object.defineProperty(Intl, Symbol.toStringTag, { value: "Intl", configurable: true });

const { getTime } = Date.prototype;
const { valueOf: numberValue } = Number.prototype;
const { valueOf: bigIntValue } = BigInt.prototype;

function dateText(date, locales, options, required, defaults) {
  const milliseconds = Reflect.apply(getTime, date, []);
  return Number.isNaN(milliseconds) ? "Invalid Date" : formatDate(milliseconds, locales, options, required, defaults);
}

const DATE_METHODS = {
  toLocaleString(locales = undefined, options = undefined) {
    return dateText(this, locales, options, "any", "all");
  },
  toLocaleDateString(locales = undefined, options = undefined) {
    return dateText(this, locales, options, "date", "date");
  },
  toLocaleTimeString(locales = undefined, options = undefined) {
    return dateText(this, locales, options, "time", "time");
  },
};

/** Array.prototype.toLocaleString, which hands its arguments to the elements. */
function joinLocaleStrings(list, locales, options) {
  const texts = [];
  for (let index = 0; index < list.length; index++) {
    const element = list[index];
    texts.push(element === undefined || element === null ? "" : `${element.toLocaleString(locales, options)}`);
  }
  return texts.join(",");
}

const ARRAY_METHODS = {
  toLocaleString(locales = undefined, options = undefined) {
    return joinLocaleStrings(Object(this), locales, options);
  },
};

const TypedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype);
const { values: typedArrayValues } = TypedArrayPrototype;
const TYPED_ARRAY_METHODS = {
  toLocaleString(locales = undefined, options = undefined) {
    // What is no typed array, or has lost its buffer, throws here.
    Reflect.apply(typedArrayValues, this, []);
    return joinLocaleStrings(this, locales, options);
  },
};

/** Defines Intl and replaces the methods that the engine has without locales. Runs once, before the snapshot. */
export function installIntl() {
  Object.defineProperty(globalThis, "Intl", { value: Intl, writable: true, configurable: true });
  defineHidden(Date.prototype, DATE_METHODS);
  defineHidden(Number.prototype, {
    toLocaleString(locales = undefined, options = undefined) {
      return new NumberFormat(locales, options).format(Reflect.apply(numberValue, this, []));
    },
  });
  defineHidden(BigInt.prototype, {
    toLocaleString(locales = undefined, options = undefined) {
      return new NumberFormat(locales, options).format(Reflect.apply(bigIntValue, this, []));
    },
  });
  defineHidden(String.prototype, {
    localeCompare(that, locales = undefined, options = undefined) {
      if (this === undefined || this === null) {
        throw new TypeError("String.prototype.localeCompare called on null or undefined");
      }
      return compareTexts(`${this}`, `${that}`, locales, options);
    },
  });
  defineHidden(Array.prototype, ARRAY_METHODS);
  defineHidden(TypedArrayPrototype, TYPED_ARRAY_METHODS);
}
