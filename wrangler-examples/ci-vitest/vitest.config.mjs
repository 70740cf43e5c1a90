export default {
  test: {
    include: ["test/*.test.mjs"],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Under `qemu-dev exec` all files share one session, its queues and its clock: one after the other.
    fileParallelism: false,
  },
};
