/** The host's half of Intl; src/runtime/host/intl names the operations. */

import * as host from "./host.js";

/**
 * What an operation answers, or null when it has no answer.
 * @param {string} operation
 * @param {string} options JSON, or a name
 * @param {string[]} values
 * @returns {string|null}
 */
export function ask(operation, options, values = []) {
  try {
    return host.intl(operation, options, values);
  } catch (error) {
    if (error?.payload === undefined) throw error;
    return null;
  }
}

/**
 * Says once per isolate that a locale is not here.
 * @param {string} locale
 */
export function tellMissing(locale) {
  if (told.has(locale)) return;
  told.add(locale);
  host.log("warn", `Intl: ${locale} is not available here, and en-US is used instead; Cloudflare has all locales.`);
}

const told = new Set();
