/** The WebAssembly namespace: https://webassembly.github.io/spec/js-api/#webassembly-namespace */

import wasm from "qemu-dev:engine/wasm@0.1.0";
import { CompileError, LinkError, RuntimeError } from "./wasm_errors.js";
import { Instance } from "./wasm_instance.js";
import { disallowedCompilation, Module, moduleParts } from "./wasm_module.js";
import { Global, Memory, Table } from "./wasm_objects.js";
import { bytesOf, isBufferSource } from "./webidl.js";

const functions = {
  async compile() {
    throw disallowedCompilation("WebAssembly.compile()");
  },

  async instantiate(module, imports = undefined) {
    if (moduleParts(module) !== undefined) return new Instance(module, imports);
    if (isBufferSource(module)) throw disallowedCompilation("WebAssembly.instantiate()");
    throw new TypeError("WebAssembly.instantiate(): Argument 0 must be a buffer source or a WebAssembly.Module");
  },

  validate(bytes) {
    if (!isBufferSource(bytes)) throw new TypeError("WebAssembly.validate(): Argument 0 must be a buffer source");
    return wasm.validate(bytesOf(bytes));
  },
};

const constructors = { Module, Instance, Memory, Table, Global, CompileError, LinkError, RuntimeError };

/** The namespace object. */
export const WebAssembly = {};
for (const [name, value] of Object.entries(functions)) {
  Object.defineProperty(WebAssembly, name, { value, writable: true, enumerable: true, configurable: true });
}
for (const [name, value] of Object.entries(constructors)) {
  Object.defineProperty(WebAssembly, name, { value, writable: true, configurable: true });
}
Object.defineProperty(WebAssembly, Symbol.toStringTag, { value: "WebAssembly", configurable: true });
