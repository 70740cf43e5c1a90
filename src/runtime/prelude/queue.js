/**
 * The producer binding: https://developers.cloudflare.com/queues/configuration/javascript-apis/#producer
 */

import * as host from "./host.js";
import { delayProblem, toWholeSeconds } from "./delays.js";
import { takeBodies } from "./heap.js";
import { toMetrics } from "./message_batch.js";
import { quote, startOperation, writeBytes } from "./operations.js";
import { registerPlatformClass } from "./platform.js";
import { ILLEGAL_INVOCATION, stringifyJson } from "./primordials.js";
import { serialize } from "./structured.js";
import { defineInterface, toDictionary } from "./webidl.js";

/** https://developers.cloudflare.com/queues/platform/limits/ (1 KB is 1000 bytes) */
const LARGEST_MESSAGE_BYTES = 128_000;
const LARGEST_BATCH_BYTES = 256_000;
const LARGEST_BATCH_COUNT = 100;
/** https://developers.cloudflare.com/queues/reference/error-codes/ */
const CODES = { batchDelay: 10202, messageDelay: 10203, messageSize: 10204, batchSize: 10205, batchCount: 10206 };
const CONTENT_TYPES = ["text", "bytes", "json", "v8"];
/** No UTF-16 code unit needs more bytes than this in UTF-8. */
const MOST_BYTES_PER_UNIT = 3;

const transferBuffer = ArrayBuffer.prototype.transfer;

/** A queue that a Worker sends to. */
export class WorkerQueue {
  #binding;
  #defaultContentType;
  #exposeErrorCodes;

  constructor(binding, flags) {
    this.#binding = quote(binding);
    this.#defaultContentType = flags.jsonMessages ? "json" : "v8";
    this.#exposeErrorCodes = flags.exposeErrorCodes;
  }

  async metrics() {
    if (this == null || !(#binding in this)) throw new TypeError(ILLEGAL_INVOCATION);
    return startOperation("metrics", `"binding":${this.#binding}`, toMetrics).promise;
  }

  async send(body, options = undefined) {
    if (this == null || !(#binding in this)) throw new TypeError(ILLEGAL_INVOCATION);
    requireBody(body);
    const { contentType, delaySeconds } = toDictionary(options, "The options of send()");
    const type = contentType === undefined ? this.#defaultContentType : toContentType(contentType, true);
    const delay = toDelay(delaySeconds);
    const fail = (problem, code) => this.#fail("send", problem, code);
    checkDelay(delay, CODES.messageDelay, fail);
    const encoded = encodeBody(body, type);
    if (exceeds(encoded, LARGEST_MESSAGE_BYTES)) {
      const problem = `message length of ${sizeOf(encoded)} bytes exceeds limit of ${LARGEST_MESSAGE_BYTES}`;
      fail(problem, CODES.messageSize);
    }
    const message = messageText(type, encoded, null);
    if (type === "bytes") detach(body);
    return this.#send(false, delay, `"messages":[${message}]`);
  }

  async sendBatch(messages, options = undefined) {
    if (this == null || !(#binding in this)) throw new TypeError(ILLEGAL_INVOCATION);
    const type = this.#defaultContentType;
    const taken = type === "json" ? takeBodies(messages) : undefined;
    const read = taken === undefined ? readBatch(messages, type === "json") : undefined;
    const delay = toDelay(toDictionary(options, "The options of sendBatch()").delaySeconds);
    const fail = (problem, code) => this.#fail("sendBatch", problem, code);
    checkDelay(delay, CODES.batchDelay, fail);
    return this.#send(true, delay, taken === undefined ? encodeRead(read, type, fail) : `"taken":${taken}`);
  }

  #send(batch, delay, messages) {
    const fields = `"binding":${this.#binding},"batch":${batch},"delaySeconds":${delay},${messages}`;
    return startOperation("send", fields, toSendResult).promise;
  }

  #fail(method, problem, code) {
    throw new Error(this.#exposeErrorCodes ? `${problem} (${code})` : `Queue ${method} failed: ${problem}`);
  }
}

defineInterface(WorkerQueue);
registerPlatformClass(WorkerQueue);

function toSendResult(metrics) {
  return { metadata: { metrics: toMetrics(metrics) } };
}

function requireBody(body) {
  if (body === undefined) throw new TypeError("Message body cannot be undefined");
}

function warnNestedOptions() {
  host.log(
    "warn",
    'Ignored "options" on a message given to sendBatch(): it takes { body, contentType, delaySeconds }. ' +
      'Put "contentType" and "delaySeconds" beside "body".',
  );
}

function toContentType(given, anyCase) {
  const text = `${given}`;
  const type = anyCase ? text.toLowerCase() : text;
  if (!CONTENT_TYPES.includes(type)) throw new TypeError(`Unsupported queue message content type: ${text}`);
  return type;
}

function toDelay(delaySeconds) {
  return delaySeconds === undefined ? null : toWholeSeconds(delaySeconds);
}

function checkDelay(delay, code, fail) {
  const problem = delay === null ? undefined : delayProblem(delay);
  if (problem !== undefined) fail(problem, code);
}

/**
 * What sendBatch() was given. As long as every message is a JSON body with nothing said beside it there are the
 * bodies alone; otherwise `items` has all messages, with what was left out undefined.
 */
function readBatch(messages, isJson) {
  const bodies = [];
  let items = isJson ? undefined : [];
  for (const message of messages) {
    const isObject = typeof message === "object" && message !== null;
    const dictionary = isObject ? message : toDictionary(message, "A message of sendBatch()");
    const { body, contentType, delaySeconds, options } = dictionary;
    if (body === undefined) requireBody(body);
    if (options !== undefined) warnNestedOptions();
    if (items === undefined && contentType === undefined && delaySeconds === undefined && isPlain(body)) {
      bodies.push(body);
      continue;
    }
    const type = contentType === undefined ? undefined : toContentType(contentType, false);
    items ??= bodies.map(plainItem);
    items.push({ body, type, delay: toDelay(delaySeconds) });
  }
  if ((items ?? bodies).length === 0) throw new TypeError("sendBatch() requires at least one message");
  return { bodies, items };
}

function plainItem(body) {
  return { body, type: undefined, delay: null };
}

function encodeRead({ bodies, items }, type, fail) {
  const plain = items === undefined ? encodePlainBatch(bodies) : undefined;
  return plain ?? encodeBatch(items ?? bodies.map(plainItem), type, fail);
}

/**
 * The text of a batch of plain bodies, made by one call for all of them; undefined when there are so many or so large
 * ones that they have to be measured one by one.
 */
function encodePlainBatch(bodies) {
  if (bodies.length > LARGEST_BATCH_COUNT) return undefined;
  const json = stringifyJson(bodies);
  const isSmall = json.length * MOST_BYTES_PER_UNIT <= LARGEST_MESSAGE_BYTES;
  return isSmall || host.encodeUtf8(json).length <= LARGEST_MESSAGE_BYTES ? `"bodies":${json}` : undefined;
}

/** Whether the JSON text of a value is the same in an array as alone. */
function isPlain(body) {
  const type = typeof body;
  if (type === "object") return body === null || body.toJSON === undefined;
  return type === "string" || type === "number" || type === "boolean";
}

function encodeBatch(items, defaultType, fail) {
  const encoded = items.map(({ body, type = defaultType }) => encodeBody(body, type));
  checkBatch(items, encoded, fail);
  const texts = items.map(({ type = defaultType, delay }, index) => messageText(type, encoded[index], delay));
  return `"messages":[${texts.join(",")}]`;
}

function checkBatch(items, encoded, fail) {
  if (items.length > LARGEST_BATCH_COUNT) {
    fail(`batch message count of ${items.length} exceeds limit of ${LARGEST_BATCH_COUNT}`, CODES.batchCount);
  }
  let most = 0;
  for (let index = 0; index < items.length; index++) {
    const body = encoded[index];
    checkDelay(items[index].delay, CODES.messageDelay, fail);
    if (exceeds(body, LARGEST_MESSAGE_BYTES)) {
      const limit = `single message size limit of ${LARGEST_MESSAGE_BYTES}`;
      fail(`message in batch has length ${sizeOf(body)} bytes which exceeds ${limit}`, CODES.messageSize);
    }
    most += body.mostBytes;
  }
  if (most <= LARGEST_BATCH_BYTES) return;
  const total = encoded.reduce((sum, body) => sum + sizeOf(body), 0);
  if (total > LARGEST_BATCH_BYTES) {
    fail(`batch size of ${total} bytes exceeds limit of ${LARGEST_BATCH_BYTES}`, CODES.batchSize);
  }
}

/** A body ready to be sent: its JSON text or its bytes, and an upper bound of what the limits count. */
function encodeBody(body, type) {
  switch (type) {
    case "json":
      return encodeJson(body);
    case "v8":
      return encodeStructured(body);
    case "text":
      return encodeText(body);
    default:
      return encodeBytes(body);
  }
}

function encodeJson(body) {
  const json = stringifyJson(body);
  requireBody(json);
  return { json, text: json, mostBytes: json.length * MOST_BYTES_PER_UNIT };
}

function encodeStructured(body) {
  const { json, byteLength } = serialize(body);
  return { json, mostBytes: byteLength, bytes: byteLength };
}

function encodeText(body) {
  requireType(body, typeof body === "string", "text", "string");
  return { json: quote(body), text: body, mostBytes: body.length * MOST_BYTES_PER_UNIT };
}

function encodeBytes(body) {
  requireType(body, ArrayBuffer.isView(body), "bytes", "ArrayBufferView");
  return { view: body, mostBytes: body.byteLength, bytes: body.byteLength };
}

function requireType(body, matches, contentType, type) {
  if (matches) return;
  throw new TypeError(`Content Type "${contentType}" requires a value of type ${type}, but received: ${typeof body}`);
}

function exceeds(encoded, limit) {
  return encoded.mostBytes > limit && sizeOf(encoded) > limit;
}

function sizeOf(encoded) {
  encoded.bytes ??= host.encodeUtf8(encoded.text).length;
  return encoded.bytes;
}

function messageText(type, encoded, delay) {
  const body = type === "bytes" ? writeBytes(encoded.view) : encoded.json;
  return `{"contentType":"${type}","body":${body},"delaySeconds":${delay}}`;
}

function detach(view) {
  if (view.buffer instanceof ArrayBuffer) transferBuffer.call(view.buffer);
}
