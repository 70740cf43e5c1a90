// What tests ask of a qemu-dev session, over documented HTTP. No dependencies: copy it into a project.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/**
 * A session: the one of `qemu-dev exec` when the tests run in it, otherwise one of its own, started with
 * these arguments of `qemu-dev dev`.
 */
export async function start(...args) {
  if (process.env.QEMU_DEV_URL) return new Session(process.env.QEMU_DEV_URL);
  const program = process.env.QEMU_DEV ?? "qemu-dev";
  const child = spawn(program, ["dev", "--port", "0", "--ready-json", "--no-watch", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((_, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`qemu-dev ended with exit code ${code}`)));
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { value } = await Promise.race([lines.next(), ended]);
  return new Session(JSON.parse(value).url, child);
}

export class Session {
  constructor(url, child) {
    this.url = url;
    this.child = child;
    this.queues = `/cdn-cgi/api/client/v4/accounts/${process.env.CLOUDFLARE_ACCOUNT_ID ?? "local"}/queues`;
    this.ids = new Map();
    this.token = process.env.CLOUDFLARE_API_TOKEN ?? "local";
  }

  /** Asks the Worker. */
  fetch(path, init) {
    return fetch(new URL(path, this.url), init);
  }

  /** Lets time pass, such as "12h": everything due on the way happens, in order, and is done on return. */
  advance(span) {
    return this.control("clock", { advance: span });
  }

  /** Lets time pass until no message is left to be delivered and no handler runs. */
  idle() {
    return this.control("clock", { until: "idle" });
  }

  /** The session's time, in milliseconds since the Unix epoch. */
  async now() {
    return (await this.control("clock")).nowMs;
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

  /** Waits for a message of a queue whose body has these members; answers with the message. */
  async expectMessage(queue, members, { timeoutMs = 2000 } = {}) {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const messages = await this.messages(queue);
      const found = messages.find(({ body }) => has(body, members));
      if (found) return found;
      if (Date.now() > deadline) {
        throw new Error(`no message ${JSON.stringify(members)} in ${queue}: ${JSON.stringify(messages)}`);
      }
    }
  }

  /** Makes a queue one that clients pull. */
  async pullable(queue) {
    await this.api(queue, "consumers", { type: "http_pull" });
  }

  /** Leases messages. */
  async pull(queue) {
    const { messages } = await this.api(queue, "messages/pull", { batch_size: 100 });
    return messages.map(decoded);
  }

  /** Acknowledges messages that were pulled. */
  async ack(queue, messages) {
    await this.api(queue, "messages/ack", { acks: messages.map(({ lease_id }) => ({ lease_id })) });
  }

  /** Ends a session that was started here. */
  async stop() {
    if (!this.child) return;
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill();
    await ended;
  }

  control(path, body) {
    return this.ask(`/cdn-cgi/api/${path}`, body);
  }

  async api(queue, path, body) {
    const { result } = await this.ask(`${this.queues}/${await this.queueId(queue)}/${path}`, body);
    return result;
  }

  /** Cloudflare's API knows queues by their ids. */
  async queueId(name) {
    if (!this.ids.has(name)) {
      const { result } = await this.ask(`${this.queues}?per_page=100`);
      for (const queue of result) this.ids.set(queue.queue_name, queue.queue_id);
    }
    return this.ids.get(name);
  }

  async ask(path, body) {
    const response = await fetch(new URL(path, this.url), {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${this.token}` },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return response.headers.get("content-type")?.startsWith("application/json") ? JSON.parse(text) : text;
  }
}

/** JSON comes in base64, as from Cloudflare's API. */
function decoded(message) {
  const json = message.metadata["CF-Content-Type"] === "json";
  return { ...message, body: json ? JSON.parse(Buffer.from(message.body, "base64")) : message.body };
}

function has(body, members) {
  return Object.entries(members).every(([name, value]) => body?.[name] === value);
}
