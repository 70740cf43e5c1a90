interface Env {
  MY_QUEUE: Queue<Order>;
}

interface Order {
  item: string;
  quantity: number;
}

export default {
  async fetch(request, env): Promise<Response> {
    await env.MY_QUEUE.send(await request.json<Order>());
    return new Response("Queued");
  },
  async queue(batch): Promise<void> {
    for (const { body } of batch.messages) {
      if (body.quantity < 1) {
        throw new RangeError(`nobody can ship ${body.quantity} of ${body.item}`);
      }
      console.log(`shipped ${body.quantity} of ${body.item}`);
    }
  },
} satisfies ExportedHandler<Env, Order>;
