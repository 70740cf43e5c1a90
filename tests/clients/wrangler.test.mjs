// Every `wrangler queues` command; imported with `?newest`, by the newest wrangler.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { account, baseUrl, done, execute, freshName, token } from "./support.mjs";

const folder = new URL(import.meta.url).search === "?newest" ? "newest/" : "";
const program = fileURLToPath(new URL(`${folder}node_modules/wrangler/bin/wrangler.js`, import.meta.url));
let home;

before(async () => {
  home = await mkdtemp(join(tmpdir(), "wrangler-"));
});
after(() => rm(home, { recursive: true, force: true }));

/** Runs a command and holds what it prints against the expected parts. */
async function wrangler(commandLine, ...expected) {
  const result = await run(commandLine);
  assert.equal(result.code, 0, `${commandLine}: ${result.output}`);
  for (const part of expected) {
    assert.ok(part instanceof RegExp ? part.test(result.output) : result.output.includes(part), `${commandLine}: ${part} is not in ${result.output}`);
  }
  return result;
}

async function refused(commandLine, part) {
  const result = await run(commandLine);
  assert.notEqual(result.code, 0, `${commandLine}: ${result.output}`);
  assert.ok(result.output.includes(part), `${commandLine}: ${part} is not in ${result.output}`);
}

function run(commandLine) {
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    CLOUDFLARE_API_BASE_URL: baseUrl(),
    CLOUDFLARE_API_TOKEN: token,
    CLOUDFLARE_ACCOUNT_ID: account,
    // The banner looks for a newer version on the network.
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_LOG_PATH: join(home, "logs"),
    NO_COLOR: "1",
    COLUMNS: "300",
  };
  return execute(process.execPath, [program, "queues", ...commandLine.split(" ")], { cwd: home, env });
}

/** What a command with --json prints. */
function json({ stdout }) {
  const begin = stdout.search(/^[[{]/m);
  return JSON.parse(stdout.slice(begin));
}

async function queueNamed(name) {
  const [queue] = await done("GET", `/queues?page=1&name=${name}`);
  return queue;
}

test("wrangler queues", async (t) => {
  const name = freshName("wrangler");

  await t.test("create, list, info", async () => {
    await wrangler(`create ${name} --delivery-delay-secs 7 --message-retention-period-secs 120`, `Created queue '${name}'`);
    const { settings } = await queueNamed(name);
    assert.deepEqual(settings, { delivery_delay: 7, delivery_paused: false, message_retention_period: 120 });
    await refused(`create ${name}`, "11009");
    await wrangler("list", /producers.*consumers/);
    await wrangler(`info ${name}`, `Queue Name: ${name}`, "Number of Producers: 0", "Number of Consumers: 0");
    await refused(`info ${name}-none`, `Queue "${name}-none" does not exist`);
  });

  await t.test("update keeps what it does not name", async () => {
    await wrangler(`update ${name} --delivery-delay-secs 0`, `Updated queue ${name}`);
    const { settings } = await queueNamed(name);
    assert.deepEqual(settings, { delivery_delay: 0, delivery_paused: false, message_retention_period: 120 });
    await refused(`update ${name} --message-retention-period-secs 5`, "60");
  });

  await t.test("pause and resume", async () => {
    await wrangler(`pause-delivery ${name}`, `Paused message delivery for queue ${name}`);
    assert.equal((await queueNamed(name)).settings.delivery_paused, true);
    await wrangler(`resume-delivery ${name}`, `Resumed message delivery for queue ${name}`);
    const { settings } = await queueNamed(name);
    assert.deepEqual(settings, { delivery_delay: 0, delivery_paused: false, message_retention_period: 120 });
  });

  await t.test("purge", async () => {
    const { queue_id } = await queueNamed(name);
    await done("POST", `/queues/${queue_id}/messages`, { body: 1, delay_seconds: 60 });
    await wrangler(`purge ${name} --force`, `Purged Queue '${name}'`);
    assert.equal((await done("GET", `/queues/${queue_id}/metrics`)).backlog_count, 0);
  });

  await t.test("worker consumers", async () => {
    const dead = `${name}-dead`;
    const options = `--batch-size 20 --batch-timeout 2 --message-retries 5 --dead-letter-queue ${dead} --max-concurrency 3 --retry-delay-secs 9`;
    await wrangler(`consumer add ${name} shop ${options}`, `Added consumer to queue ${name}`);
    const [consumer] = (await queueNamed(name)).consumers;
    assert.equal(consumer.script, "shop");
    assert.equal(consumer.dead_letter_queue, dead);
    assert.deepEqual(consumer.settings, {
      batch_size: 20,
      max_retries: 5,
      max_wait_time_ms: 2000,
      max_concurrency: 3,
      retry_delay: 9,
    });
    await wrangler(`info ${name}`, "Number of Consumers: 1", "worker:shop");
    await refused(`consumer add ${name} other`, "11004");
    await wrangler(`consumer list ${name}`, "Worker consumers:", "shop");
    await wrangler(`consumer worker list ${name}`, "shop");
    const listed = json(await wrangler(`consumer list ${name} --json`));
    assert.equal((Array.isArray(listed) ? listed : Object.values(listed).flat())[0].consumer_id, consumer.consumer_id);
    await refused(`delete ${dead}`, "11005");
    await refused(`consumer remove ${name} other`, `No worker consumer 'other' exists for queue ${name}`);
    await wrangler(`consumer remove ${name} shop`, `Removed consumer from queue ${name}`);
    await wrangler(`consumer worker add ${name} shop`, `Added consumer to queue ${name}`);
    await wrangler(`consumer worker remove ${name} shop`, `Removed consumer from queue ${name}`);
    await wrangler(`consumer list ${name}`, `No consumers found for queue "${name}".`);
    await wrangler(`delete ${dead}`, `Deleted queue ${dead}`);
  });

  await t.test("pull consumers", async () => {
    const options = "--batch-size 50 --message-retries 2 --visibility-timeout-secs 12 --retry-delay-secs 3";
    await wrangler(`consumer http add ${name} ${options}`, `Added consumer to queue ${name}`);
    const [consumer] = (await queueNamed(name)).consumers;
    assert.equal(consumer.type, "http_pull");
    assert.deepEqual(consumer.settings, {
      batch_size: 50,
      max_retries: 2,
      visibility_timeout_ms: 12_000,
      retry_delay: 3,
    });
    await wrangler(`info ${name}`, "Number of Consumers: 1", "messages/pull");
    await wrangler(`consumer list ${name}`, "HTTP pull consumers:", consumer.consumer_id);
    await wrangler(`consumer http list ${name}`, consumer.consumer_id);
    await wrangler(`consumer worker list ${name}`, "No worker consumers");
    await wrangler(`consumer http remove ${name}`, `Removed consumer from queue ${name}`);
    await refused(`consumer http remove ${name}`, `No http_pull consumer exists for queue ${name}`);
    await wrangler(`consumer http list ${name}`, "No HTTP pull consumers");
  });

  await t.test("subscriptions", async () => {
    await wrangler(`subscription list ${name}`, `No event subscriptions found for queue '${name}'.`);
    await refused(`subscription create ${name} --source r2 --events bucket.painted`, "Unrecognized event types");
    const source = "--source workersBuilds.worker --worker-name shop --events build.failed,build.succeeded";
    await wrangler(`subscription create ${name} ${source} --name builds`, "Successfully created event subscription 'builds'");
    const listed = json(await wrangler(`subscription list ${name} --json`));
    const [subscription] = Array.isArray(listed) ? listed : listed.result;
    assert.equal(subscription.name, "builds");
    await wrangler(`subscription list ${name}`, "builds", "workersBuilds.worker");
    const { id } = subscription;
    await wrangler(`subscription get ${name} --id ${id}`, "builds", "build.failed");
    await wrangler(`subscription update ${name} --id ${id} --name renamed --events build.started --enabled false`, "Successfully updated");
    const changed = json(await wrangler(`subscription get ${name} --id ${id} --json`));
    assert.deepEqual([changed.name, changed.enabled, changed.events], ["renamed", false, ["build.started"]]);
    await wrangler(`subscription delete ${name} --id ${id} --force`, "Successfully deleted event subscription 'renamed'");
    await refused(`subscription get ${name} --id ${id}`, "7003");
  });

  await t.test("delete", async () => {
    await wrangler(`delete ${name}`, `Deleted queue ${name}`);
    await refused(`delete ${name}`, `Queue "${name}" does not exist`);
  });
});
