export default {
  async fetch(request, env) {
    const item = new URL(request.url).pathname.slice(1);
    await env.ORDERS.send({ item });
    return new Response(`ordered: ${item}\n`);
  },
};
