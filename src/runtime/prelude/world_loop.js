/**
 * The event loop of a component that is run by the public world, where each function is synchronous: JavaScript runs
 * until no job is left, what it asked for is done, and it is told of that; again, until the invocation is over.
 */

import jobs from "local:built/jobs";
import monotonicClock from "wasi:clocks/monotonic-clock@0.2.0";
import variables from "qemu-dev:worker/variables@0.1.0";
import * as host from "./host.js";
import { isolate } from "./main.js";
import { deliver, takeOperations } from "./operations.js";
import { currentTimeMs, parseJson, stringifyJson } from "./primordials.js";
import { forgetTimers, nextDueMs, runDueTimer } from "./timers.js";
import { measure, send } from "./world_queues.js";
import { valueOf } from "./world_values.js";

const NANOSECONDS_PER_MILLISECOND = 1_000_000;
const NO_BYTES = new Uint8Array(0);
const HUNG = "The Worker's code had hung and would never have ended.";

let embedded;
let failure;
let lastInvocation = 0;

/**
 * Keeps what the configuration said when the component was built. Called before the snapshot is taken.
 * @param {{setup: object, jsonVariables: string[]}} configuration `setup` without the values of variables, and the
 *   names of those that are no texts
 */
export function embedConfiguration(configuration) {
  embedded = configuration;
}

/**
 * Runs one invocation to its end.
 * @param {object} event the protocol's, without its number
 * @param {Uint8Array} [bytes] what it refers to
 * @returns {{error: string|undefined, outcome: object|undefined}} why it failed, and the decisions about a batch
 */
export function invoke(event, bytes = NO_BYTES) {
  start();
  if (failure !== undefined) return { error: failure, outcome: undefined };
  const invocation = ++lastInvocation;
  deliver([{ ...event, invocation }], bytes);
  const result = { error: undefined, outcome: undefined, isOver: false };
  while (!runJobs(result)) {
    if (runNextTimer()) continue;
    deliver([{ type: "forget", invocation }], NO_BYTES);
    result.error ??= HUNG;
    break;
  }
  forgetTimers();
  return result;
}

function start() {
  if (embedded === undefined) return;
  const { setup, jsonVariables } = embedded;
  embedded = undefined;
  const vars = {};
  for (const [name, text] of variables.all()) vars[name] = jsonVariables.includes(name) ? valueOf(text) : text;
  const whole = { ...setup, vars };
  isolate.start(stringifyJson(whole), "");
  failure = "The script awaits a promise at its top level that never settles.";
  runJobs({});
}

/** Runs JavaScript until it waits for a timer or for nothing; answers whether the invocation is over. */
function runJobs(result) {
  for (;;) {
    jobs.run();
    const { operations, bytes } = takeOperations();
    const answers = [];
    for (const operation of parseJson(operations)) perform(operation, bytes, answers, result);
    if (answers.length === 0) return result.isOver;
    deliver(answers, NO_BYTES);
  }
}

function perform(operation, bytes, answers, result) {
  switch (operation.type) {
    case "started":
      failure = undefined;
      break;
    case "start-failed":
      failure = describe(operation.error);
      break;
    case "outcome":
      if (operation.error !== null) result.error = describe(operation.error);
      result.outcome = operation;
      break;
    case "decided":
      result.outcome = operation;
      break;
    case "exception":
      result.error = describe(operation.error);
      break;
    case "settled":
      for (const error of operation.errors) host.log("error", `Uncaught (in waitUntil) ${describe(error)}`);
      result.isOver = true;
      break;
    case "send":
      answers.push(answer(operation, () => send(operation, bytes)));
      break;
    case "metrics":
      answers.push(answer(operation, () => measure(operation)));
      break;
    case "abort":
      break;
    default:
      refuse(operation, answers);
  }
}

function refuse({ operation, type }, answers) {
  if (operation === undefined) return;
  const asked = type === "http" ? "fetch()" : `"${type}"`;
  const message = `${asked} needs a host that drives qemu-dev:engine/isolate; this one calls qemu-dev:worker.`;
  answers.push({ type: "failed", operation, error: { name: "TypeError", message } });
}

function answer({ operation }, act) {
  try {
    return { type: "done", operation, value: act() };
  } catch (error) {
    return { type: "failed", operation, error: { name: "Error", message: error.message } };
  }
}

/** Waits for the timer that is due first and runs it; answers whether there was one. */
function runNextTimer() {
  const dueMs = nextDueMs();
  if (dueMs === undefined) return false;
  const delayMs = Math.ceil(dueMs - currentTimeMs());
  if (delayMs > 0) sleep(delayMs);
  // A clock that is moved by hand does not go on meanwhile.
  runDueTimer(dueMs);
  return true;
}

function sleep(delayMs) {
  const pollable = monotonicClock.subscribeDuration(delayMs * NANOSECONDS_PER_MILLISECOND);
  pollable.block();
  pollable[Symbol.dispose]();
}

/** An error as the host logs it: its name and message, its frames, its causes. */
function describe({ name, message, stack, cause }) {
  const headline = name === "MissingHandler" ? message : `${name}: ${message}`;
  const frames = stack.split("\n").filter((line) => line.trimStart().startsWith("at "));
  const causes = cause === undefined ? [] : [`  [cause]: ${describe(cause).replaceAll("\n", "\n  ")}`];
  return [headline, ...frames, ...causes].join("\n");
}
