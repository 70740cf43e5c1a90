import { Toucan } from "toucan-js";
import { worker } from "../worker.js";

/** Reports one error and answers with what was sent and what came back. */
async function report(error, env, context, request) {
  const { host } = new URL(env.STAND_IN);
  const sent = [];
  const pending = [];
  const waiting = { waitUntil: (promise) => pending.push(promise), passThroughOnException: () => context.passThroughOnException() };
  const sentry = new Toucan({
    dsn: `http://key@${host}/42`,
    context: waiting,
    request,
    beforeSend: (event) => (sent.push([event.exception.values[0].type, event.exception.values[0].value, event.tags]), event),
  });
  sentry.setTag("queue", "q");
  sentry.captureException(error);
  const answers = await Promise.all(pending);
  return [sent, answers.map(({ statusCode }) => statusCode)];
}

export default worker({
  produce: async (request, env, context) => ({ answer: await report(new TypeError("in fetch"), env, context, request), message: "in queue" }),
  consume: (message, env, context) => report(new RangeError(message), env, context),
});
