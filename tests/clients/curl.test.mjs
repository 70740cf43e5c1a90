// The command lines of the documentation: "Publish to a Queue via HTTP" and "Pull consumers".

import assert from "node:assert/strict";
import { test } from "node:test";

import { account, baseUrl, decoded, done, execute, freshName, request, token } from "./support.mjs";

const origin = () => new URL(baseUrl()).origin;

async function curl(...curlArguments) {
  const { code, stdout, output } = await execute("curl", ["-sS", ...curlArguments]);
  assert.equal(code, 0, output);
  return JSON.parse(stdout);
}

test("the documented command lines", async () => {
  const queue = await done("POST", "/queues", { queue_name: freshName("curl") });
  const messages = `${baseUrl()}/accounts/${account}/queues/${queue.queue_id}/messages`;
  const bearer = ["-H", `Authorization: Bearer ${token}`];

  const pushed = await curl("-XPOST", ...bearer, messages, "--data", '{ "body": { "greeting": "hello" } }');
  assert.equal(pushed.success, true);
  assert.equal(pushed.result.metadata.metrics.backlog_count, 1);

  await done("POST", `/queues/${queue.queue_id}/consumers`, { type: "http_pull" });
  const pulled = await curl(
    `${messages}/pull`,
    ...bearer,
    "--header",
    "Content-Type: application/json",
    "--data",
    '{ "visibility_timeout": 10000, "batch_size": 2 }',
  );
  const [message] = pulled.result.messages;
  assert.deepEqual(decoded(message.body), { greeting: "hello" });
  assert.equal(message.attempts, 1);
  assert.equal(message.metadata["CF-Content-Type"], "json");
  assert.equal(message.metadata["CF-sourceMessageSource"], "api");

  const acks = JSON.stringify({ acks: [{ lease_id: message.lease_id }], retries: [] });
  const acknowledged = await curl(`${messages}/ack`, ...bearer, "--data", acks);
  assert.deepEqual(acknowledged.result, { ackCount: 1, retryCount: 0, warnings: {} });
  await done("DELETE", `/queues/${queue.queue_id}`);
});

test("pages of other sites and other hosts are refused", async () => {
  const queues = `${baseUrl()}/accounts/${account}/queues`;
  const bearer = ["-H", `Authorization: Bearer ${token}`];
  for (const header of ["Origin: https://evil.example", "Host: evil.example", "Sec-Fetch-Site: cross-site"]) {
    const answer = await curl(...bearer, "-H", header, "--data", '{"queue_name":"stolen"}', queues);
    assert.equal(answer.success, false, header);
    assert.equal(answer.errors[0].code, 10000, header);
  }
});

test("what is wrong is said in an envelope", async () => {
  const queue = await done("POST", "/queues", { queue_name: freshName("errors") });
  const messages = `/queues/${queue.queue_id}/messages`;
  const deep = { body: JSON.parse(`${"[".repeat(600)}${"]".repeat(600)}`) };
  for (const [method, path, body, status, code] of [
    ["GET", "/nothing", undefined, 404, 7003],
    ["GET", `/queues/${"0".repeat(32)}`, undefined, 404, 10104],
    ["GET", "/queues/not-an-id", undefined, 400, 10107],
    ["PUT", "/queues", {}, 405, 7001],
    ["POST", "/queues", { queue_name: "Not Valid" }, 400, 11003],
    ["POST", "/queues", { queue_name: queue.queue_name }, 400, 11009],
    ["POST", messages, {}, 400, 10207],
    ["POST", messages, deep, 400, 10207],
    ["POST", messages, { body: 1, delay_seconds: 86401 }, 400, 10203],
    ["POST", messages, { body: "x".repeat(128_001), content_type: "text" }, 400, 10204],
    ["POST", messages, { body: "x".repeat(5_000_000) }, 413, 10204],
    ["POST", `${messages}/batch`, { messages: [] }, 400, 10206],
    ["POST", `${messages}/pull`, {}, 405, 0],
  ]) {
    const answer = await request(method, path, body);
    assert.equal(answer.status, status, `${method} ${path}`);
    assert.equal(answer.body.success, false);
    assert.equal(answer.body.errors[0].code, code, `${method} ${path}`);
    assert.equal(answer.body.result, null);
  }
  const malformed = await curl("-H", `Authorization: Bearer ${token}`, "--data", "{", `${baseUrl()}/accounts/a/queues`);
  assert.equal(malformed.errors[0].code, 10208);
  await done("DELETE", `/queues/${queue.queue_id}`);
});

test("the description and the counters", async () => {
  const headers = { authorization: `Bearer ${token}` };
  const description = await (await fetch(`${origin()}/cdn-cgi/api/openapi.json`, { headers })).json();
  assert.equal(description.openapi, "3.1.0");
  assert.ok(description.paths["/accounts/{account_id}/queues/{queue_id}/messages/pull"].post);
  const counters = await fetch(`${origin()}/cdn-cgi/metrics`, { headers });
  assert.match(counters.headers.get("content-type"), /^text\/plain/);
  assert.match(await counters.text(), /^queues_commit_duration_seconds_count \d+$/m);
});
