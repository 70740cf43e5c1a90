// Answers with the APIs that are missing or of another kind, each by its name.
import * as workers from "cloudflare:workers";
import * as assert from "node:assert";
import * as asyncHooks from "node:async_hooks";
import * as buffer from "node:buffer";
import * as crypto_ from "node:crypto";
import * as diagnosticsChannel from "node:diagnostics_channel";
import * as events from "node:events";
import * as path from "node:path";
import * as perfHooks from "node:perf_hooks";
import * as process_ from "node:process";
import * as querystring from "node:querystring";
import * as stream from "node:stream";
import * as stringDecoder from "node:string_decoder";
import * as timers from "node:timers";
import * as timersPromises from "node:timers/promises";
import * as url from "node:url";
import * as util from "node:util";
import * as zlib from "node:zlib";

const BODY = ["arrayBuffer", "blob", "bytes", "formData", "json", "text", "clone"];

/** Classes of the global scope and the methods of their instances. */
const CLASSES = {
  AbortController: ["abort"],
  AbortSignal: ["throwIfAborted", "addEventListener"],
  Blob: ["arrayBuffer", "bytes", "slice", "stream", "text"],
  ByteLengthQueuingStrategy: [],
  CloseEvent: [],
  CompressionStream: [],
  CountQueuingStrategy: [],
  Crypto: ["getRandomValues", "randomUUID"],
  CryptoKey: [],
  CustomEvent: [],
  DOMException: [],
  DecompressionStream: [],
  ErrorEvent: [],
  Event: ["preventDefault", "stopPropagation", "stopImmediatePropagation", "composedPath"],
  EventTarget: ["addEventListener", "removeEventListener", "dispatchEvent"],
  ExtendableEvent: ["waitUntil"],
  FetchEvent: ["respondWith", "passThroughOnException"],
  File: ["slice", "stream", "text"],
  FixedLengthStream: [],
  FormData: ["append", "delete", "entries", "forEach", "get", "getAll", "has", "keys", "set", "values"],
  Headers: ["append", "delete", "entries", "forEach", "get", "getSetCookie", "has", "keys", "set", "values"],
  IdentityTransformStream: [],
  MessageChannel: [],
  MessageEvent: [],
  MessagePort: ["close", "postMessage", "start"],
  Navigator: [],
  Performance: ["clearMarks", "clearMeasures", "getEntries", "getEntriesByName", "getEntriesByType", "mark", "measure", "now"],
  PerformanceEntry: ["toJSON"],
  PerformanceMark: [],
  PerformanceMeasure: [],
  PerformanceObserver: ["disconnect", "observe", "takeRecords"],
  PromiseRejectionEvent: [],
  ReadableByteStreamController: ["close", "enqueue", "error"],
  ReadableStream: ["cancel", "getReader", "pipeThrough", "pipeTo", "tee", "values"],
  ReadableStreamBYOBReader: ["cancel", "read", "releaseLock"],
  ReadableStreamBYOBRequest: ["respond", "respondWithNewView"],
  ReadableStreamDefaultController: ["close", "enqueue", "error"],
  ReadableStreamDefaultReader: ["cancel", "read", "releaseLock"],
  Request: BODY,
  Response: BODY,
  ScheduledEvent: [],
  ServiceWorkerGlobalScope: [],
  SubtleCrypto: ["decrypt", "deriveBits", "deriveKey", "digest", "encrypt", "exportKey", "generateKey", "importKey", "sign", "unwrapKey", "verify", "wrapKey"],
  TextDecoder: ["decode"],
  TextDecoderStream: [],
  TextEncoder: ["encode", "encodeInto"],
  TextEncoderStream: [],
  TransformStream: [],
  TransformStreamDefaultController: ["enqueue", "error", "terminate"],
  URL: ["toJSON", "toString"],
  URLPattern: ["exec", "test"],
  URLSearchParams: ["append", "delete", "entries", "forEach", "get", "getAll", "has", "keys", "set", "sort", "toString", "values"],
  WebSocket: ["accept", "addEventListener", "close", "send"],
  WebSocketPair: [],
  WritableStream: ["abort", "close", "getWriter"],
  WritableStreamDefaultController: ["error"],
  WritableStreamDefaultWriter: ["abort", "close", "releaseLock", "write"],
};

/** Static methods and members of global objects. */
const FUNCTIONS = {
  AbortSignal: ["abort", "any", "timeout"],
  Intl: ["Collator", "DateTimeFormat", "DisplayNames", "ListFormat", "Locale", "NumberFormat", "PluralRules", "RelativeTimeFormat", "Segmenter"],
  ReadableStream: ["from"],
  Response: ["error", "json", "redirect"],
  URL: ["canParse", "parse"],
  WebAssembly: ["Global", "Instance", "Memory", "Module", "Table", "instantiate"],
  caches: ["open"],
  console: ["assert", "clear", "count", "countReset", "debug", "dir", "dirxml", "error", "group", "groupCollapsed", "groupEnd", "info", "log", "table", "time", "timeEnd", "timeLog", "trace", "warn"],
  crypto: ["getRandomValues", "randomUUID"],
  globalThis: ["addEventListener", "atob", "btoa", "clearInterval", "clearTimeout", "dispatchEvent", "fetch", "queueMicrotask", "removeEventListener", "reportError", "setInterval", "setTimeout", "structuredClone"],
  performance: ["clearMarks", "clearMeasures", "getEntries", "getEntriesByName", "getEntriesByType", "mark", "measure", "now", "timerify"],
  scheduler: ["wait"],
};

const MODULES = {
  "cloudflare:workers": [workers, ["DurableObject", "RpcTarget", "WorkerEntrypoint", "waitUntil"]],
  "node:assert": [assert, ["AssertionError", "deepEqual", "deepStrictEqual", "equal", "fail", "match", "notEqual", "ok", "rejects", "strictEqual", "throws"]],
  "node:async_hooks": [asyncHooks, ["AsyncLocalStorage", "AsyncResource"]],
  "node:buffer": [buffer, ["Blob", "Buffer", "File", "atob", "btoa"]],
  "node:crypto": [crypto_, ["createCipheriv", "createHash", "createHmac", "createPrivateKey", "createPublicKey", "createSecretKey", "createSign", "createVerify", "generateKeyPairSync", "getRandomValues", "hkdfSync", "pbkdf2", "randomBytes", "randomInt", "randomUUID", "scryptSync", "sign", "timingSafeEqual", "verify"]],
  "node:diagnostics_channel": [diagnosticsChannel, ["channel", "hasSubscribers", "subscribe", "tracingChannel", "unsubscribe"]],
  "node:events": [events, ["EventEmitter", "on", "once"]],
  "node:path": [path, ["basename", "dirname", "extname", "format", "isAbsolute", "join", "normalize", "parse", "relative", "resolve"]],
  "node:perf_hooks": [perfHooks, ["PerformanceObserver", "eventLoopUtilization", "timerify"]],
  "node:process": [process_, ["cwd", "emitWarning", "hrtime", "nextTick"]],
  "node:querystring": [querystring, ["escape", "parse", "stringify", "unescape"]],
  "node:stream": [stream, ["Duplex", "PassThrough", "Readable", "Stream", "Transform", "Writable", "finished", "pipeline"]],
  "node:string_decoder": [stringDecoder, ["StringDecoder"]],
  "node:timers": [timers, ["clearImmediate", "clearInterval", "clearTimeout", "setImmediate", "setInterval", "setTimeout"]],
  "node:timers/promises": [timersPromises, ["setImmediate", "setInterval", "setTimeout"]],
  "node:url": [url, ["URL", "URLSearchParams", "domainToASCII", "fileURLToPath", "format", "parse", "pathToFileURL", "resolve"]],
  "node:util": [util, ["TextDecoder", "TextEncoder", "callbackify", "debuglog", "deprecate", "format", "inherits", "inspect", "isDeepStrictEqual", "promisify", "stripVTControlCharacters"]],
  "node:zlib": [zlib, ["brotliCompressSync", "brotliDecompressSync", "createGunzip", "createGzip", "deflate", "deflateSync", "gunzip", "gunzipSync", "gzip", "gzipSync", "inflateRawSync", "inflateSync"]],
};

/** Members that are not functions, and their types. */
const VALUES = (request, env, ctx) => ({
  caches: [caches, "object"],
  "caches.default": [caches.default, "object"],
  "cloudflare:workers env": [workers.env, "object"],
  "cloudflare:workers env.GREETING": [workers.env.GREETING, "string"],
  "crypto.DigestStream": [crypto.DigestStream, "function"],
  "crypto.subtle": [crypto.subtle, "object"],
  "crypto.subtle.timingSafeEqual": [crypto.subtle.timingSafeEqual, "function"],
  "ctx.passThroughOnException": [ctx.passThroughOnException, "function"],
  "ctx.props": [ctx.props, "object"],
  "ctx.waitUntil": [ctx.waitUntil, "function"],
  "env.QUEUE.metrics": [env.QUEUE.metrics, "function"],
  "env.QUEUE.send": [env.QUEUE.send, "function"],
  "env.QUEUE.sendBatch": [env.QUEUE.sendBatch, "function"],
  "navigator.userAgent": [navigator.userAgent, "string"],
  "perf_hooks.performance": [perfHooks.performance, "object"],
  "performance.timeOrigin": [performance.timeOrigin, "number"],
  "process.env": [process.env, "object"],
  "process.env.GREETING": [process.env.GREETING, "string"],
  "process.nextTick": [process.nextTick, "function"],
  "request.cf.colo": [request.cf.colo, "string"],
  "request.signal": [request.signal, "object"],
  Buffer: [globalThis.Buffer, "function"],
  global: [globalThis.global, "object"],
  self: [self, "object"],
  setImmediate: [globalThis.setImmediate, "function"],
});

function* problems(request, env, ctx) {
  for (const [name, methods] of Object.entries(CLASSES)) {
    const constructor = globalThis[name];
    if (typeof constructor !== "function" || typeof constructor.prototype !== "object") {
      yield name;
      continue;
    }
    for (const method of methods) if (typeof constructor.prototype[method] !== "function") yield `${name}.prototype.${method}`;
  }
  for (const [name, members] of Object.entries(FUNCTIONS)) {
    for (const member of members) if (typeof globalThis[name]?.[member] !== "function") yield `${name}.${member}`;
  }
  for (const [name, [module, members]] of Object.entries(MODULES)) {
    for (const member of members) if (typeof module[member] !== "function") yield `${name} ${member}`;
  }
  for (const [name, [value, kind]] of Object.entries(VALUES(request, env, ctx))) {
    if (typeof value !== kind || value === null) yield `${name} is ${typeof value}`;
  }
  if (!Object.hasOwn(globalThis, "globalThis") || self !== globalThis) yield "self";
  if (!(Symbol.asyncIterator in ReadableStream.prototype)) yield "ReadableStream[Symbol.asyncIterator]";
}

export default {
  async fetch(request, env, ctx) {
    return Response.json([...problems(request, env, ctx)]);
  },
};
