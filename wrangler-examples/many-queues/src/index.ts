interface Env {
  LOG_QUEUE: Queue;
  DEBUG_QUEUE: Queue;
  EMAIL_RESET: Queue;
}

export default {
  async fetch(request, env): Promise<Response> {
    switch (new URL(request.url).pathname) {
      case "/log":
        // A batch for one queue, a single message for each of the others.
        await env.LOG_QUEUE.sendBatch([{ body: "first" }, { body: "second" }, { body: "third" }]);
        break;
      case "/debug":
        await env.DEBUG_QUEUE.send({ verbose: true });
        break;
      case "/reset":
        await env.EMAIL_RESET.send({ user: 7 });
        break;
      default:
        return new Response("Not found", { status: 404 });
    }
    return new Response("Queued");
  },
  async queue(batch, env, ctx): Promise<void> {
    // MessageBatch has a `queue` property we can switch on
    switch (batch.queue) {
      case "log-queue":
        console.log(batch.messages.map((message) => message.body).join(", "));
        break;
      case "debug-queue":
        for (const message of batch.messages) {
          console.log("debug:", message.body);
        }
        break;
      case "email-reset":
        for (const message of batch.messages) {
          console.log("a password reset for", message.body);
        }
        break;
      default:
        // A queue we haven't mentioned: leave its messages to a later version of this Worker
        batch.retryAll();
        break;
    }
  },
} satisfies ExportedHandler<Env>;
