/** Dispatch of the host's fetch, queue and scheduled events to the Worker's handlers. */

import { AbortController } from "./abort.js";
import { environment, settings } from "./environment.js";
import { collectUncaught, describeError, DOMException } from "./errors.js";
import { dispatchTrusted, hasListeners } from "./events.js";
import { ExecutionContext } from "./execution_context.js";
import { exportedHandler, globalTarget, hasDefaultExport } from "./handlers.js";
import { findInvocation, forgetInvocation, Invocation } from "./invocation.js";
import { Decisions, MessageBatch } from "./message_batch.js";
import { emit, onDrain, onEvent } from "./operations.js";
import { createRequestFromEvent } from "./request.js";
import { describeResponse, Response } from "./response.js";
import { forgetTimers } from "./timers.js";
import { asksForWebSocket } from "./web_socket_host.js";
import { FetchEvent, QueueEvent, responseOf, ScheduledController, ScheduledEvent } from "./worker_events.js";

onEvent("fetch", (event) => {
  const id = event.invocation;
  const invocation = new Invocation(id, (failure, description, { passThrough }) => {
    if (failure === undefined) emit(`{"type":"response","invocation":${id},${description}}`);
    else emitException(id, failure.error, passThrough);
  });
  const controller = new AbortController();
  invocation.abort = () => controller.abort(new DOMException("The client has disconnected", "AbortError"));
  invocation.run(() => {
    const request = createRequestFromEvent(event, controller.signal);
    const dispatchEvent = () => dispatchFetch(invocation, request);
    return callHandler("fetch", invocation, request, dispatchEvent, event);
  }, (response) => acceptResponse(response, asksForWebSocket(event.headers)));
});

onEvent("queue", (event) => {
  const id = event.invocation;
  const decisions = new Decisions(event.ids, () => untold.push({ id, decisions }));
  const answer = (failure) => {
    const error = failure === undefined ? "null" : describeError(failure.error);
    emit(`{"type":"outcome","invocation":${id},"error":${error},${decisions.toFields()}}`);
  };
  const invocation = new Invocation(id, answer, settings.flags.waitForWaitUntil);
  invocation.run(() => {
    if (!hasDefaultExport()) return dispatch(new QueueEvent("queue", invocation, event, decisions));
    return callHandler("queue", invocation, new MessageBatch(event, decisions));
  }, ignoreResult);
});

onEvent("scheduled", (event) => {
  const id = event.invocation;
  const invocation = new Invocation(id, (failure, _, { passThrough }) => {
    if (failure !== undefined) emitException(id, failure.error, passThrough);
  });
  invocation.run(() => {
    if (!hasDefaultExport()) return dispatch(new ScheduledEvent("scheduled", invocation, event));
    return callHandler("scheduled", invocation, new ScheduledController(event));
  }, ignoreResult);
});

onEvent("abort", ({ invocation }) => {
  findInvocation(invocation)?.abort?.();
});

onEvent("forget", ({ invocation }) => forgetInvocation(invocation));

onEvent("rest", forgetTimers);

/** Invocations whose decisions the host does not know yet, and the decisions. */
let untold = [];

// Runs behind the drain hook of invocation.js, which answers for what is over.
onDrain(() => {
  if (untold.length === 0) return;
  const news = untold;
  untold = [];
  for (const { id, decisions } of news) {
    if (findInvocation(id) !== undefined) emit(`{"type":"decided","invocation":${id},${decisions.toFields()}}`);
  }
});

function emitException(id, error, passThrough) {
  emit(`{"type":"exception","invocation":${id},"error":${describeError(error)},"passThrough":${passThrough}}`);
}

function callHandler(type, invocation, argument, dispatchEvent, { entrypoint, props } = {}) {
  if (dispatchEvent !== undefined && !hasDefaultExport()) return dispatchEvent();
  const handler = exportedHandler(type, new ExecutionContext(invocation, props), environment, entrypoint);
  if (handler === undefined) throw missingHandler(type);
  return handler(argument);
}

function missingHandler(type) {
  const events = `${type[0].toUpperCase()}${type.slice(1)}Event`;
  const error = new Error(
    `Received a ${events} but we lack a handler for ${events}s. Did you remember to export a ${type}() function?`,
  );
  error.name = "MissingHandler";
  return error;
}

function dispatch(event) {
  if (!hasListeners(globalTarget, event.type)) throw missingHandler(event.type);
  const errors = collectUncaught(() => dispatchTrusted(globalTarget, event));
  if (errors.length > 0) throw errors[0];
}

function dispatchFetch(invocation, request) {
  const event = new FetchEvent("fetch", invocation, request);
  dispatch(event);
  const response = responseOf(event);
  if (response === undefined) throw new Error("No listener for fetch events called respondWith().");
  return response.value;
}

function acceptResponse(response, isUpgrade) {
  if (!(response instanceof Response)) {
    throw new TypeError("Incorrect type for Promise: the Promise did not resolve to 'Response'.");
  }
  return describeResponse(response, isUpgrade);
}

function ignoreResult() {
  return undefined;
}
