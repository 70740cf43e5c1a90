/**
 * Request of the Fetch Standard as Cloudflare's runtime has it. Requests of fetch events are views of
 * the event: headers, signal and body come into being when they are looked at.
 */
import { AbortSignal, createIdleSignal, isAbortSignal } from "./abort.js";
import { BodyState, defineBody } from "./body.js";
import { extractBody } from "./body_init.js";
import { isEnabled } from "./compatibility.js";
import { Headers, freezeHeaders, headersFromPairs, pairsOfHeaders, readHeader, setDefaultHeader } from "./headers.js";
import { createIncomingCf } from "./request_cf.js";
import { normaliseUrl } from "./url.js";
import { defineInterface, isObject, requireArguments, toDictionary, toUSVString } from "./webidl.js";

const FROM_EVENT = Symbol("event");
const NORMALISED_METHODS = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"]);
/** All that Cloudflare's runtime knows; it refuses others. */
const METHODS = new Set([
  ...NORMALISED_METHODS,
  ...["ACL", "BAN", "CHECKOUT", "COPY", "LOCK", "MERGE", "MKACTIVITY", "MKCOL", "MOVE", "MSEARCH", "NOTIFY", "PATCH"],
  ...["PROPFIND", "PROPPATCH", "PURGE", "QUERY", "REPORT", "SEARCH", "SUBSCRIBE", "TRACE", "UNLOCK", "UNSUBSCRIBE"],
]);
/** Whether methods that the Fetch Standard leaves as they are become upper case, too. */
const UPPER_CASES_ALL = {
  on: "upper_case_all_http_methods",
  off: "no_upper_case_all_http_methods",
  since: "2024-10-14",
};
const REDIRECT_MODES = ["follow", "manual"];
const CACHE_MODES = ["default", "no-store", "reload", "no-cache", "force-cache", "only-if-cached"];

/** Members that are remembered for users only. Shared: replaced, never changed. */
const NO_EXTRAS = Object.freeze({ cache: undefined, fetcher: null, integrity: "", keepalive: false });

let isRequestObject;
let describe;

/** An HTTP request. */
export class Request {
  #method = "GET";
  #url;
  #headers = null;
  /** Header pairs of a fetch event, until somebody looks at the headers. */
  #pairs = null;
  #body = null;
  #redirect = "follow";
  #signal = null;
  /** What has the signal of a fetch event's request, until somebody looks at it. */
  #signalSource = null;
  /** The signal that `#signal` is to follow once it exists. */
  #followed = null;
  /** FROM_EVENT until somebody looks at it. */
  #cf = undefined;
  #extras = NO_EXTRAS;

  constructor(input, init = undefined) {
    if (input === FROM_EVENT) {
      this.#fromEvent(init.event, init.source);
      return;
    }
    requireArguments(arguments.length, 1, "Request");
    const options = toDictionary(init, "Request init");
    if (isRequestObject(input)) this.#copy(input);
    else this.#url = parseUrl(input);
    this.#apply(options);
    this.#setBody(options.body, isRequestObject(input) ? input : null);
  }

  #fromEvent(event, source) {
    this.#method = event.method;
    this.#url = event.url;
    this.#pairs = event.headers;
    this.#body = BodyState.fromHost(event.body);
    this.#redirect = "manual";
    if (isAbortSignal(source)) this.#signal = source;
    else this.#signalSource = source;
    this.#cf = FROM_EVENT;
  }

  #copy(input) {
    this.#method = input.#method;
    this.#url = input.#url;
    this.#headers = new Headers(input.headers);
    this.#redirect = input.#redirect;
    this.#followed = input.#knownSignal;
    this.#cf = input.cf;
    this.#extras = input.#extras;
  }

  #apply({ cache, cf, fetcher, headers, integrity, keepalive, method, redirect, signal }) {
    if (method !== undefined) this.#method = normaliseMethod(method);
    if (headers !== undefined) this.#headers = new Headers(headers);
    if (redirect !== undefined) this.#redirect = checkRedirect(redirect);
    if (cache !== undefined) this.#extend({ cache: checkEnumeration(cache, CACHE_MODES, "cache") });
    if (integrity !== undefined) this.#extend({ integrity: `${integrity}` });
    if (keepalive !== undefined) this.#extend({ keepalive: Boolean(keepalive) });
    if (cf !== undefined) this.#cf = cf;
    if (fetcher !== undefined) this.#extend({ fetcher });
    if (signal !== undefined) this.#followed = checkSignal(signal);
  }

  #extend(extras) {
    this.#extras = { ...this.#extras, ...extras };
  }

  #setBody(init, input) {
    const hasInit = init !== undefined && init !== null;
    const inherited = hasInit || init === null || input === null ? null : input.#body;
    if ((hasInit || inherited !== null) && (this.#method === "GET" || this.#method === "HEAD")) {
      throw new TypeError("Request with a GET or HEAD method cannot have a body.");
    }
    if (hasInit) {
      const { body, contentType } = extractBody(init);
      this.#body = body;
      this.#headers ??= new Headers();
      if (contentType !== null) setDefaultHeader(this.#headers, "content-type", contentType);
    } else if (inherited !== null) {
      this.#body = inherited.transfer();
    }
  }

  get method() {
    return this.#method;
  }

  get url() {
    return this.#url;
  }

  get headers() {
    if (this.#headers === null) {
      this.#headers = this.#pairs === null ? new Headers() : freezeHeaders(headersFromPairs(this.#pairs));
    }
    return this.#headers;
  }

  get redirect() {
    return this.#redirect;
  }

  get fetcher() {
    return this.#extras.fetcher;
  }

  get signal() {
    this.#signal ??= this.#createSignal();
    return this.#signal;
  }

  #createSignal() {
    if (this.#signalSource !== null) return this.#signalSource.signal;
    return this.#followed === null ? createIdleSignal() : AbortSignal.any([this.#followed]);
  }

  /** The signal that decides about this request; null when none can abort it. */
  get #knownSignal() {
    return this.#signal ?? this.#signalSource?.signal ?? this.#followed;
  }

  get cf() {
    if (this.#cf === FROM_EVENT) this.#cf = createIncomingCf();
    return this.#cf;
  }

  get integrity() {
    return this.#extras.integrity;
  }

  get keepalive() {
    return this.#extras.keepalive;
  }

  get cache() {
    return this.#extras.cache;
  }

  clone() {
    const body = this.#body?.clone() ?? null;
    const copy = new Request(this.#url);
    copy.#copy(this);
    copy.#body = body;
    return copy;
  }

  static {
    isRequestObject = (value) => isObject(value) && #method in value;
    describe = (request) => ({
      method: request.#method,
      url: request.#url,
      pairs: request.#headers === null ? (request.#pairs ?? []) : pairsOfHeaders(request.#headers),
      body: request.#body,
      redirect: request.#redirect,
      signal: request.#knownSignal,
    });
    defineBody(
      Request,
      (request) => request.#body,
      (request) => readHeader(request.headers, "content-type") ?? null,
    );
    defineInterface(Request);
  }
}

function parseUrl(input) {
  const text = toUSVString(input);
  const url = normaliseUrl(text);
  if (url === null) throw new TypeError(`Invalid URL: ${text}`);
  return url;
}

function normaliseMethod(method) {
  if (NORMALISED_METHODS.has(method)) return method;
  const text = `${method}`;
  const upper = text.toUpperCase();
  const normalised = NORMALISED_METHODS.has(upper) || isEnabled(UPPER_CASES_ALL) ? upper : text;
  if (!METHODS.has(normalised)) throw new TypeError(`Invalid HTTP method string: ${text}`);
  return normalised;
}

/** The mode "error" is refused when it is asked for, as in Cloudflare's runtime, and not when a redirect comes. */
function checkRedirect(redirect) {
  const text = `${redirect}`;
  if (REDIRECT_MODES.includes(text)) return text;
  throw new TypeError(
    `Invalid redirect value "${text}": it must be "follow" or "manual". Cloudflare's runtime has no "error": use ` +
      '"manual" and look at the status of the response.',
  );
}

function checkEnumeration(value, allowed, name) {
  const text = `${value}`;
  if (!allowed.includes(text)) throw new TypeError(`Request: "${text}" is not a valid value of ${name}.`);
  return text;
}

function checkSignal(signal) {
  if (signal !== null && !isAbortSignal(signal)) throw new TypeError("Request: signal is not an AbortSignal.");
  return signal;
}

/**
 * The Request of a fetch event. Call it while the event is delivered: bytes of a body are copied then.
 * @param {object} event the event as the host sent it
 * @param {AbortController | AbortSignal} source aborts when the client goes away; with a controller, no
 *   signal is created before somebody looks at it
 * @returns {Request}
 */
export function createRequestFromEvent(event, source) {
  return new Request(FROM_EVENT, { event, source });
}

/** True for Request objects. */
export function isRequest(value) {
  return isRequestObject(value);
}

/** What fetch() needs of a request: method, url, header pairs, BodyState, redirect mode and signal. */
export function requestParts(request) {
  return describe(request);
}
