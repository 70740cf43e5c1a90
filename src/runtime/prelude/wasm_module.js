/**
 * Modules: https://webassembly.github.io/spec/js-api/#modules
 *
 * As on Cloudflare, a Worker has the modules that it imports; it cannot compile bytes.
 * https://developers.cloudflare.com/workers/runtime-apis/webassembly/
 */

import wasm from "qemu-dev:engine/wasm@0.1.0";
import { parseJson } from "./primordials.js";
import { CompileError } from "./wasm_errors.js";
import { defineInterface, isObject, requireArguments } from "./webidl.js";

const IMPORTED = Symbol("imported");
let partsOf;

/** The error for bytes that are to be compiled. */
export function disallowedCompilation(place) {
  return new CompileError(`${place}: Wasm code generation disallowed by embedder`);
}

export class Module {
  #parts;

  constructor(bytes, parts = undefined) {
    if (bytes !== IMPORTED) throw disallowedCompilation("WebAssembly.Module()");
    this.#parts = parts;
  }

  static exports(module) {
    requireArguments(arguments.length, 1, "WebAssembly.Module.exports()");
    return requireParts(module, "exports").exports.map(({ name, kind }) => ({ name, kind }));
  }

  static imports(module) {
    requireArguments(arguments.length, 1, "WebAssembly.Module.imports()");
    return requireParts(module, "imports").imports.map(({ module: from, name, kind }) => ({ module: from, name, kind }));
  }

  static customSections(module, sectionName) {
    requireArguments(arguments.length, 2, "WebAssembly.Module.customSections()");
    const bytes = wasm.customSections(requireParts(module, "customSections").name, `${sectionName}`.toWellFormed());
    const view = new DataView(bytes.buffer);
    const sections = [];
    for (let offset = 0; offset < bytes.length; ) {
      const start = offset + 4;
      offset = start + view.getUint32(offset, true);
      sections.push(bytes.slice(start, offset).buffer);
    }
    return sections;
  }

  static {
    partsOf = (value) => (isObject(value) && #parts in value ? value.#parts : undefined);
    defineInterface(Module, "WebAssembly.Module");
  }
}

/** The name, imports and exports of a Module; undefined for anything else. */
export function moduleParts(value) {
  return partsOf(value);
}

function requireParts(module, method) {
  const parts = partsOf(module);
  if (parts === undefined) throw new TypeError(`WebAssembly.Module.${method}(): Argument 0 must be a WebAssembly.Module`);
  return parts;
}

/**
 * The Module that an import of a .wasm file gives.
 * @param {string} name what the bundle calls it
 * @param {string} file for the error when it is none
 * @returns {Module}
 */
export function importModule(name, file) {
  let description;
  try {
    description = wasm.describeModule(name);
  } catch (error) {
    throw new CompileError(`${file}: ${error.message}`);
  }
  return new Module(IMPORTED, { name, ...parseJson(description) });
}
