// The helper of wrangler-examples/ci-vitest, with programs and servers that stand in for qemu-dev:
//
//   node --test tests/examples/helper.test.mjs

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { Session, start } from "../../wrangler-examples/ci-vitest/test/qemu-dev.mjs";

let folder;
before(async () => {
  delete process.env.QEMU_DEV_URL;
  folder = await mkdtemp(join(tmpdir(), "helper-test-"));
});
after(() => rm(folder, { recursive: true }));

/** Makes `start` run this shell script, which finds a file for its arguments in $ARGUMENTS. */
async function program(script) {
  process.env.ARGUMENTS = join(folder, "arguments");
  process.env.QEMU_DEV = join(folder, "program");
  await writeFile(process.env.QEMU_DEV, `#!/bin/sh\necho "$@" > "$ARGUMENTS"\n${script}\n`);
  await chmod(process.env.QEMU_DEV, 0o755);
}

async function stateFolder() {
  const words = (await readFile(process.env.ARGUMENTS, "utf8")).trim().split(" ");
  return words[words.indexOf("--persist-to") + 1];
}

const READY = `echo '{"url":"http://127.0.0.1:9"}'; exec sleep 60`;

test("a session that cannot start says how it ended", async () => {
  await program("exit 3");
  await assert.rejects(start(), /exit code 3/);
  assert.ok(!existsSync(await stateFolder()));
  process.env.QEMU_DEV = join(folder, "none");
  await assert.rejects(start(), /ENOENT/);
});

test("each session has a folder of its own, which goes with it", async () => {
  await program(READY);
  const first = await start("-c", "wrangler.jsonc");
  const firstState = await stateFolder();
  const second = await start();
  const secondState = await stateFolder();
  assert.ok(existsSync(firstState) && existsSync(secondState));
  assert.notEqual(firstState, secondState);
  await Promise.all([first.stop(), second.stop()]);
  assert.ok(!existsSync(firstState) && !existsSync(secondState));
});

test("stopping a session that a signal ended does not wait", { timeout: 20_000 }, async () => {
  await program(`echo '{"url":"http://127.0.0.1:9"}'; kill -9 $$`);
  const session = await start();
  await session.own.ended;
  await session.stop();
  await session.stop();
});

test("the first instant of all is a time", async () => {
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(new URL(request.url, "http://localhost").searchParams.get("time"));
    response.end("{}");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const session = new Session(`http://127.0.0.1:${server.address().port}`);
  await session.scheduled("* * * * *", 0);
  await session.scheduled("* * * * *");
  assert.deepEqual(asked, ["0", null]);
  server.closeAllConnections();
  server.close();
});
