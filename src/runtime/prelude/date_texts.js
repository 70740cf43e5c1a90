/** Date.prototype.toString() and toTimeString() with the name of the zone, which the engine leaves out. */

const { apply } = Reflect;
const { toString, toTimeString } = Date.prototype;
/** Workers have no other zone. */
const ZONE = " (Coordinated Universal Time)";
const INVALID = "Invalid Date";

function withZone(text) {
  return text === INVALID ? text : text + ZONE;
}

const METHODS = {
  toString() {
    return withZone(apply(toString, this, []));
  },
  toTimeString() {
    return withZone(apply(toTimeString, this, []));
  },
};

/** Replaces the methods. Runs once, before the snapshot. */
export function installDateTexts() {
  for (const name of Object.keys(METHODS)) {
    Object.defineProperty(Date.prototype, name, { value: METHODS[name], writable: true, configurable: true });
  }
}
