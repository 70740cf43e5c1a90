// Runs every JavaScript client against a running session:
//
//   npm ci
//   node run.mjs http://localhost:8787/cdn-cgi/api/client/v4
//
// The newest wrangler, which needs Node.js 22.12, is run as well after `npm ci --prefix newest`.
//
// The session must be on this machine and hold no token, or the token in QUEUES_API_TOKEN.
// run.py does the same for the Python client.

import { existsSync } from "node:fs";

import { setBaseUrl } from "./support.mjs";

const [baseUrl] = process.argv.slice(2);
if (baseUrl === undefined) {
  console.error("usage: node run.mjs <base URL of the API>");
  process.exit(2);
}
setBaseUrl(baseUrl);
await import("./curl.test.mjs");
await import("./sdk.test.mjs");
await import("./wrangler.test.mjs");
if (existsSync(new URL("newest/node_modules", import.meta.url))) {
  await import("./wrangler.test.mjs?newest");
} else {
  console.log("The newest wrangler is not installed, so it is not run.");
}
