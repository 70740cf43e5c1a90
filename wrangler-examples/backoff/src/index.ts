interface Env {
  JOBS: Queue<Job>;
}

/** Succeeds after this many failures. */
interface Job {
  failures: number;
}

// 30 in production: 30 seconds, then 15 minutes, then 7.5 hours.
const BASE_DELAY_SECONDS = 2;

function calculateExponentialBackoff(
  attempts: number,
  baseDelaySeconds: number,
): number {
  return baseDelaySeconds ** attempts;
}

export default {
  async fetch(request, env): Promise<Response> {
    await env.JOBS.send(await request.json<Job>());
    return new Response("Queued");
  },
  async queue(batch, env, ctx): Promise<void> {
    for (const msg of batch.messages) {
      if (msg.attempts > msg.body.failures) {
        console.log(`attempt ${msg.attempts} succeeded`);
        continue;
      }
      // Mark for retry with exponential backoff
      const delaySeconds = calculateExponentialBackoff(
        msg.attempts,
        BASE_DELAY_SECONDS,
      );
      console.log(`attempt ${msg.attempts} failed, next in ${delaySeconds} s`);
      msg.retry({ delaySeconds });
    }
  },
} satisfies ExportedHandler<Env, Job>;
