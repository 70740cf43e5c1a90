/**
 * The global fetch(), and that of service bindings: `http` operations of the host.
 */
import { forgetAborted, whenAborted } from "./abort.js";
import { abandonOperation, quote, startOperation } from "./operations.js";
import { Request, isRequest, requestParts } from "./request.js";
import { bodyOfResponse, createResponseFromHost } from "./response.js";
import { abortWebSocket } from "./web_socket.js";
import { asksForWebSocket, nextSocket } from "./web_socket_host.js";

const { stringify } = JSON;

/**
 * Sends a request and answers with its response once its head has arrived.
 * @param {Request | string | URL} input
 * @param {RequestInit} [init]
 * @returns {Promise<Response>}
 */
export async function fetch(input, init = undefined) {
  return send(null, input, init);
}

/**
 * Sends a request to the Worker behind a service binding.
 * @param {string} binding
 * @param {Request | string | URL} input
 * @param {RequestInit} [init]
 * @returns {Promise<Response>}
 */
export async function fetchFrom(binding, input, init) {
  return send(binding, input, init);
}

async function send(service, input, init) {
  const request = init === undefined && isRequest(input) ? input : new Request(input, init);
  const parts = requestParts(request);
  const { signal } = parts;
  signal?.throwIfAborted();
  checkScheme(parts.url);
  const socket = asksForWebSocket(parts.pairs) ? nextSocket() : null;
  const decode = (answer) => createResponseFromHost(answer, socket);
  const { id, promise } = startOperation("http", describeRequest(parts, service, socket), decode);
  if (signal === null) return promise;
  return followSignal(signal, id, promise);
}

function checkScheme(url) {
  if (!url.startsWith("http:") && !url.startsWith("https:") && !url.startsWith("data:")) {
    throw new TypeError(`Fetch API cannot load: ${url}`);
  }
}

function describeRequest({ method, url, pairs, body, redirect }, service, socket) {
  const length = body?.expectedLength ?? null;
  const known = length === null || pairs.some(([name]) => name === "content-length");
  const headers = stringify(known ? pairs : [...pairs, ["content-length", `${length}`]]);
  const content = body === null ? "null" : body.describe();
  const target = `"method":${quote(method)},"url":${quote(url)},"redirect":"${redirect}"`;
  const route = service === null ? "" : `,"service":${quote(service)}`;
  const upgrade = socket === null ? "" : `,"webSocket":${socket}`;
  return `${target}${route}${upgrade},"headers":${headers},"body":${content}`;
}

/** Gives up on the operation, or on the response's body, when the signal aborts. */
async function followSignal(signal, id, promise) {
  const giveUp = (reason) => abandonOperation(id, reason);
  whenAborted(signal, giveUp);
  try {
    const response = await promise;
    bodyOfResponse(response)?.followSignal(signal);
    const { webSocket } = response;
    if (webSocket !== null) whenAborted(signal, (reason) => abortWebSocket(webSocket, reason));
    return response;
  } finally {
    forgetAborted(signal, giveUp);
  }
}
