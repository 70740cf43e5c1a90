/** Bodies between the protocol and WASI's streams: those that the host has, and those that JavaScript makes. */

import types from "wasi:http/types@0.2.0";
import * as host from "./host.js";
import { createTable } from "./primordials.js";
import { decodeUtf8Lossy } from "./utf8.js";

const CHUNK_BYTES = 65_536;
/** What one blocking write of WASI takes. */
const WRITE_BYTES = 4096;
/** What WASI's hosts set themselves, or do not take. */
const FORBIDDEN_HEADERS = new Set([
  "connection", "host", "http2-settings", "keep-alive", "proxy-authenticate", "proxy-authorization",
  "proxy-connection", "te", "transfer-encoding", "upgrade",
]);

/** Stream number -> the body that the host has and its stream. */
const incoming = createTable();
/** Stream number -> the body that JavaScript makes and its stream. */
const outgoing = createTable();
let lastIncoming = 0;

/** WASI's fields of the protocol's header pairs. */
export function fieldsOf(pairs) {
  const allowed = pairs.filter(([name]) => !FORBIDDEN_HEADERS.has(name.toLowerCase()));
  return types.Fields.fromList(allowed.map(([name, value]) => [name, host.encodeUtf8(value)]));
}

/** The protocol's header pairs of WASI's fields, which are dropped. */
export function pairsOf(fields) {
  const pairs = fields.entries().map(([name, value]) => [name, decodeUtf8Lossy(Uint8Array.from(value))]);
  fields[Symbol.dispose]();
  return pairs;
}

/** The protocol's BODY for a body that the host has. */
export function offer(body) {
  incoming.set(++lastIncoming, { body, stream: body.stream() });
  return { stream: lastIncoming };
}

/** A `read` operation: waits for the next chunk. */
export function read(operation, turn) {
  const source = incoming.get(operation.stream);
  if (source === undefined) return turn.done(operation, null);
  try {
    turn.done(operation, turn.bytes(Uint8Array.from(source.stream.blockingRead(CHUNK_BYTES))));
  } catch ({ payload }) {
    cancel(operation);
    if (payload?.tag === "closed") turn.done(operation, null);
    else turn.failed(operation, "TypeError", "Network connection lost.");
  }
}

/** A `cancel` operation: nobody reads the rest. */
export function cancel({ stream }) {
  const source = incoming.get(stream);
  if (source === undefined) return;
  incoming.delete(stream);
  source.stream[Symbol.dispose]();
  source.body[Symbol.dispose]();
}

/** Sends what the protocol's BODY names; a stream is pulled from then on. */
export function send(content, bytes, body, turn) {
  const sink = { body, stream: body.write() };
  if (content?.stream !== undefined) {
    outgoing.set(content.stream, sink);
    turn.add({ type: "pull", stream: content.stream });
    return;
  }
  if (content !== null) writeAll(sink, bytesOf(content, bytes));
  finish(sink);
}

/** The bytes that the protocol's BODY names, which is no stream. */
export function bytesOf({ text, bytes: range }, bytes) {
  return text === undefined ? bytes.slice(range[0], range[0] + range[1]) : host.encodeUtf8(text);
}

/** Whether JavaScript is still making a body. */
export function areOpen() {
  return outgoing.size > 0;
}

/** A `write` operation. */
export function write({ stream, bytes: [offset, length] }, bytes, turn) {
  const sink = outgoing.get(stream);
  if (sink === undefined) return;
  try {
    writeAll(sink, bytes.slice(offset, offset + length));
    turn.add({ type: "pull", stream });
  } catch {
    drop(stream);
    turn.add({ type: "cancel", stream });
  }
}

/** A `close` operation. */
export function close({ stream }) {
  const sink = outgoing.get(stream);
  outgoing.delete(stream);
  if (sink !== undefined) finish(sink);
}

/** A `fail` operation, or the end of the invocation: the body breaks off. */
export function drop(stream) {
  const sink = outgoing.get(stream);
  if (sink === undefined) return;
  outgoing.delete(stream);
  sink.stream[Symbol.dispose]();
  sink.body[Symbol.dispose]();
}

function writeAll({ stream }, bytes) {
  for (let offset = 0; offset < bytes.length; offset += WRITE_BYTES) {
    stream.blockingWriteAndFlush(bytes.slice(offset, offset + WRITE_BYTES));
  }
}

function finish({ body, stream }) {
  stream[Symbol.dispose]();
  types.OutgoingBody.finish(body, null);
}
