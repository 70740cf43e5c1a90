/** Which locales are there, and which one of them is meant: https://tc39.es/ecma402/#sec-resolvelocale */

import { ask, tellMissing } from "./intl_host.js";
import { isObject } from "./webidl.js";
import { coercedOptions, stringOptions } from "./intl_options.js";

export const DEFAULT_LOCALE = "en-US";
const AVAILABLE = ["en", "en-US"];
const EXTENSION = /-u(?:-[0-9a-z]{2,8})+/;
const tags = new WeakMap();

/** Notes that an object is an Intl.Locale with a tag. */
export function setTag(locale, tag) {
  tags.set(locale, tag);
}

/** The tag of an Intl.Locale; undefined for what is none. */
export function tagOf(locale) {
  return isObject(locale) ? tags.get(locale) : undefined;
}

/** A tag's canonical form, base name, language, script and region. */
export function parseTag(tag) {
  const answer = ask("locale", tag);
  if (answer === null) throw new RangeError("Incorrect locale information provided");
  return JSON.parse(answer);
}

/** CanonicalizeLocaleList. */
export function canonicalLocales(locales) {
  if (locales === undefined) return [];
  if (locales === null) throw new TypeError("Cannot convert undefined or null to object");
  const isOne = typeof locales === "string" || tagOf(locales) !== undefined;
  const list = isOne ? [locales] : Object(locales);
  const found = [];
  const length = Math.min(Math.max(Math.trunc(Number(list.length)) || 0, 0), Number.MAX_SAFE_INTEGER);
  for (let index = 0; index < length; index++) {
    if (!(index in list)) continue;
    const tag = canonicalTag(list[index]);
    if (!found.includes(tag)) found.push(tag);
  }
  return found;
}

function canonicalTag(value) {
  if (AVAILABLE.includes(value)) return value;
  if (typeof value !== "string" && !isObject(value)) throw new TypeError("Language ID should be string or object.");
  return tagOf(value) ?? parseTag(`${value}`)[0];
}

/**
 * The locale to use for those asked for, and its keywords of Unicode extensions that `keys` names.
 * @returns {{locale: string, keywords: Record<string, string>}}
 */
export function resolveLocale(locales, keys = []) {
  const wanted = canonicalLocales(locales);
  for (const tag of wanted) {
    const locale = tag.replace(EXTENSION, "");
    if (AVAILABLE.includes(locale)) return { locale, keywords: keywordsOf(tag, keys) };
  }
  if (wanted.length > 0) tellMissing(wanted[0]);
  return { locale: DEFAULT_LOCALE, keywords: {} };
}

/** The keywords of a tag's Unicode extension. */
export function keywordsOf(tag, keys) {
  const keywords = {};
  const extension = EXTENSION.exec(tag)?.[0];
  if (extension === undefined) return keywords;
  for (const key of keys) {
    const match = new RegExp(`-${key}((?:-[0-9a-z]{3,8})*)(?=-[0-9a-z]{2}(?:-|$)|$)`).exec(extension);
    if (match !== null) keywords[key] = match[1].slice(1);
  }
  return keywords;
}

/** A locale with keywords, as resolvedOptions tells it. */
export function withKeywords(locale, keywords) {
  const text = Object.keys(keywords).sort().map((key) => (keywords[key] === "" ? key : `${key}-${keywords[key]}`));
  return text.length === 0 ? locale : `${locale}-u-${text.join("-")}`;
}

/** The static method that all classes of Intl have. */
export const localesMember = {
  supportedLocalesOf(locales, options = undefined) {
    const wanted = canonicalLocales(locales);
    stringOptions("Intl", coercedOptions(options))("localeMatcher", ["lookup", "best fit"], "best fit");
    return wanted.filter((tag) => AVAILABLE.includes(tag.replace(EXTENSION, "")));
  },
};
