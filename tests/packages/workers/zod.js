import { z } from "zod";
import { worker } from "../worker.js";

const Order = z.object({
  id: z.uuid(),
  email: z.email(),
  placed: z.coerce.date(),
  tags: z.array(z.string()).default([]),
  kind: z.discriminatedUnion("type", [z.object({ type: z.literal("new") }), z.object({ type: z.literal("old"), of: z.bigint() })]),
});

export default worker({
  produce() {
    const { success, error } = Order.safeParse({ id: "x", email: "y", placed: "z", kind: { type: "none" } });
    const order = { id: "123e4567-e89b-42d3-a456-426614174000", email: "a@example.com", placed: "2026-01-02", kind: { type: "new" } };
    return { answer: [success, error.issues.map((issue) => issue.path.join("."))], message: order };
  },

  consume(body) {
    const { placed, tags, kind } = Order.parse(body);
    return [placed.toISOString(), tags, kind];
  },
});
