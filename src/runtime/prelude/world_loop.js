/**
 * The event loop of a component that is run by the public world, where each function is synchronous: JavaScript runs
 * until no job is left, what it asked for is done, and it is told of that; again, until the invocation is over.
 */

import jobs from "local:built/jobs";
import monotonicClock from "wasi:clocks/monotonic-clock@0.2.0";
import poll from "wasi:io/poll@0.2.0";
import variables from "qemu-dev:worker/variables@0.1.0";
import * as host from "./host.js";
import { isolate } from "./main.js";
import { takeOperations } from "./operations.js";
import { currentTimeMs, parseJson, stringifyJson } from "./primordials.js";
import { forgetTimers, nextDueMs, runDueTimer } from "./timers.js";
import * as bodies from "./world_bodies.js";
import { measure, send } from "./world_queues.js";
import * as requests from "./world_requests.js";
import { Turn } from "./world_turn.js";
import { valueOf } from "./world_values.js";

const NANOSECONDS_PER_MILLISECOND = 1_000_000;
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
 * @param {Turn} [turn] has the bytes that it refers to
 * @param {(response: object, bytes: Uint8Array, turn: Turn) => void} [respond] takes a response
 * @returns {{error: string|undefined, outcome: object|undefined}} why it failed, and the decisions about a batch
 */
export function invoke(event, turn = new Turn(), respond = undefined) {
  start();
  if (failure !== undefined) return { error: failure, outcome: undefined };
  const invocation = ++lastInvocation;
  const result = { error: undefined, outcome: undefined, isOver: false, respond };
  turn.add({ ...event, invocation });
  for (;;) {
    runJobs(turn, result);
    if (result.isOver && !bodies.areOpen()) break;
    turn = new Turn();
    if (wait(turn)) continue;
    turn.add({ type: "forget", invocation });
    turn.deliver();
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
  isolate.start(stringifyJson({ ...setup, vars }), "");
  failure = "The script awaits a promise at its top level that never settles.";
  runJobs(new Turn(), {});
}

/** Runs JavaScript, beginning with what it is told in `turn`, until it waits for something or for nothing. */
function runJobs(turn, result) {
  for (;;) {
    if (!turn.isEmpty) turn.deliver();
    jobs.run();
    const { operations, bytes } = takeOperations();
    turn = new Turn();
    for (const operation of parseJson(operations)) perform(operation, bytes, turn, result);
    if (turn.isEmpty) return;
  }
}

function perform(operation, bytes, turn, result) {
  const act = ACTS[operation.type];
  if (act !== undefined) act(operation, bytes, turn, result);
  else if (operation.operation !== undefined) {
    const message = `"${operation.type}" needs a host that drives qemu-dev:engine/isolate; this one does not.`;
    turn.failed(operation, "TypeError", message);
  }
}

/** What is done for each operation of src/runtime/protocol. */
const ACTS = {
  __proto__: null,
  started() {
    failure = undefined;
  },
  "start-failed"({ error }) {
    failure = describe(error);
  },
  outcome(operation, _bytes, _turn, result) {
    if (operation.error !== null) result.error = describe(operation.error);
    result.outcome = operation;
  },
  decided(operation, _bytes, _turn, result) {
    result.outcome = operation;
  },
  exception({ error }, _bytes, _turn, result) {
    result.error = describe(error);
  },
  response(operation, bytes, turn, { respond }) {
    respond(operation, bytes, turn);
  },
  settled({ errors }, _bytes, _turn, result) {
    for (const error of errors) host.log("error", `Uncaught (in waitUntil) ${describe(error)}`);
    result.isOver = true;
  },
  send: (operation, bytes, turn) => answer(operation, turn, () => send(operation, bytes)),
  metrics: (operation, _bytes, turn) => answer(operation, turn, () => measure(operation)),
  http: requests.request,
  abort: requests.abort,
  read: (operation, _bytes, turn) => bodies.read(operation, turn),
  cancel: bodies.cancel,
  write: bodies.write,
  close: bodies.close,
  fail({ stream, error }) {
    host.log("error", `Uncaught ${describe(error)}`);
    bodies.drop(stream);
  },
};

function answer(operation, turn, act) {
  try {
    turn.done(operation, act());
  } catch (error) {
    turn.failed(operation, "Error", error.message);
  }
}

/** Waits for an answer from outside or the timer that is due first; answers whether there was something to wait for. */
function wait(turn) {
  const open = requests.openRequests();
  const dueMs = nextDueMs();
  if (open.length === 0 && dueMs === undefined) return false;
  const pollables = open.map(({ future }) => future.subscribe());
  if (dueMs !== undefined) pollables.push(whenDue(dueMs));
  const ready = poll.poll(pollables);
  for (const pollable of pollables) pollable[Symbol.dispose]();
  for (const index of ready) {
    if (index < open.length) requests.answered(open[index], turn);
    // A clock that is moved by hand has not gone on meanwhile.
    else runDueTimer(dueMs);
  }
  return true;
}

function whenDue(dueMs) {
  const delayMs = Math.max(0, Math.ceil(dueMs - currentTimeMs()));
  return monotonicClock.subscribeDuration(delayMs * NANOSECONDS_PER_MILLISECOND);
}

/** An error as the host logs it: its name and message, its frames, its causes. */
function describe({ name, message, stack, cause }) {
  const headline = name === "MissingHandler" ? message : `${name}: ${message}`;
  const frames = stack.split("\n").filter((line) => line.trimStart().startsWith("at "));
  const causes = cause === undefined ? [] : [`  [cause]: ${describe(cause).replaceAll("\n", "\n  ")}`];
  return [headline, ...frames, ...causes].join("\n");
}
