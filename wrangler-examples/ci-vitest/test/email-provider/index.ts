interface Env {
  OUTBOX: Queue;
}

const accepted = new Set<string>();
const attempts = new Map<string, number>();

/**
 * Stands in for the email provider. What it sends is in the queue `outbox`, once for each key. It refuses an
 * address without an @, is always down for down.example, and for flaky.example until the third attempt.
 */
export default {
  async fetch(request, env): Promise<Response> {
    const key = request.headers.get("idempotency-key") ?? "";
    const email = await request.json<{ to?: string }>();
    if (!email.to?.includes("@")) return new Response("no address", { status: 422 });
    const attempt = (attempts.get(key) ?? 0) + 1;
    attempts.set(key, attempt);
    const down = email.to.endsWith("@down.example") || (email.to.endsWith("@flaky.example") && attempt < 3);
    if (down) return new Response(null, { status: 503 });
    if (!accepted.has(key)) {
      accepted.add(key);
      await env.OUTBOX.send({ ...email, attempt, sentAt: Date.now() });
    }
    return new Response(null, { status: 202 });
  },
} satisfies ExportedHandler<Env>;
