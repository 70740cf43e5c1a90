import PQueue from "p-queue";
import { worker } from "../worker.js";

async function run(jobs, options) {
  const queue = new PQueue(options);
  let running = 0;
  let most = 0;
  const results = await queue.addAll(
    jobs.map((job) => async () => {
      most = Math.max(most, ++running);
      await scheduler.wait(2);
      running--;
      return job * 2;
    }),
  );
  await queue.onIdle();
  return [results, most];
}

export default worker({
  produce: async () => ({ answer: await run([1, 2, 3, 4, 5], { concurrency: 2 }), message: [6, 7, 8] }),
  consume: (jobs) => run(jobs, { concurrency: 1, interval: 5, intervalCap: 2 }),
});
