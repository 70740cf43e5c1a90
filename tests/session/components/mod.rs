//! Workers that are WebAssembly components, through the real binary.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::support::component::assemble;
use super::support::project::Project;
use super::support::session::{Session, run};

const RESPONDER: [&str; 2] = [
    include_str!("../../../src/runtime/component/tests/responder.wat"),
    include_str!("../../../src/runtime/component/tests/responder.wit"),
];
const CONSUMER: [&str; 2] = [
    include_str!("../../../src/runtime/component/tests/consumer.wat"),
    include_str!("../../../src/runtime/component/tests/consumer.wit"),
];
const ASKER: [&str; 2] = [include_str!("asker.wat"), include_str!("asker.wit")];

/// A project whose main file is this component.
fn project([wat, wit]: [&str; 2], settings: &str) -> Project {
    let config = format!(
        "{{\"name\": \"worker\", \"main\": \"worker.wasm\", \"compatibility_date\": \"2026-06-05\"{settings}}}"
    );
    let project = Project::new(&[("wrangler.json", &config)]);
    write(&project, &assemble(wat, wit));
    project
}

fn write(project: &Project, component: &[u8]) {
    fs::write(project.path().join("worker.wasm"), component).unwrap();
}

/// How many files of machine code of this kind are kept.
fn kept(cache: &Path, kind: &str) -> usize {
    let Ok(entries) = fs::read_dir(cache.join("qemu-dev")) else { return 0 };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with(kind) && name.ends_with(".cwasm")).count()
}

/// Calls the handler `queue` with these messages.
fn deliver(session: &Session, bodies: &[&str]) -> Value {
    let messages: Vec<_> = bodies.iter().map(|body| json!({ "body": body })).collect();
    let request = json!({ "queue": "orders", "messages": messages }).to_string();
    let answer = session.connect().request("POST", "/cdn-cgi/handler/queue", &[], Some(&request)).unwrap();
    assert_eq!(answer.head.status(), 200, "{answer:?}");
    serde_json::from_str(&answer.body).unwrap()
}

#[test]
fn a_component_is_reloaded_when_it_changes_and_compiled_once() {
    let cache = TempDir::new().unwrap();
    let project = project(RESPONDER, "");
    let session = Session::start_with_cache(&project, cache.path(), &[]);
    let status = || session.get("/p").head.status();
    assert_eq!(status(), 201);
    let changed = assemble(&RESPONDER[0].replace("(i32.const 201)", "(i32.const 202)"), RESPONDER[1]);
    write(&project, &changed);
    session.output.wait_for("Reloaded worker (1 ms)");
    assert_eq!(status(), 202);
    assert_eq!(kept(cache.path(), "component"), 2);
    write(&project, &assemble(RESPONDER[0], RESPONDER[1]));
    session.output.wait_for("Reloaded worker (1 ms)");
    assert_eq!(status(), 201);
    assert_eq!(kept(cache.path(), "component"), 2, "what was seen before is not compiled again");
    session.stop();
}

#[cfg(unix)]
#[test]
fn a_component_behind_a_link_is_reloaded() {
    let project = project(RESPONDER, "");
    let [made, linked] = ["out/made.wasm", "worker.wasm"].map(|name| project.path().join(name));
    fs::create_dir(project.path().join("out")).unwrap();
    fs::rename(&linked, &made).unwrap();
    std::os::unix::fs::symlink(&made, &linked).unwrap();
    let session = Session::start(&project, &[]);
    assert_eq!(session.get("/p").head.status(), 201);
    let changed = assemble(&RESPONDER[0].replace("(i32.const 201)", "(i32.const 202)"), RESPONDER[1]);
    fs::write(&made, &changed).unwrap();
    session.output.wait_for("Reloaded worker (1 ms)");
    assert_eq!(session.get("/p").head.status(), 202);
    session.stop();
}

#[test]
fn a_broken_component_is_reported_and_the_last_good_one_serves() {
    let project = project(RESPONDER, "");
    let session = Session::start(&project, &[]);
    write(&project, &wat::parse_str("(module (import \"env\" \"sleep\" (func)))").unwrap());
    session
        .errors()
        .wait_for("error: worker.wasm is a core WebAssembly module, not a component; it imports from …");
    session.output.wait_for("Worker \"worker\" goes on with its last good code until this is mended.");
    assert_eq!(session.get("/p").head.status(), 201);
    write(&project, &assemble(&RESPONDER[0].replace("(i32.const 201)", "(i32.const 202)"), RESPONDER[1]));
    session.output.wait_for("Reloaded worker (1 ms)");
    assert_eq!(session.get("/p").head.status(), 202);
    session.stop();
}

#[test]
fn a_session_of_components_needs_no_javascript_engine() {
    let cache = TempDir::new().unwrap();
    let project = project(RESPONDER, "");
    let session = Session::start_with_cache(&project, cache.path(), &[]);
    assert_eq!(session.get("/p").body, "/p");
    let printed = session.stop();
    assert!(!printed.iter().any(|line| line.contains("Preparing")), "{printed:?}");
    assert_eq!((kept(cache.path(), "component"), kept(cache.path(), "engine")), (1, 0));
}

#[test]
fn a_component_decides_about_each_message_and_sends() {
    let settings = ", \"vars\": {\"GREETING\": \"hello\"}, \"queues\": \
                    {\"producers\": [{\"binding\": \"QUEUE\", \"queue\": \"other\"}], \
                    \"consumers\": [{\"queue\": \"orders\"}]}";
    let project = project(CONSUMER, settings);
    let session = Session::start(&project, &[]);
    let outcome = deliver(&session, &["a", "r", "s", "v"]);
    assert_eq!(
        outcome["retryMessages"],
        json!([{ "msgId": outcome["retryMessages"][0]["msgId"], "delaySeconds": 7 }])
    );
    assert_eq!(outcome["explicitAcks"].as_array().unwrap().len(), 3, "{outcome}");
    session.errors().wait_for("hello");
    let sent = run(project.path(), &["queues", "peek", "other", "--json"]);
    let sent: Value = serde_json::from_slice(&sent.stdout).unwrap();
    assert_eq!(sent[0]["body"], "s");
    session.stop();
}

#[test]
fn traps_and_limits_are_outcomes_with_a_backtrace() {
    let settings = ", \"limits\": {\"cpu_ms\": 50}, \"queues\": {\"consumers\": [{\"queue\": \"orders\"}]}";
    let project = project(CONSUMER, settings);
    let session = Session::start(&project, &[]);
    assert_eq!(deliver(&session, &["t"])["outcome"], "exception");
    session.errors().wait_for("…RuntimeError: wasm `unreachable` instruction executed");
    session.errors().wait_for("    at explode (consumer:0x…)");
    session.errors().wait_for("    at outer (consumer:0x…)");
    assert_eq!(deliver(&session, &["l"])["outcome"], "exception");
    session.errors().wait_for("…Worker exceeded CPU time limit of 50 ms.");
    assert_eq!(deliver(&session, &["m"])["outcome"], "exception");
    session.errors().wait_for("…Worker exceeded memory limit of 128 MB.");
    assert_eq!(deliver(&session, &["a"])["outcome"], "ok");
    session.stop();
}

#[test]
fn cron_events_and_requests_to_the_outside() {
    let project = project(ASKER, "");
    let outside = project_that_answers();
    let (session, answering) = (Session::start(&project, &[]), Session::start(&outside, &[]));
    let host = answering.url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let run = |host: &str| session.get(&format!("/cdn-cgi/handler/scheduled?cron={host}")).head.status();
    assert_eq!(run(&host), 200);
    session.output.wait_for("answered");
    answering.stop();
    assert_eq!(run(&host), 500);
    session.errors().wait_for("…no answer");
    session.stop();
}

fn project_that_answers() -> Project {
    super::project("", "export default { fetch: () => new Response(null, { status: 204 }) };")
}

#[test]
fn what_is_no_worker_is_refused_with_a_remedy() {
    let other = "package test:t; world w { export act: func(); }";
    let project = project(["(module (func (export \"act\")))", other], "");
    let refused = |expected: &str| {
        let output = run(project.path(), &["check"]);
        let text = String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap();
        assert!(output.status.code() == Some(1) && text.contains(expected), "{text}");
        text
    };
    let text = refused("worker.wasm exports no handler of a Worker, only act");
    assert!(text.contains("qemu-dev:worker/consumer@0.1.0"), "{text}");
    let module = wat::parse_str("(module (import \"wasi_snapshot_preview1\" \"fd_write\" (func)))").unwrap();
    write(&project, &module);
    let text = refused("worker.wasm is a core WebAssembly module for WASI 0.1, not a component");
    assert!(text.contains("wasm-tools component new"), "{text}");
    write(&project, b"export default {}");
    refused("worker.wasm is not WebAssembly");
    let importing = "package test:t; world w { import acme:store/thing@1.0.0; \
                     export qemu-dev:worker/scheduler@0.1.0; } \
                     package acme:store@1.0.0 { interface thing { act: func(); } }";
    let module = "(module (import \"acme:store/thing@1.0.0\" \"act\" (func)) (memory (export \"memory\") 1) \
                  (func (export \"qemu-dev:worker/scheduler@0.1.0#scheduled\") (param i32 i32 i64) (result i32) unreachable) \
                  (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) unreachable))";
    write(&project, &assemble(module, importing));
    refused("imports what is not there: acme:store/thing@1.0.0");
}
