/**
 * A Worker whose `fetch` answers with what `produce` makes and sends its `message`, and whose `queue` prints what
 * `consume` makes of each message.
 */
export function worker({ produce, consume }) {
  return {
    async fetch(request, env, context) {
      const { answer, message } = await produce(request, env, context);
      await env.QUEUE.send(message);
      return answer instanceof Response ? answer : Response.json(answer);
    },

    async queue(batch, env, context) {
      for (const { body } of batch.messages) {
        console.log(`consumed ${JSON.stringify(await consume(body, env, context))}`);
      }
    },
  };
}
