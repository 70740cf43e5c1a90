import { AutoRouter, error, json } from "itty-router";
import mitt from "mitt";
import { err, ok, Result } from "neverthrow";

const events = mitt();
const parse = Result.fromThrowable(JSON.parse, () => "no JSON");
const router = AutoRouter({ missing: () => error(404, "nothing here") });
router.get("/", () => json({ found: "root" }));
router.get("/items/:id?", ({ params, query }) => ({ id: params.id, page: query.page }));

export default {
  async fetch(request, env, context) {
    const { origin } = new URL(request.url);
    const answers = [];
    for (const path of ["/", "/items/5?page=2", "/none"]) {
      const response = await router.fetch(new Request(origin + path), env, context);
      answers.push([response.status, await response.json()]);
    }
    await env.QUEUE.sendBatch(["{\"a\":1}", "{"].map((body) => ({ body, contentType: "text" })));
    return Response.json(answers);
  },

  queue(batch) {
    const seen = [];
    events.on("parsed", (value) => seen.push(value));
    for (const { body } of batch.messages) {
      const result = parse(body).andThen((value) => (value.a === 1 ? ok("one") : err("not one")));
      events.emit("parsed", result.match((value) => value, (reason) => reason));
    }
    console.log(`consumed ${JSON.stringify(seen)}`);
  },
};
