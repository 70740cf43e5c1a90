//! `qemu-dev exec` and `qemu-dev replay`, with the real binary and small commands.

mod chaos;
mod processes;
mod recordings;
mod runs;
#[path = "../support/mod.rs"]
mod support;

use std::process::{Command, Output, Stdio};

use support::project::Project;
use support::session::prepared;

/// Sends the path of each request to a queue, whose consumer does what the path says.
const WORKER: &str = "
export default {
  async fetch(request, env) {
    const [, queue, ...bodies] = new URL(request.url).pathname.split('/');
    await env[queue].sendBatch(bodies.map((body) => ({ body })));
    return new Response('sent');
  },
  async queue(batch, env) {
    for (const message of batch.messages) {
      console.log(`got ${message.body} ${message.attempts}`);
      if (message.body === 'throw') throw new Error('thrown');
      if (message.body === 'retry') message.retry({ delaySeconds: 3600 });
      if (message.body === 'wait') await new Promise(() => setTimeout(() => 0, 3_600_000));
    }
  },
};
";

/// A project with this Worker. `WORK` has a dead letter queue, `DROP` has none; neither retries.
fn project(worker: &str) -> Project {
    let config = r#"{
  "name": "worker",
  "main": "src/index.ts",
  "compatibility_date": "2026-06-05",
  "queues": {
    "producers": [{ "binding": "WORK", "queue": "work" }, { "binding": "DROP", "queue": "drop" }],
    "consumers": [
      { "queue": "work", "max_batch_timeout": 0, "max_batch_size": 2, "max_concurrency": 1, "max_retries": 2, "dead_letter_queue": "dead" },
      { "queue": "drop", "max_batch_timeout": 0, "max_retries": 0 }
    ]
  }
}
"#;
    Project::new(&[("wrangler.jsonc", config), ("src/index.ts", worker)])
}

/// `qemu-dev exec` with these arguments, and a script for `sh`.
fn exec(project: &Project, arguments: &[&str], script: &str) -> Command {
    let mut command = prepared(project.path());
    command.arg("exec").args(arguments).args(["--", "sh", "-c", script]).stdin(Stdio::null());
    command
}

/// Runs it to its end; answers with exit code, standard output and standard error.
fn run(project: &Project, arguments: &[&str], script: &str) -> (i32, String, String) {
    ended(&exec(project, arguments, script).output().unwrap())
}

fn ended(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}
