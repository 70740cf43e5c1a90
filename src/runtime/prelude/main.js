/**
 * The Workers runtime as JavaScript sees it: the entry of the prelude. It is evaluated once and
 * snapshotted; every isolate starts from that state. See wit/engine.wit and src/runtime/protocol.
 *
 *   operations.js, primordials.js          the exchange with the host
 *   invocations.js, invocation.js          events in, handlers called, answers out
 *   queue.js, message_batch.js             producer and consumer of queues
 *   environment.js, cloudflare_modules.js  env and the modules of the runtime
 *   service_binding.js, rpc_calls.js, rpc_values.js   other Workers: calls of theirs, and by them
 *   console.js, inspect.js                 logging
 *   web_socket.js                          WebSockets; its files are web_socket_*.js
 *   node_modules.js, async_context.js      the modules and globals of Node.js
 *   wasm.js                                WebAssembly; its files are wasm_*.js
 *   intl.js                                Intl; its files are intl_*.js
 *   structured.js, timers.js, random.js, errors.js
 *   world.js                               what components of `qemu-dev build` export beside; its files are world_*.js
 *   globals.js, web.js                     the global scope; web.js names the files of the web platform
 */

import { ALLOWED_DURING_STARTUP, forbidCodeFromStrings } from "./code_from_strings.js";
import { isEnabled } from "./compatibility.js";
import { buildEnvironment } from "./environment.js";
import { describeError } from "./errors.js";
import { leaveGlobalScope } from "./global_scope.js";
import { installGlobals } from "./globals.js";
import { describeHandlers, entrypointNames, setExports } from "./handlers.js";
import "./invocations.js";
import { installNodeGlobals } from "./node_modules.js";
import { deliver, emit, takeOperations } from "./operations.js";
import { parseJson, stringifyJson } from "./primordials.js";
import { seedRandom } from "./random.js";
import "./rpc_calls.js";
import { nextDueMs, runDueTimer } from "./timers.js";

installGlobals();

const evaluate = globalThis.eval;

/** A tick without events is a timer's. */
const NO_EVENTS = "[]";

let embedded = "";

/**
 * Keeps the script of the one Worker that this engine is built for; an isolate that is started without a script
 * evaluates it. Called before the snapshot is taken.
 * @param {string} script
 */
export function embedScript(script) {
  embedded = script;
}

/** The interface `isolate` of wit/engine.wit. */
export const isolate = {
  // Returns at once, as the engine wants: what a top-level await waits for comes later.
  async start(setup, script) {
    seedRandom();
    buildEnvironment(parseJson(setup));
    installNodeGlobals();
    if (!isEnabled(ALLOWED_DURING_STARTUP)) forbidCodeFromStrings();
    evaluateWorker(script === "" ? embedded : script);
  },

  async tick(events, bytes) {
    if (events === NO_EVENTS) runDueTimer();
    else deliver(parseJson(events), bytes);
  },

  drain() {
    const { operations, bytes } = takeOperations();
    return { operations, bytes, nextTimerMs: nextDueMs() };
  },
};

async function evaluateWorker(script) {
  try {
    setExports(await evaluate(script));
    const handlers = stringifyJson(describeHandlers());
    emit(`{"type":"started","handlers":${handlers},"entrypoints":${stringifyJson(entrypointNames())}}`);
  } catch (error) {
    emit(`{"type":"start-failed","error":${describeError(error)}}`);
  }
  forbidCodeFromStrings();
  leaveGlobalScope();
}
