import { zValidator } from "@hono/zod-validator";
import { Hono } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import { sign, verify } from "hono/jwt";
import { z } from "zod";

const app = new Hono();
app.use("/orders/*", bearerAuth({ token: "token" }));
app.post("/orders/:id", zValidator("json", z.object({ count: z.number().int() })), async (context) => {
  const { count } = context.req.valid("json");
  await context.env.QUEUE.send({ id: context.req.param("id"), count });
  return context.json({ queued: count }, 202);
});
app.get("/", async () => {
  const ask = (token, body) =>
    app.request(
      "/orders/7",
      { method: "POST", body: JSON.stringify(body), headers: { authorization: `Bearer ${token}`, "content-type": "application/json" } },
      env,
    );
  const statuses = [];
  for (const response of [await ask("wrong", {}), await ask("token", { count: "x" }), await ask("token", { count: 3 })]) {
    statuses.push(response.status);
  }
  return Response.json(statuses);
});

let env;
export default {
  fetch(request, environment, context) {
    env = environment;
    return app.fetch(request, environment, context);
  },

  async queue(batch) {
    for (const { body } of batch.messages) {
      const token = await sign({ sub: body.id, count: body.count }, "secret", "HS256");
      const { sub, count } = await verify(token, "secret", "HS256");
      console.log(`consumed ${JSON.stringify([sub, count])}`);
    }
  },
};
