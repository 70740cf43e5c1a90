import { Resend } from "./resend";
import { answerAsResend } from "./resend-stand-in";

interface Env {
  EMAIL_QUEUE: Queue<Message>;
  RESEND_API_KEY: string;
  RESEND_BASE_URL: string;
}

interface Message {
  email: string;
}

export default {
  async fetch(req, env, ctx): Promise<Response> {
    if (new URL(req.url).pathname === "/emails") {
      return answerAsResend(req, env.RESEND_API_KEY);
    }
    try {
      await env.EMAIL_QUEUE.send(
        { email: await req.text() },
        { delaySeconds: 1 },
      );
      return new Response("Success!");
    } catch (e) {
      return new Response("Error!", { status: 500 });
    }
  },
  async queue(batch, env, ctx): Promise<void> {
    // Initialize Resend
    const resend = new Resend(env.RESEND_API_KEY, env.RESEND_BASE_URL);
    for (const message of batch.messages) {
      try {
        console.log(message.body.email);
        // send email
        const sendEmail = await resend.emails.send({
          from: "onboarding@resend.dev",
          to: [message.body.email],
          subject: "Hello World",
          html: "<strong>Sending an email from Worker!</strong>",
        });

        // check if the email failed
        if (sendEmail.error) {
          console.error(sendEmail.error);
          message.retry({ delaySeconds: 1 });
        } else {
          // if success, ack the message
          message.ack();
        }
      } catch (e) {
        console.error(e);
        message.retry({ delaySeconds: 1 });
      }
    }
  },
} satisfies ExportedHandler<Env, Message>;
