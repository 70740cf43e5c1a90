import { Resend } from "resend";
import { worker } from "../worker.js";

export default worker({
  async produce(request, env) {
    const resend = new Resend("re_wrong", { baseUrl: env.STAND_IN });
    const { data, error } = await resend.emails.get("missing");
    return { answer: [data, error.name], message: { to: "a@example.com", subject: "hello" } };
  },

  async consume({ to, subject }, env) {
    const resend = new Resend("re_key", { baseUrl: env.STAND_IN });
    const { data, error } = await resend.emails.send({ from: "me@example.com", to, subject, html: "<p>hello</p>" });
    return [data, error];
  },
});
