/** node:stream/consumers: https://nodejs.org/docs/latest-v20.x/api/webstreams.html#utility-consumers */

import { Blob } from "./blob.js";
import { Buffer } from "./node_buffer.js";
import { TextDecoder } from "./encoding.js";

async function collect(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
  return chunks;
}

export async function arrayBuffer(stream) {
  return (await buffer(stream)).buffer;
}

export async function blob(stream) {
  return new Blob(await collect(stream));
}

export async function buffer(stream) {
  return Buffer.concat(await collect(stream));
}

export async function text(stream) {
  const decoder = new TextDecoder();
  let result = "";
  for await (const chunk of stream) {
    result += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
  }
  return result + decoder.decode();
}

export async function json(stream) {
  return JSON.parse(await text(stream));
}

export default { arrayBuffer, blob, buffer, json, text };
