// What the clients' tests share.

import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";

export const account = "023e105f4ecef8ad9ca31a8372d0c353";
export const token = process.env.QUEUES_API_TOKEN ?? "any-token";

let base = "";

export function setBaseUrl(url) {
  base = url.replace(/\/+$/, "");
}

export function baseUrl() {
  return base;
}

/** A name that no other run uses. */
export function freshName(word) {
  return `clients-${word}-${randomBytes(4).toString("hex")}`;
}

/** Runs a program to its end. */
export function execute(program, programArguments, options = {}) {
  return new Promise((resolve) => {
    const child = execFile(program, programArguments, options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, output: stdout + stderr, stdout });
    });
    child.stdin.end();
  });
}

/** A request without any client in between. */
export async function request(method, path, body, headers = {}) {
  const response = await fetch(`${base}/accounts/${account}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** The result of a request that must be done. */
export async function done(method, path, body) {
  const { status, body: envelope } = await request(method, path, body);
  if (status !== 200) {
    throw new Error(`${method} ${path}: ${status} ${JSON.stringify(envelope)}`);
  }
  return envelope.result;
}

/** The body of a pulled json message. */
export function decoded(body) {
  return JSON.parse(Buffer.from(body, "base64").toString("utf8"));
}
