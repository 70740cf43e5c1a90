/**
 * process.env: the Worker's variables as strings.
 * https://developers.cloudflare.com/workers/configuration/environment-variables/
 */

import { isEnabled } from "./compatibility.js";
import { settings } from "./environment.js";
import { stringifyJson } from "./primordials.js";

/** Whether process.env has the Worker's variables. */
const IS_POPULATED = {
  on: "nodejs_compat_populate_process_env",
  off: "nodejs_compat_do_not_populate_process_env",
  since: "2025-04-01",
};

const target = {};

/** As in Node, whatever is assigned becomes a string. */
const variables = new Proxy(target, {
  set(object, key, value) {
    if (typeof key === "symbol" || typeof value === "symbol") {
      throw new TypeError("Cannot convert a Symbol value to a string");
    }
    object[key] = `${value}`;
    return true;
  },
});

/** The object process.env. */
export function environmentVariables() {
  return variables;
}

/** Puts the Worker's variables on process.env. Called when the isolate's settings are known. */
export function fillEnvironmentVariables() {
  if (!isEnabled(IS_POPULATED)) return;
  const { vars } = settings;
  for (const name of Object.keys(vars)) {
    const value = vars[name];
    target[name] = typeof value === "string" ? value : stringifyJson(value);
  }
}
