/**
 * Response of the Fetch Standard as Cloudflare's runtime has it.
 */
import { BodyState, defineBody } from "./body.js";
import { extractBody } from "./body_init.js";
import { Headers, freezeHeaders, headersFromPairs, pairsOfHeaders, readHeader, setDefaultHeader } from "./headers.js";
import * as host from "./host.js";
import { normaliseUrl } from "./url.js";
import { createWebSocket, isWebSocket, releaseWebSocket } from "./web_socket.js";
import { HostConnection } from "./web_socket_host.js";
import {
  defineInterface,
  requireArguments,
  toByteString,
  toDictionary,
  toUSVString,
  toUnsignedShort,
} from "./webidl.js";

const INTERNAL = Symbol("internal");
const NULL_BODY_STATUSES = new Set([101, 204, 205, 304]);
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);
const NOT_AN_UPGRADE =
  'Worker tried to return a WebSocket in a response to a request which did not contain the header "Upgrade: websocket".';
const REASON_PHRASE = /^[\t\x20-\x7e\x80-\xff]*$/;
const { stringify } = JSON;

/** No headers; shared, never changed. */
const NO_PAIRS = [];
/** Content type -> shared pairs, and shared pairs -> their JSON text. */
const SHARED_TYPES = 16;
const sharedPairs = new Map();
const describedPairs = new Map([[NO_PAIRS, "[]"]]);

/** Members that are rarely set. Shared: replaced, never changed. */
const NO_EXTRAS = Object.freeze({
  cf: undefined,
  encodeBody: "automatic",
  redirected: false,
  type: "default",
  url: "",
  webSocket: null,
});

let describe;
let fromHost;
let bodyStateOf;

/** An HTTP response. */
export class Response {
  #status = 200;
  #statusText = "";
  #headers = null;
  /** Header pairs that stand for the headers until somebody looks at them. */
  #pairs = NO_PAIRS;
  #immutable = false;
  #body = null;
  #extras = NO_EXTRAS;

  constructor(body = undefined, init = undefined) {
    if (body === INTERNAL) return;
    if (init !== undefined && init !== null) this.#apply(toDictionary(init, "Response init"));
    if (body !== undefined && body !== null) this.#setBody(extractBody(body));
  }

  static error() {
    const response = new Response(INTERNAL);
    response.#extend({ type: "error" });
    response.#status = 0;
    response.#immutable = true;
    return response;
  }

  static json(data, init = undefined) {
    requireArguments(arguments.length, 1, "Response.json");
    const text = stringify(data);
    if (text === undefined) throw new TypeError("Response.json: the value is not serialisable as JSON.");
    const response = new Response(INTERNAL);
    if (init !== undefined && init !== null) response.#apply(toDictionary(init, "Response init"));
    response.#setBody({ body: BodyState.ofText(text), contentType: "application/json" });
    return response;
  }

  static redirect(url, status = 302) {
    requireArguments(arguments.length, 1, "Response.redirect");
    const location = normaliseUrl(toUSVString(url));
    if (location === null) throw new TypeError(`Unable to parse URL: ${url}`);
    const code = toUnsignedShort(status);
    if (!REDIRECT_STATUSES.has(code)) throw new RangeError(`${status} is not a redirect status code.`);
    const response = new Response(INTERNAL);
    response.#status = code;
    response.#pairs = [["location", location]];
    response.#immutable = true;
    return response;
  }

  #apply({ cf, encodeBody, headers, status, statusText, webSocket }) {
    const socket = checkWebSocket(webSocket);
    if (status !== undefined) this.#status = toUnsignedShort(status);
    checkStatus(this.#status, socket);
    if (statusText !== undefined) this.#statusText = checkStatusText(statusText);
    if (headers !== undefined) this.#headers = new Headers(headers);
    if (socket !== null) this.#extend({ webSocket: socket });
    if (encodeBody !== undefined) this.#extend({ encodeBody: checkEncodeBody(encodeBody) });
    if (cf !== undefined) this.#extend({ cf });
  }

  #extend(extras) {
    this.#extras = { ...this.#extras, ...extras };
  }

  #setBody({ body, contentType }) {
    if (NULL_BODY_STATUSES.has(this.#status)) return dropEmptyBody(body, this.#status);
    this.#body = body;
    if (contentType === null) return;
    if (this.#headers === null) this.#pairs = typePairs(contentType);
    else setDefaultHeader(this.#headers, "content-type", contentType);
  }

  get status() {
    return this.#status;
  }

  get statusText() {
    return this.#statusText;
  }

  get headers() {
    if (this.#headers === null) {
      this.#headers = headersFromPairs(this.#pairs);
      if (this.#immutable) freezeHeaders(this.#headers);
    }
    return this.#headers;
  }

  get ok() {
    return this.#status >= 200 && this.#status <= 299;
  }

  get redirected() {
    return this.#extras.redirected;
  }

  get url() {
    return this.#extras.url;
  }

  get webSocket() {
    return this.#extras.webSocket;
  }

  get cf() {
    return this.#extras.cf;
  }

  get type() {
    return this.#extras.type;
  }

  get encodeBody() {
    return this.#extras.encodeBody;
  }

  clone() {
    if (this.#extras.webSocket !== null) throw new TypeError("Cannot clone a response to a WebSocket handshake.");
    const copy = new Response(INTERNAL);
    copy.#body = this.#body?.clone() ?? null;
    copy.#status = this.#status;
    copy.#statusText = this.#statusText;
    copy.#pairs = this.#pairs;
    copy.#headers = this.#headers === null ? null : new Headers(this.#headers);
    if (this.#headers !== null && this.#immutable) freezeHeaders(copy.#headers);
    copy.#immutable = this.#immutable;
    copy.#extras = this.#extras;
    return copy;
  }

  #describe(isUpgrade) {
    if (this.#extras.type === "error") throw new TypeError("Response.error() cannot be the answer to a request.");
    const { webSocket } = this.#extras;
    if (webSocket !== null && !isUpgrade) throw new TypeError(NOT_AN_UPGRADE);
    const socket = webSocket === null ? "" : `,"webSocket":${releaseWebSocket(webSocket)}`;
    const encoding = this.#extras.encodeBody === "manual" ? ',"isEncoded":true' : "";
    const headers = this.#describeHeaders(this.#body?.expectedLength ?? null);
    const body = this.#body === null ? "null" : this.#body.describe();
    const reason = this.#statusText === "" ? '""' : stringify(this.#statusText);
    return `"status":${this.#status},"statusText":${reason},"headers":${headers},"body":${body}${encoding}${socket}`;
  }

  #describeHeaders(length) {
    if (this.#headers === null && length === null) return describedPairs.get(this.#pairs) ?? stringify(this.#pairs);
    const pairs = this.#headers === null ? this.#pairs : pairsOfHeaders(this.#headers);
    const isComplete = length === null || pairs.some(([name]) => name === "content-length");
    return stringify(isComplete ? pairs : [...pairs, ["content-length", `${length}`]]);
  }

  static {
    describe = (response, isUpgrade) => response.#describe(isUpgrade);
    fromHost = (answer, socket) => {
      const response = new Response(INTERNAL);
      response.#status = answer.status;
      response.#statusText = answer.statusText;
      response.#pairs = answer.headers;
      response.#immutable = true;
      const webSocket = answer.webSocket === true ? createWebSocket(new HostConnection(socket)) : null;
      response.#extend({ url: answer.url, redirected: answer.redirected, webSocket });
      response.#body = BodyState.fromHost(answer.body);
      return response;
    };
    bodyStateOf = (response) => response.#body;
    defineBody(
      Response,
      (response) => response.#body,
      (response) => readHeader(response.headers, "content-type") ?? null,
    );
    defineInterface(Response);
  }
}

/** Cloudflare's runtime takes a body without bytes for a status that has none, with a warning, and sends none. */
function dropEmptyBody(body, status) {
  if (body.text !== "" && body.bytes?.byteLength !== 0) {
    throw new TypeError("Response with null body status (101, 204, 205, or 304) cannot have a body.");
  }
  host.log("warn", `A response with status ${status} has no body, not even an empty one: use new Response(null, { status: ${status} }).`);
}

/** The one header of a response whose type came from its body; the usual ones are shared. */
function typePairs(contentType) {
  let pairs = sharedPairs.get(contentType);
  if (pairs !== undefined) return pairs;
  pairs = [["content-type", contentType]];
  if (sharedPairs.size >= SHARED_TYPES) return pairs;
  sharedPairs.set(contentType, pairs);
  describedPairs.set(pairs, stringify(pairs));
  return pairs;
}

function checkStatus(status, webSocket) {
  if (webSocket === null && (status < 200 || status > 599)) {
    throw new RangeError("Responses may only be constructed with status codes in the range 200 to 599, inclusive.");
  }
  if (webSocket !== null && status !== 101) {
    throw new RangeError("Responses with a WebSocket must have status code 101.");
  }
}

function checkWebSocket(webSocket) {
  if (webSocket === undefined || webSocket === null) return null;
  if (isWebSocket(webSocket)) return webSocket;
  throw new TypeError(
    "Incorrect type for the 'webSocket' field on 'ResponseInitializerDict': the provided value is not of type 'WebSocket'.",
  );
}

function checkStatusText(statusText) {
  const text = toByteString(statusText);
  if (!REASON_PHRASE.test(text)) throw new TypeError("Invalid statusText");
  return text;
}

function checkEncodeBody(encodeBody) {
  const text = `${encodeBody}`;
  if (text !== "automatic" && text !== "manual") throw new TypeError(`encodeBody: unexpected value: ${text}`);
  return text;
}

/**
 * JSON text of the members status, statusText, headers, body and webSocket of a `response` operation, without
 * braces. The response's body is used from then on; a stream is registered for the host to pull, a WebSocket is
 * left to it.
 * @param {Response} response
 * @param {boolean} isUpgrade whether the request asked for a WebSocket
 * @returns {string}
 * @throws {TypeError} when the body has been used or the response cannot be sent
 */
export function describeResponse(response, isUpgrade) {
  return describe(response, isUpgrade);
}

/**
 * The Response for the value of an answered `http` operation. Only valid while it is delivered.
 * @param {object} answer
 * @param {number|null} socket the number of the WebSocket that was asked for
 */
export function createResponseFromHost(answer, socket) {
  return fromHost(answer, socket);
}

/** The BodyState of a response, or null. */
export function bodyOfResponse(response) {
  return bodyStateOf(response);
}
