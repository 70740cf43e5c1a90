import Stripe from "stripe";
import { worker } from "../worker.js";

const provider = Stripe.createSubtleCryptoProvider();

export default worker({
  async produce(request, env) {
    const { hostname, port } = new URL(env.STAND_IN);
    const stripe = new Stripe("sk_test_1", { host: hostname, port: Number(port), protocol: "http", httpClient: Stripe.createFetchHttpClient() });
    const { id } = await stripe.customers.create({ email: "a@example.com" });
    const payload = JSON.stringify({ id: "evt_1", object: "event", type: "invoice.paid" });
    const header = await stripe.webhooks.generateTestHeaderStringAsync({ payload, secret: "whsec_test", cryptoProvider: provider });
    return { answer: id, message: { payload, header } };
  },

  async consume({ payload, header }) {
    const stripe = new Stripe("sk_test_1");
    const event = await stripe.webhooks.constructEventAsync(payload, header, "whsec_test", undefined, provider);
    const forged = await stripe.webhooks.constructEventAsync(payload, header, "other", undefined, provider).catch((error) => error.type);
    return [event.type, forged];
  },
});
