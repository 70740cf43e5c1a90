/** The names of curves. */

import { createNodeError } from "./node_errors.js";

const CURVES = {
  __proto__: null,
  prime256v1: "P-256",
  secp256r1: "P-256",
  "P-256": "P-256",
  secp384r1: "P-384",
  "P-384": "P-384",
  secp521r1: "P-521",
  "P-521": "P-521",
};

/** The curves that getCurves lists. */
export const curveNames = ["prime256v1", "secp384r1", "secp521r1"];

/** The host's name of a curve. */
export function requireCurve(name) {
  const curve = CURVES[name];
  if (curve === undefined) {
    throw createNodeError(TypeError, "ERR_CRYPTO_INVALID_CURVE", `Invalid EC curve name: ${name} (node:crypto has ${curveNames.join(", ")} in qemu-dev)`);
  }
  return curve;
}
