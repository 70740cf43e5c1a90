/** The errors of the WebAssembly JavaScript API: https://webassembly.github.io/spec/js-api/#error-objects */

class CompileError extends Error {}
class LinkError extends Error {}
class RuntimeError extends Error {}

for (const constructor of [CompileError, LinkError, RuntimeError]) {
  for (const [key, value] of [["name", constructor.name], ["message", ""]]) {
    Object.defineProperty(constructor.prototype, key, { value, writable: true, configurable: true });
  }
}

export { CompileError, LinkError, RuntimeError };

const constructors = { __proto__: null, CompileError, LinkError, RuntimeError, RangeError, TypeError };

/** The error that the host describes. */
export function createWasmError({ kind, message }) {
  return new (constructors[kind] ?? RuntimeError)(message);
}

/** Calls a function of the host whose failure is to be an error of `constructor`. */
export function attempt(constructor, place, action) {
  let message;
  try {
    return action();
  } catch (error) {
    message = error.message;
  }
  throw new constructor(`${place}: ${message}`);
}
