import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

import { start } from "./qemu-dev.mjs";

const HOUR_MS = 60 * 60 * 1000;
const SIX = "0 6 * * *";

let session;
beforeAll(async () => {
  const workers = ["-c", "wrangler.jsonc", "-c", "test/email-provider/wrangler.jsonc"];
  session = await start(...workers, "--clock", "manual", "--clock-start", "2027-01-01T00:00:00Z");
});
beforeEach(() => session.reset());
afterAll(() => session?.stop());

async function signUp(email) {
  const response = await session.fetch("/", { method: "POST", body: JSON.stringify({ email, name: "Ada" }) });
  expect(response.status).toBe(202);
  return response.json();
}

/** The emails that the provider has sent, by address and template. */
async function sent() {
  const messages = await session.messages("outbox");
  return messages.map(({ body: { to, template } }) => `${template} to ${to}`);
}

const welcome = (to, key = "welcome:1") => ({ key, template: "welcome", to, name: "Ada" });

test("a signup is accepted before its email is sent", async () => {
  await signUp("ada@example.com");
  await session.expectMessage("emails", { to: "ada@example.com", template: "welcome" });
  expect(await sent()).toEqual([]);
});

test("the Worker's clock is the session's, and so are the timestamps", async () => {
  const { signedUpAt } = await signUp("ada@example.com");
  expect(signedUpAt).toBe(await session.now());
  const { at } = await session.expectMessage("emails", { to: "ada@example.com" });
  expect(Date.parse(at)).toBe(signedUpAt);
});

test("the welcome email goes out when the batch timeout is over", async () => {
  await signUp("ada@example.com");
  await session.advance("4999ms");
  expect(await sent()).toEqual([]);
  await session.advance("1ms");
  expect(await sent()).toEqual(["welcome to ada@example.com"]);
});

test("a full batch does not wait", async () => {
  const before = await session.now();
  for (let number = 0; number < 10; number++) await signUp(`${number}@example.com`);
  await session.expectMessage("outbox", { template: "welcome" }, { count: 10 });
  expect(await session.now()).toBe(before);
});

test("tips come twelve hours later, not a minute sooner", async () => {
  await signUp("ada@example.com");
  await session.advance("5s");
  await session.advance("11h59m");
  expect(await sent()).toEqual(["welcome to ada@example.com"]);
  await session.advance("1m5s");
  expect(await sent()).toEqual(["welcome to ada@example.com", "tips to ada@example.com"]);
});

test("a delay that is asked for is kept, to the second", async () => {
  await session.send("emails", welcome("ada@example.com"), { delay_seconds: 3600 });
  await session.advance("59m59s");
  await session.expectMessage("emails", {}, { event: "delivered", none: true, within: 0 });
  await session.advance("6s");
  await session.expectMessage("emails", { to: "ada@example.com" }, { event: "delivered", attempt: 1 });
});

test("a provider that is down is asked again, each time later", async () => {
  const { signedUpAt } = await signUp("ada@flaky.example");
  await session.idle();
  const { body } = await session.expectMessage("outbox", { template: "welcome" });
  expect(body.attempt).toBe(3);
  // The batch's 5 seconds each time, then 30 and 900.
  expect(body.sentAt - signedUpAt).toBe((5 + 30 + 5 + 900 + 5) * 1000);
});

test("after four attempts a message is a dead letter", async () => {
  const { signedUpAt } = await signUp("ada@down.example");
  await session.idle();
  const { at, attempt } = await session.expectMessage(
    "emails",
    { to: "ada@down.example" },
    { event: "dead-lettered" },
  );
  expect(attempt).toBe(4);
  // 30, 900 and 27,000 seconds: seven and a half hours.
  expect(Date.parse(at) - signedUpAt).toBeGreaterThan(7 * HOUR_MS);
  expect(await sent()).toEqual([]);
});

test("support pulls dead letters; what it does not acknowledge comes back when the lease ends", async () => {
  await session.pullable("emails-dead");
  await signUp("ada@down.example");
  await session.idle();
  const [first] = await session.pull("emails-dead", 60_000);
  expect(first.body.to).toBe("ada@down.example");
  expect(await session.pull("emails-dead")).toEqual([]);
  await session.advance("1m");
  const again = await session.pull("emails-dead");
  expect(again.map(({ id, attempts }) => [id, attempts])).toEqual([[first.id, 2]]);
  await session.ack("emails-dead", again);
  expect(await session.messages("emails-dead")).toEqual([]);
});

test("an email that can never be sent is not attempted again", async () => {
  await session.send("emails", welcome("nobody"));
  await session.expectMessage("emails", { to: "nobody" }, { event: "retried", none: true, until: "idle" });
  await session.expectMessage("emails", { to: "nobody" }, { event: "acknowledged" });
});

test("a message that comes twice sends one email", async () => {
  await session.send("emails", welcome("ada@example.com", "welcome:twice"));
  await session.send("emails", welcome("ada@example.com", "welcome:twice"));
  await session.idle();
  expect(await sent()).toEqual(["welcome to ada@example.com", "tips to ada@example.com"]);
});

test("one message that fails does not hold up its batch", async () => {
  await signUp("slow@flaky.example");
  await signUp("quick@example.com");
  await session.advance("5s");
  expect(await sent()).toEqual(["welcome to quick@example.com"]);
  await session.idle();
  expect(await sent()).toContain("tips to slow@flaky.example");
});

test("how long a batch waits for its next attempt, called by hand", async () => {
  const messages = [
    { id: "0".repeat(31) + "1", body: welcome("ada@example.com", "welcome:1") },
    { id: "0".repeat(31) + "2", body: welcome("ada@down.example", "welcome:2"), attempts: 4 },
  ];
  const { outcome, explicitAcks, retryMessages } = await session.deliver("emails", ...messages);
  expect(outcome).toBe("ok");
  expect(explicitAcks).toEqual([messages[0].id]);
  // 30 to the fourth is more than a queue can wait: a day.
  expect(retryMessages).toEqual([{ msgId: messages[1].id, delaySeconds: 86_400 }]);
});

test("every morning at six support is told what could not be sent", async () => {
  await signUp("ada@down.example");
  await session.advance("31h");
  const { body, at } = await session.expectMessage("emails", { template: "report" });
  expect(body.dead).toBe(1);
  expect(at).toBe("2027-01-02T06:00:00.000Z");
});

test("a morning without dead letters has no report, called by hand", async () => {
  const { outcome } = await session.scheduled(SIX, Date.parse("2027-03-01T06:00:00Z"));
  expect(outcome).toBe("ok");
  await session.expectMessage("emails", { template: "report" }, { none: true, until: "idle" });
});
