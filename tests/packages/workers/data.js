import { chunk, groupBy, sortBy } from "lodash-es";
import * as R from "remeda";
import superjson from "superjson";
import * as v from "valibot";
import { worker } from "../worker.js";

const Schema = v.object({ name: v.pipe(v.string(), v.minLength(2)), when: v.date(), tags: v.set(v.string()) });

export default worker({
  produce() {
    const value = { name: "order", when: new Date(0), tags: new Set(["a", "b"]), big: 12345678901234567890n, map: new Map([[1, { deep: undefined }]]) };
    const numbers = sortBy([5, 3, 8, 1, 9, 2], (number) => -number);
    return { answer: [chunk(numbers, 4), groupBy(numbers, (number) => (number % 2 ? "odd" : "even"))], message: superjson.stringify(value) };
  },

  consume(body) {
    const value = superjson.parse(body);
    const { output } = v.safeParse(Schema, value);
    const bad = v.safeParse(Schema, { name: "x", when: 1 }).issues.map((issue) => v.getDotPath(issue));
    const sizes = R.pipe([[...output.tags], [...value.map.keys()]], R.map((list) => list.length), R.sum());
    return [`${value.big}`, output.when.toISOString(), value.map.get(1), sizes, bad];
  },
});
