import { afterAll, beforeAll, expect, test } from "vitest";

import { start } from "./qemu-dev.mjs";

const HOUR_MS = 60 * 60 * 1000;

let session;
beforeAll(async () => {
  session = await start("-c", "wrangler.jsonc", "-c", "test/email-provider/wrangler.jsonc", "--clock", "manual");
  await session.pullable("emails-dead");
});
afterAll(() => session.stop());

/** Each test has an address of its own, so that none depends on another. */
async function signUp(email) {
  const response = await session.fetch("/", { method: "POST", body: JSON.stringify({ email, name: "Ada" }) });
  expect(response.status).toBe(202);
  return response.json();
}

async function sent(to) {
  const messages = await session.messages("outbox");
  return messages.map(({ body }) => body).filter((email) => email.to === to);
}

const templates = (emails) => emails.map(({ template }) => template);

test("a signup is accepted before its email is sent", async () => {
  await signUp("first@example.com");
  await session.expectMessage("emails", { to: "first@example.com", template: "welcome" });
  expect(await sent("first@example.com")).toEqual([]);
});

test("the welcome email goes out when the batch timeout is over", async () => {
  await signUp("welcome@example.com");
  await session.advance("4s");
  expect(await sent("welcome@example.com")).toEqual([]);
  await session.advance("1s");
  expect(templates(await sent("welcome@example.com"))).toEqual(["welcome"]);
});

test("a full batch does not wait", async () => {
  const before = await session.now();
  const addresses = Array.from({ length: 10 }, (_, number) => `batch-${number}@example.com`);
  for (const address of addresses) await signUp(address);
  for (const to of addresses) await session.expectMessage("outbox", { to });
  expect(await session.now()).toBe(before);
});

test("tips come twelve hours later, not a minute sooner", async () => {
  await signUp("tips@example.com");
  await session.advance("5s");
  await session.advance("11h59m");
  expect(templates(await sent("tips@example.com"))).toEqual(["welcome"]);
  await session.advance("1m5s");
  expect(templates(await sent("tips@example.com"))).toEqual(["welcome", "tips"]);
});

test("the Worker's clock is the session's", async () => {
  const { signedUpAt } = await signUp("clock@example.com");
  expect(signedUpAt).toBe(await session.now());
});

test("a provider that is down is asked again, each time later", async () => {
  const { signedUpAt } = await signUp("backoff@flaky.example");
  await session.idle();
  const [welcome] = await sent("backoff@flaky.example");
  expect(welcome.attempt).toBe(3);
  // The batch's 5 seconds each time, then 30 and 900.
  const waited = (welcome.sentAt - signedUpAt) / 1000;
  expect(waited).toBeGreaterThanOrEqual(930);
  expect(waited).toBeLessThanOrEqual(945);
});

test("after four attempts a message is a dead letter", async () => {
  await signUp("never@down.example");
  const before = await session.now();
  await session.idle();
  const dead = await session.expectMessage("emails-dead", { to: "never@down.example" });
  expect(dead.timestamp_ms).toBeGreaterThanOrEqual(before - HOUR_MS);
  // 30, 900 and 27,000 seconds: seven and a half hours.
  expect(await session.now()).toBeGreaterThan(before + 7 * HOUR_MS);
  expect(await sent("never@down.example")).toEqual([]);
});

test("support pulls dead letters and acknowledges them", async () => {
  await signUp("support@down.example");
  await session.idle();
  const pulled = await session.pull("emails-dead");
  expect(pulled.map(({ body }) => body.to)).toContain("support@down.example");
  await session.ack("emails-dead", pulled);
  expect(await session.messages("emails-dead")).toEqual([]);
});

test("an email that can never be sent is not attempted again", async () => {
  await session.send("emails", { key: "welcome:nobody", template: "welcome", to: "nobody" });
  await session.advance("5s");
  const waiting = await session.messages("emails");
  expect(waiting.filter(({ body }) => body.to === "nobody")).toEqual([]);
});

test("a message that comes twice sends one email", async () => {
  const email = { key: "welcome:twice", template: "welcome", to: "twice@example.com", name: "Ada" };
  await session.send("emails", email);
  await session.send("emails", email);
  await session.idle();
  expect(templates(await sent("twice@example.com"))).toEqual(["welcome", "tips"]);
});

test("one message that fails does not hold up its batch", async () => {
  await signUp("slow@flaky.example");
  await signUp("quick@example.com");
  await session.advance("5s");
  expect(templates(await sent("quick@example.com"))).toEqual(["welcome"]);
  expect(await sent("slow@flaky.example")).toEqual([]);
  await session.idle();
  expect(templates(await sent("slow@flaky.example"))).toEqual(["welcome", "tips"]);
});

test("a delay that is asked for is kept, to the second", async () => {
  const email = { key: "welcome:later", template: "welcome", to: "later@example.com", name: "Ada" };
  await session.send("emails", email, { delay_seconds: 3600 });
  await session.advance("59m59s");
  expect(await sent("later@example.com")).toEqual([]);
  await session.advance("6s");
  expect(templates(await sent("later@example.com"))).toEqual(["welcome"]);
});
