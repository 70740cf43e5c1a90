import { buildSchema, graphql } from "graphql";
import { worker } from "../worker.js";

const schema = buildSchema("type Query { order(id: Int!): String } type Mutation { ship(id: Int!): Boolean }");
const rootValue = { order: ({ id }) => `order ${id}`, ship: ({ id }) => id > 1 };
const run = (source) => graphql({ schema, rootValue, source });

export default worker({
  async produce() {
    const { data, errors } = await run("{ order(id: 1) nothing }");
    return { answer: [data ?? null, errors[0].message, (await run("{ order(id: 2) }")).data], message: { ship: 2 } };
  },

  async consume({ ship }) {
    return (await run(`mutation { ship(id: ${ship}) }`)).data;
  },
});
