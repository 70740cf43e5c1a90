/** What the Worker's compatibility date and flags switch on: https://developers.cloudflare.com/workers/configuration/compatibility-flags/ */

import { settings } from "./environment.js";

/**
 * Whether a behaviour of the runtime is on.
 * @param {{on: string, off: string, since: string}} change the flags that switch it, and the date from which it is on
 * @returns {boolean}
 */
export function isEnabled({ on, off, since }) {
  const flags = settings.compatibilityFlags ?? [];
  if (flags.includes(on)) return true;
  if (flags.includes(off)) return false;
  return (settings.compatibilityDate ?? "") >= since;
}
