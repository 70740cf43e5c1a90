/** What the global object is an instance of: https://html.spec.whatwg.org/multipage/workers.html#workerglobalscope */

import { EventTarget } from "./events.js";
import { defineInterface } from "./webidl.js";

const GLOBAL = Symbol("global");

class WorkerGlobalScope extends EventTarget {
  constructor(key = undefined) {
    if (key !== GLOBAL) throw new TypeError("Illegal constructor");
    super();
  }
}

class ServiceWorkerGlobalScope extends WorkerGlobalScope {}

defineInterface(WorkerGlobalScope);
defineInterface(ServiceWorkerGlobalScope);

/** Makes the global object one, and defines the classes. Its methods are its own properties. */
export function installScopeClasses(define) {
  Object.setPrototypeOf(globalThis, ServiceWorkerGlobalScope.prototype);
  delete globalThis[Symbol.toStringTag];
  define("WorkerGlobalScope", WorkerGlobalScope);
  define("ServiceWorkerGlobalScope", ServiceWorkerGlobalScope);
}
