/** The global scope: https://developers.cloudflare.com/workers/runtime-apis/web-standards/ */

import { Cache, caches, CacheStorage } from "./cache.js";
import { importRuntimeModule } from "./cloudflare_modules.js";
import { console } from "./console.js";
import { exposeBindings, settings } from "./environment.js";
import { installErrorStacks } from "./error_stacks.js";
import { DOMException, reportError } from "./errors.js";
import { globalTarget } from "./handlers.js";
import { installIntl } from "./intl.js";
import { installDateTexts } from "./date_texts.js";
import { installScopeClasses } from "./scope_classes.js";
import { installPerformance } from "./performance.js";
import { registerPlatformClass } from "./platform.js";
import { random } from "./random.js";
import { structuredClone } from "./structured.js";
import * as timers from "./timers.js";
import { WebAssembly } from "./wasm.js";
import { installWebGlobals } from "./web.js";
import { defineInterface } from "./webidl.js";
import { ExtendableEvent, FetchEvent, QueueEvent, ScheduledEvent } from "./worker_events.js";

/** Where the engine keeps what it calls the prelude by. */
const ENGINE_NAMESPACE = "__cqjs";

class Navigator {
  get userAgent() {
    return "Cloudflare-Workers";
  }

  get language() {
    return "en";
  }

  get languages() {
    return LANGUAGES;
  }

  get hardwareConcurrency() {
    return 1;
  }

  get platform() {
    return "";
  }
}

const LANGUAGES = Object.freeze(["en"]);

defineInterface(Navigator);

/** https://developers.cloudflare.com/workers/runtime-apis/web-standards/#cloudflare-global */
class Cloudflare {
  get compatibilityFlags() {
    return Object.fromEntries((settings.compatibilityFlags ?? []).map((flag) => [flag, true]));
  }
}

/** Defines an interface object, function or attribute of the global scope as Web IDL has it. */
function define(name, value) {
  const isInterface = typeof value === "function" && Object.hasOwn(value.prototype ?? {}, Symbol.toStringTag);
  if (isInterface) registerPlatformClass(value);
  Object.defineProperty(globalThis, name, { value, writable: true, enumerable: !isInterface, configurable: true });
}

/** Makes everything the engine put into the global scope for itself invisible to enumeration. */
function hideEngineGlobals() {
  for (const name of Object.keys(globalThis)) {
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, name);
    if (descriptor.configurable) Object.defineProperty(globalThis, name, { ...descriptor, enumerable: false });
  }
  // The engine looks for it at every call, and stops without it.
  const kept = { writable: false, configurable: false };
  if (Object.hasOwn(globalThis, ENGINE_NAMESPACE)) Object.defineProperty(globalThis, ENGINE_NAMESPACE, kept);
}

function installEventTarget() {
  const methods = {
    addEventListener: (...values) => globalTarget.addEventListener(...values),
    removeEventListener: (...values) => globalTarget.removeEventListener(...values),
    dispatchEvent: (event) => globalTarget.dispatchEvent(event),
  };
  for (const name of Object.keys(methods)) define(name, methods[name]);
}

function installTimers() {
  for (const name of ["setTimeout", "setInterval", "clearTimeout", "clearInterval", "queueMicrotask", "scheduler"]) {
    define(name, timers[name]);
  }
}

/** Fills the global scope. Runs once, before the snapshot. */
export function installGlobals() {
  hideEngineGlobals();
  installErrorStacks();
  define("self", globalThis);
  define("console", console);
  installPerformance(define);
  installScopeClasses(define);
  installDateTexts();
  define("navigator", new Navigator());
  define("Navigator", Navigator);
  define("Cloudflare", new Cloudflare());
  define("caches", caches);
  define("Cache", Cache);
  define("CacheStorage", CacheStorage);
  for (const constructor of [DOMException, ExtendableEvent, FetchEvent, QueueEvent, ScheduledEvent]) {
    define(constructor.name, constructor);
  }
  define("reportError", reportError);
  define("structuredClone", structuredClone);
  installTimers();
  installEventTarget();
  installWebGlobals(define);
  installIntl();
  Object.defineProperty(globalThis, "WebAssembly", { value: WebAssembly, writable: true, configurable: true });
  Object.defineProperty(Math, "random", { value: random, writable: true, configurable: true });
  Object.defineProperty(globalThis, "__qemu_dev_import", { value: importRuntimeModule });
  Object.defineProperty(globalThis, "__qemu_dev_expose_bindings", { value: exposeBindings });
}
