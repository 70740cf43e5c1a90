/**
 * Which prototypes belong to the platform. Their instances keep their state in private fields, so
 * structured clone refuses them and the console shows their attributes instead of own properties.
 */

import { getPrototypeOf } from "./primordials.js";

const prototypes = new WeakSet();
const uncloneable = new WeakSet();

/**
 * Notes a class as one of the platform's.
 * @param {Function} constructor
 */
export function registerPlatformClass(constructor) {
  prototypes.add(constructor.prototype);
}

/**
 * The prototype that makes `object` an instance of a platform class, if any.
 * @param {object} object
 * @returns {object|undefined}
 */
export function platformPrototypeOf(object) {
  for (let prototype = getPrototypeOf(object); prototype !== null; prototype = getPrototypeOf(prototype)) {
    if (prototypes.has(prototype)) return prototype;
  }
  return undefined;
}

/**
 * Notes a class whose instances, and those of classes that extend it, structured clone refuses.
 * @param {Function} constructor
 */
export function refuseClones(constructor) {
  uncloneable.add(constructor.prototype);
}

/**
 * Whether structured clone refuses `object` because of its class.
 * @param {object} object
 */
export function isUncloneable(object) {
  for (let prototype = getPrototypeOf(object); prototype !== null; prototype = getPrototypeOf(prototype)) {
    if (prototypes.has(prototype) || uncloneable.has(prototype)) return true;
  }
  return false;
}
