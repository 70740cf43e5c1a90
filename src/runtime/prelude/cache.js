/**
 * The Cache API: https://developers.cloudflare.com/workers/runtime-apis/cache/
 *
 * Responses are kept in the memory of the isolate, and so until the Worker is reloaded.
 */

import { requireHandler } from "./global_scope.js";
import { Headers } from "./headers.js";
import { currentTimeMs } from "./primordials.js";
import { isRequest, Request } from "./request.js";
import { Response } from "./response.js";
import { defineInterface, isObject } from "./webidl.js";

/** Most bytes of bodies that all caches keep; what was put first goes first. */
const BYTES_MAX = 16 * 1024 * 1024;
/** Seconds by status, for responses that say nothing: https://developers.cloudflare.com/cache/how-to/configure-cache-status-code/ */
const DEFAULT_SECONDS = new Map([[200, 7200], [301, 7200], [302, 1200], [303, 1200], [404, 180], [410, 180]]);
const CONSTRUCT = Symbol("construct");

/** Of all caches, in the order they were put. */
const entries = new Set();
let keptBytes = 0;

function forget(entry) {
  if (!entries.delete(entry)) return;
  keptBytes -= entry.bytes.byteLength;
  entry.owner.delete(entry.key);
}

function directives(headers) {
  const found = new Map();
  for (const part of (headers.get("cache-control") ?? "").toLowerCase().split(",")) {
    const [name, value = ""] = part.split("=");
    if (name.trim() !== "") found.set(name.trim(), value.trim().replaceAll('"', ""));
  }
  return found;
}

/** For how long a response may be kept, in seconds. */
function lifetime(response) {
  const control = directives(response.headers);
  const isPrivate = control.has("no-store") || control.has("no-cache") || (control.has("private") && control.get("private") === "");
  if (isPrivate) return 0;
  if (response.headers.has("set-cookie") && control.get("private") !== "set-cookie") return 0;
  for (const name of ["s-maxage", "max-age"]) {
    if (control.has(name)) return Number.parseInt(control.get(name), 10) || 0;
  }
  const expires = response.headers.get("expires");
  if (expires !== null) return (Date.parse(expires) - currentTimeMs()) / 1000 || 0;
  return DEFAULT_SECONDS.get(response.status) ?? 0;
}

function toRequest(input) {
  return isRequest(input) ? input : new Request(input);
}

function keyOf(url) {
  const end = url.indexOf("#");
  return end === -1 ? url : url.slice(0, end);
}

/** Whether the client has what the cache has. */
function isUnchanged(request, headers) {
  const wanted = request.headers.get("if-none-match");
  const tag = headers.get("etag");
  if (wanted !== null) {
    const weak = (text) => text.trim().replace(/^W\//, "");
    return wanted.trim() === "*" || (tag !== null && wanted.split(",").some((one) => weak(one) === weak(tag)));
  }
  const since = Date.parse(request.headers.get("if-modified-since") ?? "");
  return since >= Date.parse(headers.get("last-modified") ?? "");
}

/** One cache. */
export class Cache {
  #entries = new Map();

  constructor(construct) {
    if (construct !== CONSTRUCT) throw new TypeError("Illegal constructor");
  }

  async match(input, options = undefined) {
    requireHandler();
    const request = toRequest(input);
    const entry = this.#find(request, options);
    if (entry === undefined) return undefined;
    const { status, statusText, headers, bytes } = entry;
    if (isUnchanged(request, headers)) return new Response(null, { status: 304, headers });
    return new Response(request.method === "HEAD" ? null : bytes.slice(0), { status, statusText, headers });
  }

  async put(input, response) {
    requireHandler();
    const request = toRequest(input);
    if (!(response instanceof Response)) throw new TypeError("Cache.put: parameter 2 is not of type 'Response'.");
    if (request.method !== "GET") throw new TypeError("Cannot cache response to non-GET request.");
    if (response.status === 206) throw new TypeError("Cannot cache response to a range request (206 Partial Content).");
    if (response.headers.get("vary")?.trim() === "*") throw new TypeError("Cannot cache response with 'Vary: *' header.");
    const seconds = lifetime(response);
    const bytes = await response.arrayBuffer();
    if (seconds > 0 && bytes.byteLength <= BYTES_MAX) this.#keep(keyOf(request.url), response, bytes, seconds);
  }

  async delete(input, options = undefined) {
    requireHandler();
    const entry = this.#find(toRequest(input), options);
    if (entry !== undefined) forget(entry);
    return entry !== undefined;
  }

  #find(request, options) {
    const ignoresMethod = isObject(options) && Boolean(options.ignoreMethod);
    if (!ignoresMethod && request.method !== "GET" && request.method !== "HEAD") return undefined;
    const entry = this.#entries.get(keyOf(request.url));
    if (entry === undefined || entry.expiresMs > currentTimeMs()) return entry;
    forget(entry);
    return undefined;
  }

  #keep(key, { status, statusText, headers: given }, bytes, seconds) {
    const headers = new Headers(given);
    headers.set("cf-cache-status", "HIT");
    headers.delete("set-cookie");
    const previous = this.#entries.get(key);
    if (previous !== undefined) forget(previous);
    const expiresMs = currentTimeMs() + seconds * 1000;
    const entry = { owner: this.#entries, key, status, statusText, headers, bytes, expiresMs };
    this.#entries.set(key, entry);
    entries.add(entry);
    keptBytes += bytes.byteLength;
    for (const oldest of entries) {
      if (keptBytes <= BYTES_MAX) break;
      forget(oldest);
    }
  }
}

defineInterface(Cache);

const opened = new Map();

/** The global `caches`. */
export class CacheStorage {
  #default = new Cache(CONSTRUCT);

  constructor(construct) {
    if (construct !== CONSTRUCT) throw new TypeError("Illegal constructor");
  }

  get default() {
    return this.#default;
  }

  async open(name) {
    const key = `${name}`;
    if (!opened.has(key)) opened.set(key, new Cache(CONSTRUCT));
    return opened.get(key);
  }
}

defineInterface(CacheStorage);

/** @type {CacheStorage} */
export const caches = new CacheStorage(CONSTRUCT);
