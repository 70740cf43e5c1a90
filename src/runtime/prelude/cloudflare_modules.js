/** The modules a Worker imports from the runtime. */

import { createMissing, environment } from "./environment.js";
import { currentInvocation } from "./invocation.js";
import { absentModule } from "./node_absent.js";
import { findNodeModule } from "./node_modules.js";
import { importModule } from "./wasm_module.js";
import { DurableObject, RpcTarget, WorkerEntrypoint, WorkflowEntrypoint } from "./worker_classes.js";

function waitUntil(promise) {
  const invocation = currentInvocation();
  if (invocation === undefined) throw new Error("waitUntil() can only be called while a handler is running.");
  invocation.waitUntil(promise);
}

const modules = {
  __proto__: null,
  "cloudflare:workers": {
    __proto__: null,
    env: environment,
    exports: createMissing('`exports` of "cloudflare:workers" is not emulated by qemu-dev'),
    waitUntil,
    DurableObject,
    RpcTarget,
    WorkerEntrypoint,
    WorkflowEntrypoint,
  },
  // What an imported .wasm file becomes.
  "qemu-dev:wasm-module": { __proto__: null, default: importModule },
  // What a module of Node.js that is not provided becomes for packages.
  "qemu-dev:absent-module": { __proto__: null, default: absentModule },
};

/**
 * The namespace object of a module that the runtime provides; bundles import through it.
 * @param {string} specifier
 * @returns {object}
 */
export function importRuntimeModule(specifier) {
  const namespace = modules[specifier] ?? findNodeModule(specifier);
  if (namespace === undefined) throw new Error(`No such module "${specifier}": qemu-dev does not provide it.`);
  return namespace;
}
