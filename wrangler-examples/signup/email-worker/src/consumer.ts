interface Env {
  EMAIL_API_URL: string;
  EMAIL_API_KEY: string;
  RETRY_DELAY_SECONDS: number;
}

interface SignupEvent {
  email?: string;
  name: string;
  signedUpAt: number;
}

export default {
  async queue(batch, env): Promise<void> {
    for (const message of batch.messages) {
      try {
        await sendWelcomeEmail(message.body, env);
        message.ack();
      } catch (err) {
        // Give up early on bad data instead of burning the full retry budget.
        if (message.body?.email == null) {
          message.ack(); // can't ever succeed: don't retry a malformed message
          continue;
        }
        console.error(`signup email failed (attempt ${message.attempts})`, err);
        message.retry({ delaySeconds: env.RETRY_DELAY_SECONDS * message.attempts }); // backoff
      }
    }
  },
} satisfies ExportedHandler<Env, SignupEvent>;

async function sendWelcomeEmail(event: SignupEvent, env: Env): Promise<void> {
  const res = await fetch(`${env.EMAIL_API_URL}/send`, {
    method: "POST",
    headers: { Authorization: `Bearer ${env.EMAIL_API_KEY}` },
    body: JSON.stringify({ to: event.email, template: "welcome", name: event.name }),
  });
  if (!res.ok) throw new Error(`email provider returned ${res.status}`);
}
