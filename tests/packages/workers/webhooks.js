import { Webhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { worker } from "../worker.js";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

export default worker({
  produce() {
    const payload = JSON.stringify({ type: "user.created" });
    const signature = new Webhook(SECRET).sign("msg_1", new Date(), payload);
    const known = new Webhook(SECRET).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", new Date(1614265330000), '{"test": 2432232314}');
    return { answer: known, message: { payload, signature, timestamp: Math.floor(Date.now() / 1000) } };
  },

  consume({ payload, signature, timestamp }) {
    const standard = { "webhook-id": "msg_1", "webhook-timestamp": `${timestamp}`, "webhook-signature": signature };
    const svix = { "svix-id": "msg_1", "svix-timestamp": `${timestamp}`, "svix-signature": signature };
    const forged = () => new Webhook(SECRET).verify(`${payload} `, standard);
    let failure;
    try {
      forged();
    } catch (error) {
      failure = error.message;
    }
    return [new Webhook(SECRET).verify(payload, standard), new SvixWebhook(SECRET).verify(payload, svix), failure];
  },
});
