import { Redis } from "@upstash/redis/cloudflare";
import ky from "ky";
import { worker } from "../worker.js";

export default worker({
  async produce(request, env) {
    const api = ky.create({ prefixUrl: env.STAND_IN, retry: { limit: 2, delay: () => 1 }, headers: { "x-test": "yes" } });
    const posted = await api.post("echo", { json: { a: 1 } }).json();
    const failure = await api.get("missing", { retry: 0 }).catch((error) => [error.name, error.response.status]);
    return { answer: [posted, failure], message: "key" };
  },

  async consume(key, env) {
    const redis = new Redis({ url: `${env.STAND_IN}/redis`, token: "token", enableTelemetry: false, retry: false });
    return [await redis.set(key, { a: 1 }), await redis.get(key)];
  },
});
