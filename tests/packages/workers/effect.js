import { Effect, Schedule } from "effect";
import { worker } from "../worker.js";

let attempts = 0;
const flaky = Effect.suspend(() => (++attempts % 3 === 0 ? Effect.succeed(attempts) : Effect.fail(new Error("not yet"))));
const retried = flaky.pipe(Effect.retry(Schedule.recurs(5)));

export default worker({
  produce: async () => ({ answer: await Effect.runPromise(retried), message: [1, 2, 3] }),

  consume(numbers) {
    const program = Effect.gen(function* () {
      const doubled = yield* Effect.forEach(numbers, (number) => Effect.delay(Effect.succeed(number * 2), "1 millis"), { concurrency: "unbounded" });
      const caught = yield* Effect.fail("refused").pipe(Effect.catch((reason) => Effect.succeed(`caught ${reason}`)));
      return [doubled, caught];
    });
    return Effect.runPromise(program);
  },
});
