import { answerAsEmailProvider } from "./email-provider";

interface Env {
  SIGNUP_QUEUE: Queue;
}

interface Signup {
  email: string;
  name: string;
}

export default {
  async fetch(request, env): Promise<Response> {
    if (new URL(request.url).pathname === "/email-provider/send") {
      return answerAsEmailProvider(request);
    }
    if (request.method !== "POST") {
      return new Response("Method not allowed", { status: 405 });
    }
    const { email, name } = await request.json<Signup>();
    // Enqueue and return: the consumer sends the welcome email later.
    await env.SIGNUP_QUEUE.send({ email, name, signedUpAt: Date.now() });
    return Response.json({ ok: true }, { status: 202 });
  },
} satisfies ExportedHandler<Env>;
