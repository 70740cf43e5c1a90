/** Intl.NumberFormat: https://tc39.es/ecma402/#numberformat-objects */

import { numberText, readDigits, resolvedDigits } from "./intl_digits.js";
import { ask } from "./intl_host.js";
import { localesMember, resolveLocale } from "./intl_locales.js";
import {
  coercedOptions,
  defineIntlClass,
  instanceOf,
  partsOf,
  requireTypes,
  stateOf,
  stringOptions,
} from "./intl_options.js";

const NAME = "Intl.NumberFormat";
const CURRENCY = /^[A-Za-z]{3}$/;
const states = new WeakMap();

/** Numbers as people write them. */
export function NumberFormat(locales = undefined, options = undefined) {
  const format = instanceOf(new.target, NumberFormat);
  states.set(format, readState(locales, options));
  return format;
}

function readState(locales, given) {
  const { locale } = resolveLocale(locales);
  const options = coercedOptions(given);
  const read = stringOptions(NAME, options);
  read("localeMatcher", ["lookup", "best fit"], "best fit");
  requireTypes("numberingSystem", read("numberingSystem", undefined, undefined));
  const style = read("style", ["decimal", "percent", "currency", "unit"], "decimal");
  const currency = readCurrency(read, style);
  const unit = readUnit(read, style);
  const notation = read("notation", ["standard", "scientific", "engineering", "compact"], "standard");
  const digits = readDigits(NAME, options, fractionDefaults(style, currency.currency), notation);
  const compactDisplay = read("compactDisplay", ["short", "long"], "short");
  const useGrouping = readGrouping(options, notation === "compact" ? "min2" : "auto");
  const signDisplay = read("signDisplay", ["auto", "never", "always", "exceptZero", "negative"], "auto");
  const isCompact = notation === "compact" ? { compactDisplay } : {};
  const wanted = { style, ...currency, ...unit, notation, ...isCompact, signDisplay };
  const grouping = useGrouping === false ? "never" : useGrouping;
  return { locale, wanted, digits, useGrouping, text: JSON.stringify({ ...wanted, useGrouping: grouping, digits }) };
}

function readCurrency(read, style) {
  const code = read("currency", undefined, undefined);
  if (code === undefined && style === "currency") throw new TypeError("Currency code is required with currency style.");
  if (code !== undefined && !CURRENCY.test(code)) throw new RangeError(`Invalid currency code : ${code}`);
  const currencyDisplay = read("currencyDisplay", ["code", "symbol", "narrowSymbol", "name"], "symbol");
  const currencySign = read("currencySign", ["standard", "accounting"], "standard");
  return style === "currency" ? { currency: code.toUpperCase(), currencyDisplay, currencySign } : {};
}

function readUnit(read, style) {
  const unit = read("unit", undefined, undefined);
  if (unit === undefined && style === "unit") throw new TypeError("Invalid unit argument for Intl.NumberFormat() ''");
  if (unit !== undefined && ask("is-unit", unit) !== "true") {
    throw new RangeError(`Invalid unit argument for Intl.NumberFormat() '${unit}'`);
  }
  const unitDisplay = read("unitDisplay", ["short", "narrow", "long"], "short");
  return style === "unit" ? { unit, unitDisplay } : {};
}

function fractionDefaults(style, currency) {
  if (style === "currency") {
    const digits = Number(ask("currency-digits", currency));
    return [digits, digits];
  }
  return [0, style === "percent" ? 0 : 3];
}

function readGrouping(options, fallback) {
  const value = options.useGrouping;
  if (value === undefined) return fallback;
  if (value === true) return "always";
  if (!value) return false;
  const text = `${value}`;
  if (text === "true" || text === "false") return fallback;
  if (["min2", "auto", "always"].includes(text)) return text;
  throw new RangeError(`Value ${text} out of range for ${NAME} options property useGrouping`);
}

defineIntlClass(
  NumberFormat,
  NAME,
  {
    get format() {
      const state = stateOf(states, this, "get Intl.NumberFormat.prototype.format");
      state.format ??= (value) => ask("number", state.text, [numberText(value)]);
      return state.format;
    },
    formatToParts(value) {
      const { text } = stateOf(states, this, "Intl.NumberFormat.prototype.formatToParts");
      return partsOf(ask("number-parts", text, [numberText(value)]));
    },
    resolvedOptions() {
      const state = stateOf(states, this, "Intl.NumberFormat.prototype.resolvedOptions");
      const { notation, compactDisplay, signDisplay, ...style } = state.wanted;
      const { counts, rounding } = resolvedDigits(state.digits);
      const compact = compactDisplay === undefined ? {} : { compactDisplay };
      const { useGrouping } = state;
      const { locale } = state;
      const shown = { ...style, ...counts, useGrouping, notation, ...compact, signDisplay, ...rounding };
      return { locale, numberingSystem: "latn", ...shown };
    },
  },
  localesMember,
);

/** The host's options of a formatter. */
export function numberOptions(format) {
  return stateOf(states, format, "Intl.NumberFormat").text;
}
