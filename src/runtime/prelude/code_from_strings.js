/**
 * Code from strings, which Workers may make only while their script is evaluated.
 * https://developers.cloudflare.com/workers/runtime-apis/web-standards/#javascript-standards
 */

import { defineProperty, getPrototypeOf } from "./primordials.js";

/** Whether they may even then: https://developers.cloudflare.com/workers/configuration/compatibility-flags/ */
export const ALLOWED_DURING_STARTUP = {
  on: "allow_eval_during_startup",
  off: "disallow_eval_during_startup",
  since: "2025-06-01",
};

const NativeEvalError = EvalError;
const KINDS = [function () {}, async () => {}, function* () {}, async function* () {}];

function refuse() {
  throw new NativeEvalError("Code generation from strings disallowed for this context");
}

/** Stands in for a constructor of functions; what is an instance of one stays so. */
function refusing(constructor) {
  const { prototype } = constructor;
  const isPlain = constructor === Function;
  const replaced = function (parameter) {
    if (isPlain && arguments.length === 0) return function anonymous() {};
    return refuse();
  };
  const isWritable = Object.getOwnPropertyDescriptor(prototype, "constructor").writable;
  defineProperty(replaced, "name", { value: constructor.name });
  defineProperty(replaced, "prototype", { value: prototype, writable: false });
  Object.setPrototypeOf(replaced, getPrototypeOf(constructor));
  defineProperty(prototype, "constructor", { value: replaced, writable: isWritable, enumerable: false, configurable: true });
  return replaced;
}

let isForbidden = false;

/** From now on `eval` and the constructors of functions throw an EvalError. */
export function forbidCodeFromStrings() {
  if (isForbidden) return;
  isForbidden = true;
  for (const kind of KINDS) {
    const constructor = getPrototypeOf(kind).constructor;
    const replaced = refusing(constructor);
    if (constructor === Function) define("Function", replaced);
  }
  const evaluate = { eval: (source) => (typeof source === "string" ? refuse() : source) }.eval;
  define("eval", evaluate);
}

function define(name, value) {
  defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true });
}
