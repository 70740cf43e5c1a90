//! Checking a project.

use serde_json::json;

use crate::support::session::{command, run};
use crate::{printed, project, qemu_dev, refused, texts};

#[test]
fn the_plan_is_shown() {
    let project = project();
    let state = project.path().join("my shop/.wrangler/state");
    let shown = printed(qemu_dev(&project, &["check"]));
    let bytes = shown.split_once("index.js, ").unwrap().1.split_once(" bytes built").unwrap().0;
    assert!(bytes.parse::<usize>().unwrap() > 100, "{bytes}");
    assert_eq!(
        shown.replace(bytes, "N"),
        format!(
            "shop (index.js, N bytes built)
  compatibility  2026-06-05
  processor time  30000 ms
  env.SECRET  variable
  env.ORDERS  sends to queue orders
  queue()  consumes orders
    batch size 10, batch timeout 0 seconds, retries 0, retry delay 0 seconds, concurrency auto, dead letters to dead
Queues: dead, orders
State: {}
No problems.
",
            state.display()
        )
    );
    assert!(!state.exists(), "a check writes nothing");
    let view: serde_json::Value =
        serde_json::from_str(&printed(qemu_dev(&project, &["check", "--json"]))).unwrap();
    assert_eq!(view["ok"], true);
    assert_eq!(view["workers"][0]["vars"], json!(["SECRET"]));
    let consumer = &view["workers"][0]["queues"]["consumers"][0];
    assert_eq!((&consumer["max_batch_size"], &consumer["dead_letter_queue"]), (&json!(10), &json!("dead")));
}

#[test]
fn errors_of_configuration_and_code_are_shown_with_their_places() {
    let project = project();
    project.edit("my shop/index.js", "async fetch()", "async fetch(");
    let output = qemu_dev(&project, &["check"]);
    let (shown, errors) = texts(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(shown.starts_with("shop (index.js, not built)\n") && shown.ends_with("1 error.\n"), "{shown}");
    assert!(errors.contains("--> index.js:2:"), "{errors}");

    project.edit("my shop/wrangler.jsonc", "\"max_retries\": 0", "\"max_retries\": 101");
    let output = qemu_dev(&project, &["check", "--json"]);
    let (shown, errors) = texts(&output);
    assert_eq!((output.status.code(), errors.as_str()), (Some(1), ""));
    let view: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!((&view["ok"], &view["workers"]), (&json!(false), &json!([])));
    assert_eq!(view["diagnostics"][0]["severity"], "error");
    assert_eq!(view["diagnostics"][0]["place"]["line"], 8);
}

#[test]
fn errors_of_one_worker_do_not_hide_those_of_another() {
    let project = project();
    project.edit("my shop/wrangler.jsonc", "\"max_retries\": 0", "\"max_retries\": 101");
    let second = r#"{ "name": "second", "main": "second.js", "compatibility_date": "2026-06-05",
        "queues": { "consumers": [{ "queue": "orders" }] } }"#;
    project.write("second.json", second);
    project.write("second.js", "export default {");
    let output = qemu_dev(&project, &["check", "-c", "wrangler.jsonc", "-c", "../second.json"]);
    let (_, errors) = texts(&output);
    assert_eq!(output.status.code(), Some(1));
    for expected in
        ["--> wrangler.jsonc:8:", "Multiple consumers defined for queue \"orders\"", "second.js:1:"]
    {
        assert!(errors.contains(expected), "{expected}: {errors}");
    }
}

#[cfg(unix)]
#[test]
fn reading_that_does_not_end_can_be_interrupted() {
    use std::process::{Command, Stdio};

    let project = project();
    let pipe = project.path().join("my shop/.dev.vars");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut command = command(&project.path().join("my shop"));
    let child = command.arg("check").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = child.spawn().unwrap();
    // It opens when somebody reads.
    let writer = std::fs::File::options().write(true).open(&pipe).unwrap();
    let interrupted = Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    let output = child.wait_with_output().unwrap();
    drop(writer);
    assert_eq!(output.status.code(), Some(130), "{output:?}");
}

#[test]
fn warnings_alone_are_no_failure() {
    let project = project();
    project.edit(
        "my shop/wrangler.jsonc",
        "\"vars\"",
        "\"kv_namespaces\": [{ \"binding\": \"CACHE\", \"id\": \"1\" }], \"vars\"",
    );
    let output = qemu_dev(&project, &["check"]);
    let (shown, errors) = texts(&output);
    assert_eq!(output.status.code(), Some(0));
    assert!(shown.contains("  env.CACHE  KV, not emulated\n") && shown.ends_with("1 warning.\n"), "{shown}");
    assert!(errors.contains("KV binding CACHE is not emulated"), "{errors}");
}

#[test]
fn a_custom_build_is_run_and_its_output_is_shown_apart() {
    let project = project();
    let build = "\"main\": \"made.js\", \"build\": { \"command\": \"echo making; cp index.js made.js\" }";
    project.edit("my shop/wrangler.jsonc", "\"main\": \"index.js\"", build);
    let output = qemu_dev(&project, &["check", "--json"]);
    let (shown, errors) = texts(&output);
    assert_eq!(errors, "[custom build] Running: echo making; cp index.js made.js\n[custom build] making\n");
    assert_eq!(output.status.code(), Some(0), "{shown}");
    let view: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(view["workers"][0]["custom_build"]["command"], "echo making; cp index.js made.js");
    assert!(view["workers"][0]["code_bytes"].is_u64(), "{shown}");

    project.edit("my shop/wrangler.jsonc", "cp index.js made.js", "exit 3");
    let output = qemu_dev(&project, &["check"]);
    let (_, errors) = texts(&output);
    assert_eq!(output.status.code(), Some(1));
    let failed = "error: The custom build of worker \"shop\" failed (exit status: 3): echo making; exit 3\n";
    assert!(errors.ends_with(failed), "{errors}");
}

#[test]
fn a_script_takes_the_place_of_main() {
    let project = project();
    project.write("other.js", "export default { fetch() { return new Response('other'); } };\n");
    let shown = printed(qemu_dev(&project, &["check", "../other.js"]));
    assert!(shown.starts_with("shop (") && shown.contains("/other.js, "), "{shown}");
    let missing = qemu_dev(&project, &["check", "none.js"]);
    assert_eq!(missing.status.code(), Some(1));
    assert_eq!(
        texts(&missing).1,
        "error: The entry-point file at \"none.js\" was not found: check the path; it is relative to the working \
         directory\n"
    );
    let second = r#"{ "name": "second", "main": "other.js", "compatibility_date": "2026-06-05" }"#;
    project.write("second.json", second);
    let two = qemu_dev(&project, &["check", "index.js", "-c", "wrangler.jsonc", "-c", "../second.json"]);
    assert_eq!(two.status.code(), Some(1));
    let refusal = "The script \"index.js\" cannot take the place of \"main\" in 2 configurations";
    assert!(texts(&two).1.contains(refusal), "{two:?}");
}

#[test]
fn the_folder_to_work_in_can_be_named() {
    let project = project();
    let there = printed(run(project.path(), &["check", "--cwd", "my shop"]));
    assert_eq!(there, printed(qemu_dev(&project, &["check"])));
    let told = refused(run(project.path(), &["--cwd", "nowhere", "check"]), 1);
    assert!(told.starts_with("error: cannot work in nowhere ("), "{told}");
}
