/** fetch() by `wasi:http/outgoing-handler`. */

import outgoingHandler from "wasi:http/outgoing-handler@0.2.0";
import types from "wasi:http/types@0.2.0";
import * as host from "./host.js";
import { createTable } from "./primordials.js";
import { bytesOf, fieldsOf, offer, pairsOf, send } from "./world_bodies.js";

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]);
/** https://fetch.spec.whatwg.org/#http-redirect-fetch */
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);
const REDIRECTS_MAX = 20;
const BODY_HEADERS = new Set(["content-encoding", "content-language", "content-length", "content-location", "content-type"]);

/** The requests that have no answer yet, by the numbers of their operations. */
const open = createTable();

/** The requests that are waited for. */
export function openRequests() {
  return [...open.values()];
}

/** An `http` operation. */
export function request(operation, bytes, turn) {
  if (operation.webSocket !== undefined) {
    turn.failed(operation, "TypeError", "WebSockets need a host that drives qemu-dev:engine/isolate.");
    return;
  }
  begin({ operation, bytes, url: operation.url, method: operation.method, headers: operation.headers,
    body: operation.body, redirects: 0 }, turn);
}

/** An `abort` operation. */
export function abort({ operation }) {
  const request = open.get(operation);
  if (request === undefined) return;
  open.delete(operation);
  request.future[Symbol.dispose]();
}

function begin(request, turn) {
  const { operation } = request;
  try {
    const outgoing = outgoingRequest(request);
    const body = request.body === null ? null : outgoing.body();
    request.future = outgoingHandler.handle(outgoing, null);
    open.set(operation.operation, request);
    if (body !== null) send(request.body, request.bytes, body, turn);
  } catch (error) {
    turn.failed(operation, "TypeError", reason(error));
  }
}

function outgoingRequest({ url, method, headers, body, bytes }) {
  const [, , protocol, , , hostname, port, pathname, search] = host.parseUrl(url).split("\n");
  if (protocol === "data:") throw new TypeError("data: URLs need a host that drives qemu-dev:engine/isolate.");
  const request = new types.OutgoingRequest(fieldsOf([...headers, ...lengthOf(headers, body, bytes)]));
  request.setMethod(METHODS.has(method) ? { tag: method.toLowerCase() } : { tag: "other", val: method });
  request.setScheme({ tag: protocol === "https:" ? "HTTPS" : "HTTP" });
  request.setAuthority(port === "" ? hostname : `${hostname}:${port}`);
  request.setPathWithQuery(pathname + search);
  return request;
}

/** The header for the length of a body that is no stream, unless it is among `headers`. */
function lengthOf(headers, body, bytes) {
  const isKnown = body === null || body.stream !== undefined || headers.some(([name]) => name === "content-length");
  return isKnown ? [] : [["content-length", `${bytesOf(body, bytes).length}`]];
}

/** A request that has its answer. */
export function answered(request, turn) {
  const { operation, future } = request;
  open.delete(operation.operation);
  const result = future.get()?.val;
  future[Symbol.dispose]();
  if (result?.tag !== "ok") {
    turn.failed(operation, "TypeError", describe(result?.val));
    return;
  }
  const response = result.val;
  const [status, headers] = [response.status(), pairsOf(response.headers())];
  const location = headers.find(([name]) => name === "location")?.[1];
  if (operation.redirect === "follow" && REDIRECT_STATUSES.has(status) && location !== undefined) {
    response[Symbol.dispose]();
    redirect(request, status, location, turn);
    return;
  }
  const { url, redirects, method } = request;
  const body = method === "HEAD" || status === 204 || status === 304 ? null : offer(response.consume());
  turn.done(operation, { status, redirected: redirects > 0, statusText: "", url, headers, body });
}

function redirect(request, status, location, turn) {
  const target = host.parseUrl(location, request.url)?.split("\n");
  const keepsMethod = status === 307 || status === 308 || request.method === "HEAD";
  if (target === undefined || request.redirects === REDIRECTS_MAX) {
    turn.failed(request.operation, "TypeError", target === undefined ? "Invalid redirect." : "Too many redirects.");
  } else if (keepsMethod && request.body?.stream !== undefined) {
    turn.failed(request.operation, "TypeError", "A request whose body is a stream cannot be redirected.");
  } else {
    const becomesGet = !keepsMethod && (status === 303 || request.method === "POST");
    const isElsewhere = target[1] !== host.parseUrl(request.url).split("\n")[1];
    const isLeftOut = (name) => (becomesGet && BODY_HEADERS.has(name)) || (isElsewhere && name === "authorization");
    begin({
      ...request,
      url: target[0],
      method: becomesGet ? "GET" : request.method,
      headers: request.headers.filter(([name]) => !isLeftOut(name.toLowerCase())),
      body: becomesGet ? null : request.body,
      redirects: request.redirects + 1,
    }, turn);
  }
}

function reason(error) {
  return error.payload === undefined ? error.message : describe(error.payload);
}

/** An `error-code` of WASI in words. */
function describe(code) {
  if (code === undefined) return "Network connection lost.";
  return typeof code.val === "string" ? code.val : `${code.tag ?? code}`;
}
