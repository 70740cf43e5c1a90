interface Env {
  EMAILS: Queue<Email>;
  DEAD_EMAILS: Queue<Email>;
  EMAIL: Fetcher;
}

/** An email to be sent; `key` is the same however often it is attempted. */
interface Email {
  key: string;
  template: "welcome" | "tips" | "report";
  to: string;
  name: string;
  /** In a report: how many emails could not be sent. */
  dead?: number;
}

const TIPS_DELAY_SECONDS = 12 * 60 * 60;
const BASE_DELAY_SECONDS = 30;
// The longest delay there is.
const DAY_SECONDS = 24 * 60 * 60;
const SUPPORT = "support@example.com";

export default {
  async fetch(request, env): Promise<Response> {
    if (request.method !== "POST") {
      return new Response("Method not allowed", { status: 405 });
    }
    const { email, name } = await request.json<{ email: string; name: string }>();
    const id = crypto.randomUUID();
    await env.EMAILS.send({ key: `welcome:${id}`, template: "welcome", to: email, name });
    return Response.json({ id, signedUpAt: Date.now() }, { status: 202 });
  },

  async queue(batch, env): Promise<void> {
    for (const message of batch.messages) {
      try {
        await deliver(message.body, env);
        message.ack();
      } catch (error) {
        if (error instanceof Refused) {
          console.warn(`${message.body.key} can never be sent: ${error.message}`);
          message.ack();
        } else {
          message.retry({ delaySeconds: Math.min(BASE_DELAY_SECONDS ** message.attempts, DAY_SECONDS) });
        }
      }
    }
  },

  /** Every morning support is told what could not be sent, if there is something. */
  async scheduled(controller, env): Promise<void> {
    const { backlogCount: dead } = await env.DEAD_EMAILS.metrics();
    const day = new Date(controller.scheduledTime).toISOString().slice(0, 10);
    if (dead > 0) {
      await env.EMAILS.send({ key: `report:${day}`, template: "report", to: SUPPORT, name: "Support", dead });
    }
  },
} satisfies ExportedHandler<Env, Email>;

/** The provider will not take this email, however often it is asked. */
class Refused extends Error {}

async function deliver(email: Email, env: Env): Promise<void> {
  const response = await env.EMAIL.fetch("https://email.example/send", {
    method: "POST",
    // A message may come twice: the provider sends one email for a key.
    headers: { "Idempotency-Key": email.key },
    body: JSON.stringify(email),
  });
  if (response.status === 422) throw new Refused(await response.text());
  if (!response.ok) throw new Error(`email provider returned ${response.status}`);
  if (email.template === "welcome") {
    const tips: Email = { ...email, key: email.key.replace("welcome", "tips"), template: "tips" };
    await env.EMAILS.send(tips, { delaySeconds: TIPS_DELAY_SECONDS });
  }
}
