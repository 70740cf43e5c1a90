// Every method of the JavaScript SDK.

import assert from "node:assert/strict";
import { test } from "node:test";

import Cloudflare from "cloudflare";

import { account, baseUrl, decoded, freshName, token } from "./support.mjs";

const account_id = account;
const client = () => new Cloudflare({ apiToken: token, baseURL: baseUrl() });

/** The error of a call that must fail, and how many requests it took. */
async function refusal(call) {
  let requests = 0;
  const counting = (url, options) => {
    requests += 1;
    return fetch(url, options);
  };
  const { queues } = new Cloudflare({ apiToken: token, baseURL: baseUrl(), fetch: counting });
  const error = await call(queues).then(
    () => assert.fail("it must fail"),
    (reason) => reason,
  );
  return { error, requests, code: error.errors?.[0]?.code };
}

async function collected(pages) {
  const items = [];
  for await (const item of pages) {
    items.push(item);
  }
  return items;
}

test("queues", async () => {
  const { queues } = client();
  const name = freshName("sdk");
  const created = await queues.create({ account_id, queue_name: name });
  assert.equal(created.queue_name, name);
  assert.match(created.queue_id, /^[0-9a-f]{32}$/);
  assert.deepEqual(await queues.get(created.queue_id, { account_id }), created);
  const all = await collected(queues.list({ account_id }));
  assert.ok(all.some((queue) => queue.queue_id === created.queue_id));

  const settings = { delivery_delay: 5, message_retention_period: 3600 };
  const updated = await queues.update(created.queue_id, { account_id, queue_name: name, settings });
  assert.deepEqual(updated.settings, { ...settings, delivery_paused: false });
  const edited = await queues.edit(created.queue_id, { account_id, settings: { delivery_paused: true } });
  assert.deepEqual(edited.settings, { ...settings, delivery_paused: true });
  const metrics = await queues.getMetrics(created.queue_id, { account_id });
  assert.deepEqual(metrics, { backlog_count: 0, backlog_bytes: 0, oldest_message_timestamp_ms: 0 });

  const taken = await refusal((failing) => failing.create({ account_id, queue_name: name }));
  assert.ok(taken.error instanceof Cloudflare.BadRequestError);
  assert.deepEqual([taken.code, taken.requests], [11009, 1]);
  assert.equal((await queues.delete(created.queue_id, { account_id })).success, true);
  const gone = await refusal((failing) => failing.get(created.queue_id, { account_id }));
  assert.ok(gone.error instanceof Cloudflare.NotFoundError);
  assert.deepEqual([gone.code, gone.requests], [10104, 1]);
});

test("messages", async () => {
  const { queues } = client();
  const { queue_id } = await queues.create({ account_id, queue_name: freshName("sdk") });
  const early = await refusal((failing) => failing.messages.pull(queue_id, { account_id }));
  assert.deepEqual([early.error.status, early.code, early.requests], [405, 0, 1]);
  await queues.consumers.create(queue_id, { account_id, type: "http_pull" });

  const body = { order: 1, nested: [null, "é"] };
  const pushed = await queues.messages.push(queue_id, { account_id, body, content_type: "json" });
  assert.equal(pushed.metadata.metrics.backlog_count, 1);
  const batch = [{ body: "plain", content_type: "text" }, { body: 3 }, { body: 4, delay_seconds: 3600 }];
  const bulk = await queues.messages.bulkPush(queue_id, { account_id, messages: batch });
  assert.equal(bulk.metadata.metrics.backlog_count, 4);

  const peeked = await queues.messages.peek(queue_id, { account_id, batch_size: 10 });
  assert.equal(peeked.messages.length, 4);
  const pulled = await queues.messages.pull(queue_id, { account_id, batch_size: 10 });
  assert.equal(pulled.message_backlog_count, 4);
  const [json, text, number] = pulled.messages;
  assert.deepEqual(decoded(json.body), body);
  assert.equal(text.body, "plain");
  assert.equal(decoded(number.body), 3);
  assert.equal((await queues.messages.pull(queue_id, { account_id })).messages.length, 0);

  const acknowledged = await queues.messages.ack(queue_id, {
    account_id,
    acks: [{ lease_id: json.lease_id }, { lease_id: "unknown" }],
    retries: [{ lease_id: text.lease_id }, { lease_id: number.lease_id, delay_seconds: 3600 }],
  });
  assert.deepEqual([acknowledged.ackCount, acknowledged.retryCount], [1, 2]);
  assert.deepEqual(Object.keys(acknowledged.warnings), ["unknown"]);
  const again = await queues.messages.pull(queue_id, { account_id });
  assert.deepEqual([again.messages.length, again.messages[0].id, again.messages[0].attempts], [1, text.id, 2]);

  const delayed = peeked.messages.find((message) => decodedOrNothing(message) === 4);
  const refs = [{ ref: delayed.ref }, { ref: "unknown" }];
  const purged = await queues.messages.purge(queue_id, { account_id, refs });
  assert.deepEqual([Object.keys(purged.warnings), purged.errors], [["unknown"], []]);
  assert.equal((await queues.getMetrics(queue_id, { account_id })).backlog_count, 2);
  await queues.delete(queue_id, { account_id });
});

function decodedOrNothing(message) {
  return message.metadata["CF-Content-Type"] === "json" ? decoded(message.body) : undefined;
}

test("a lease that is over", async () => {
  const { queues } = client();
  const { queue_id } = await queues.create({ account_id, queue_name: freshName("sdk") });
  await queues.consumers.create(queue_id, { account_id, type: "http_pull" });
  await queues.messages.push(queue_id, { account_id, body: "once" });
  const first = await queues.messages.pull(queue_id, { account_id, visibility_timeout_ms: 1 });
  let second;
  do {
    second = await queues.messages.pull(queue_id, { account_id });
  } while (second.messages.length === 0);
  assert.equal(second.messages[0].attempts, 2);
  const acks = [{ lease_id: first.messages[0].lease_id }];
  const late = await queues.messages.ack(queue_id, { account_id, acks });
  assert.equal(late.ackCount, 1);
  await queues.delete(queue_id, { account_id });
});

test("a paused queue is asked once", async () => {
  const { queues } = client();
  const { queue_id } = await queues.create({ account_id, queue_name: freshName("sdk") });
  await queues.consumers.create(queue_id, { account_id, type: "http_pull" });
  await queues.edit(queue_id, { account_id, settings: { delivery_paused: true } });
  const paused = await refusal((failing) => failing.messages.pull(queue_id, { account_id }));
  assert.ok(paused.error instanceof Cloudflare.ConflictError);
  assert.equal(paused.requests, 1);
  assert.equal(paused.error.errors[0].message, "queue_delivery_paused");
  await queues.messages.push(queue_id, { account_id, body: 1 });
  await queues.delete(queue_id, { account_id });
});

test("purge", async () => {
  const { queues } = client();
  const { queue_id } = await queues.create({ account_id, queue_name: freshName("sdk") });
  await queues.messages.push(queue_id, { account_id, body: 1, delay_seconds: 60 });
  const started = await queues.purge.start(queue_id, { account_id, delete_messages_permanently: true });
  assert.equal(started.queue_id, queue_id);
  const status = await queues.purge.status(queue_id, { account_id });
  assert.equal(status.completed, "true");
  assert.ok(!Number.isNaN(Date.parse(status.started_at)));
  assert.equal((await queues.getMetrics(queue_id, { account_id })).backlog_count, 0);
  await queues.delete(queue_id, { account_id });
});

test("consumers", async () => {
  const { queues } = client();
  const dead_letter_queue = freshName("dead");
  const { queue_id } = await queues.create({ account_id, queue_name: freshName("sdk") });
  const created = await queues.consumers.create(queue_id, {
    account_id,
    type: "worker",
    script_name: "no-such-worker",
    dead_letter_queue,
    settings: { batch_size: 50, max_concurrency: 2 },
  });
  assert.equal(created.script_name, "no-such-worker");
  assert.deepEqual([created.settings.batch_size, created.settings.max_retries], [50, 3]);
  const { consumer_id } = created;
  assert.deepEqual(await collected(queues.consumers.list(queue_id, { account_id })), [created]);
  assert.deepEqual(await queues.consumers.get(consumer_id, { account_id, queue_id }), created);
  const updated = await queues.consumers.update(consumer_id, {
    account_id,
    queue_id,
    type: "http_pull",
    settings: { visibility_timeout_ms: 1000, retry_delay: 7 },
  });
  assert.deepEqual([updated.type, updated.settings.visibility_timeout_ms], ["http_pull", 1000]);
  const second = { account_id, type: "http_pull" };
  const exists = await refusal((failing) => failing.consumers.create(queue_id, second));
  assert.deepEqual([exists.error.status, exists.code, exists.requests], [400, 11004, 1]);
  assert.equal((await queues.consumers.delete(consumer_id, { account_id, queue_id })).success, true);
  assert.deepEqual(await collected(queues.consumers.list(queue_id, { account_id })), []);
  await queues.delete(queue_id, { account_id });
  const dead = (await collected(queues.list({ account_id }))).find((queue) => queue.queue_name === dead_letter_queue);
  await queues.delete(dead.queue_id, { account_id });
});

test("subscriptions", async () => {
  const { queues } = client();
  const { queue_id } = await queues.create({ account_id, queue_name: freshName("sdk") });
  const name = freshName("subscription");
  const destination = { type: "queues.queue", queue_id };
  const create = (number) =>
    queues.subscriptions.create({
      account_id,
      name: `${name}-${number}`,
      enabled: true,
      source: { type: "r2" },
      destination,
      events: ["bucket.created"],
    });
  const created = await create(1);
  await create(2);
  await create(3);
  const listed = await collected(queues.subscriptions.list({ account_id, per_page: 2, order: "name", direction: "desc" }));
  const ours = listed.filter((subscription) => subscription.name.startsWith(name));
  assert.deepEqual(ours.map((subscription) => subscription.name), [`${name}-3`, `${name}-2`, `${name}-1`]);
  assert.deepEqual(await queues.subscriptions.get(created.id, { account_id }), created);
  const updated = await queues.subscriptions.update(created.id, { account_id, enabled: false });
  assert.deepEqual([updated.enabled, updated.events], [false, ["bucket.created"]]);
  const unknown = await refusal((failing) =>
    failing.subscriptions.update(created.id, { account_id, events: ["bucket.painted"] }),
  );
  assert.equal(unknown.error.errors[0].message, "Unrecognized event types: bucket.painted");
  const deleted = await queues.subscriptions.delete(created.id, { account_id });
  assert.equal(deleted.id, created.id);
  await queues.delete(queue_id, { account_id });
  const left = await collected(queues.subscriptions.list({ account_id }));
  assert.ok(!left.some((subscription) => subscription.name.startsWith(name)));
});
