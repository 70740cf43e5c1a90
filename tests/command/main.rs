//! The commands beside `dev`, through the real binary: what they print, to the letter, and how they end.

mod administration;
mod beside_a_session;
mod build;
mod check;
mod dead_letters;
mod exchange;
mod json_log;
mod program;
mod sending;
#[path = "../support/mod.rs"]
mod support;
mod token_file;

use std::process::Output;

use support::project::Project;
use support::session::{run, run_with_input};

/// A Worker that sends to `orders` and consumes it.
const CONFIG: &str = r#"{
  "name": "shop",
  "main": "index.js",
  "compatibility_date": "2026-06-05",
  "vars": { "SECRET": "hidden" },
  "queues": {
    "producers": [{ "binding": "ORDERS", "queue": "orders" }],
    "consumers": [{ "queue": "orders", "max_batch_timeout": 0, "max_retries": 0, "dead_letter_queue": "dead" }]
  }
}
"#;

/// Its code: it fails.
const SOURCE: &str = "export default {
  async fetch() { return new Response('hello'); },
  async queue(batch) { throw new Error(`not ${batch.messages[0].body}`); },
};
";

/// A folder with that Worker; a path with blanks, as people have them.
fn project() -> Project {
    Project::new(&[("my shop/wrangler.jsonc", CONFIG), ("my shop/index.js", SOURCE)])
}

/// Runs `qemu-dev` in the Worker's folder.
fn qemu_dev(project: &Project, arguments: &[&str]) -> Output {
    run(&project.path().join("my shop"), arguments)
}

/// Runs `qemu-dev queues` in the Worker's folder.
fn queues(project: &Project, arguments: &[&str]) -> Output {
    let mut all = vec!["queues"];
    all.extend(arguments);
    qemu_dev(project, &all)
}

/// The same with this on standard input.
fn queues_with_input(project: &Project, arguments: &[&str], input: &[u8]) -> Output {
    let mut all = vec!["queues"];
    all.extend(arguments);
    run_with_input(&project.path().join("my shop"), &all, input)
}

/// What a command that succeeds prints.
#[track_caller]
fn printed(output: Output) -> String {
    let (printed, errors) = texts(&output);
    assert_eq!((output.status.code(), errors.as_str()), (Some(0), ""), "{printed}");
    printed
}

/// What a command that succeeds prints, as JSON.
#[track_caller]
fn json(output: Output) -> serde_json::Value {
    serde_json::from_str(&printed(output)).unwrap()
}

/// What a command that fails with this exit code says on standard error; it prints nothing.
#[track_caller]
fn refused(output: Output, code: i32) -> String {
    let (printed, errors) = texts(&output);
    assert_eq!((output.status.code(), printed.as_str()), (Some(code), ""), "{errors}");
    errors
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}
