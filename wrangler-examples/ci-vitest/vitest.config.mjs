export default { test: { include: ["test/*.test.mjs"], testTimeout: 20_000, hookTimeout: 60_000 } };
