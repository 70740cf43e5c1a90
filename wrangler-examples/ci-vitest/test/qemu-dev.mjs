// What tests ask of a qemu-dev session, over documented HTTP. No dependencies: copy it into a project.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/**
 * A session: the one of `qemu-dev exec` when the tests run in it, otherwise one of its own, started with
 * these arguments of `qemu-dev dev`. Its queues are in a temporary folder: those of the project are not touched.
 */
export async function start(...args) {
  if (process.env.QEMU_DEV_URL) return new Session(process.env.QEMU_DEV_URL);
  const program = process.env.QEMU_DEV ?? "qemu-dev";
  const state = await mkdtemp(join(tmpdir(), "qemu-dev-"));
  const own = ["dev", "--port", "0", "--ready-json", "--no-watch", "--persist-to", state];
  const child = spawn(program, [...own, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => {
    child.once("error", resolve);
    child.once("exit", (code, signal) => resolve(new Error(`${program} ended: ${signal ?? `exit code ${code}`}`)));
  });
  // Output without a line is output of a program that ends.
  const { value, done } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  if (done) {
    const reason = await ended;
    await rm(state, { recursive: true, force: true });
    throw reason;
  }
  return new Session(JSON.parse(value).url, { child, ended, state });
}

export class Session {
  /** `own` is what there is to end, when the session was started here. */
  constructor(url, own) {
    this.url = url;
    this.own = own;
    this.queues = `/cdn-cgi/api/client/v4/accounts/${process.env.CLOUDFLARE_ACCOUNT_ID ?? "local"}/queues`;
    this.token = process.env.CLOUDFLARE_API_TOKEN ?? "local";
  }

  /** Asks the Worker. */
  fetch(path, init) {
    return fetch(new URL(path, this.url), init);
  }

  /** Lets time pass, such as "12h": everything due on the way happens, in order, and is done on return. */
  advance(span) {
    return this.ask("/cdn-cgi/api/clock", { advance: span });
  }

  /** Lets time pass until no message is left to be delivered and no handler runs. */
  idle() {
    return this.ask("/cdn-cgi/api/clock", { until: "idle" });
  }

  /** The session's time, in milliseconds since the Unix epoch. */
  async now() {
    return (await this.ask("/cdn-cgi/api/clock")).nowMs;
  }

  /** Begins anew: empty queues, new globals, the clock where it was at first. */
  reset() {
    return this.ask("/cdn-cgi/api/reset", { clock: "start" });
  }

  /**
   * Waits until something happens to a message whose body has these members, or finds that it has happened:
   * `event` is sent, delivered, pulled, acknowledged, retried, dead-lettered, …, `attempt` and `count` narrow it
   * down; with `{ none: true, until: "idle" }` it makes sure that nothing does. Answers with the first such event.
   */
  async expectMessage(queue, body, { event = "sent", ...more } = {}) {
    return (await this.ask("/cdn-cgi/api/expect", { queue, body, event, ...more })).events[0];
  }

  /** Calls the consumer of a queue once, with messages that are in no queue; answers with what it says. */
  deliver(queue, ...messages) {
    return this.ask("/cdn-cgi/handler/queue", { queue, messages });
  }

  /** Calls `scheduled()` once, at this time in milliseconds, else now. */
  scheduled(cron, time) {
    const query = new URLSearchParams({ cron, format: "json", ...(time !== undefined && { time }) });
    return this.ask(`/cdn-cgi/handler/scheduled?${query}`);
  }

  /** Sends a message, as another program does. */
  async send(queue, body, options = {}) {
    await this.api(queue, "messages", { body, content_type: "json", ...options });
  }

  /** The oldest messages of a queue, delayed ones too; they stay where they are. */
  async messages(queue) {
    const { messages } = await this.api(queue, "messages/peek", { batch_size: 100 });
    return messages.map(decoded);
  }

  /** Makes a queue one that is pulled, until the next reset. */
  async pullable(queue) {
    await this.api(queue, "consumers", { type: "http_pull" });
  }

  /** Leases messages of such a queue. */
  async pull(queue, visibilityTimeoutMs) {
    const request = { batch_size: 100, visibility_timeout_ms: visibilityTimeoutMs };
    return (await this.api(queue, "messages/pull", request)).messages.map(decoded);
  }

  /** Acknowledges messages that were pulled. */
  async ack(queue, messages) {
    await this.api(queue, "messages/ack", { acks: messages.map(({ lease_id }) => ({ lease_id })) });
  }

  /** Ends a session that was started here, and removes its queues. */
  async stop() {
    if (!this.own) return;
    const { child, ended, state } = this.own;
    child.kill();
    await ended;
    await rm(state, { recursive: true, force: true });
  }

  /** Cloudflare's API knows queues by their ids. */
  async api(name, path, body) {
    const { result } = await this.ask(`${this.queues}?name=${encodeURIComponent(name)}`);
    if (result.length !== 1) throw new Error(`there is no queue "${name}"`);
    return (await this.ask(`${this.queues}/${result[0].queue_id}/${path}`, body)).result;
  }

  async ask(path, body) {
    const response = await fetch(new URL(path, this.url), {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${this.token}` },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} ${JSON.stringify(body)}: ${response.status} ${text}`);
    return JSON.parse(text);
  }
}

/** JSON comes in base64, as from Cloudflare's API. */
function decoded(message) {
  const json = message.metadata["CF-Content-Type"] === "json";
  return { ...message, body: json ? JSON.parse(Buffer.from(message.body, "base64")) : message.body };
}
