//! `dev --log-format json`.

use serde_json::Value;

use crate::project;
use crate::support::session::{Session, run};
use crate::{printed, queues, texts};

#[test]
fn everything_is_an_object_on_a_line_of_standard_output() {
    let project = project();
    project.edit("my shop/index.js", "async fetch() {", "async fetch() { console.warn('one\\ntwo');");
    printed(queues(&project, &["create", "orders"]));
    printed(queues(&project, &["send", "orders", "7"]));
    let config = project.path().join("my shop/wrangler.jsonc");
    let mut session = Session::start_with_json_log(&project, &["-c", config.to_str().unwrap()]);
    session.text("/");
    session.output.find("…\"kind\":\"request\"…");
    session.output.find("…\"kind\":\"dead-letter\"…");
    session.signal("TERM");
    let (status, _) = session.end();
    assert_eq!((status.code(), session.errors().rest()), (Some(0), Vec::new()));
    let transcript = session.output.transcript();
    let entries: Vec<Value> = transcript.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let one = |kind: &str| entries.iter().find(|entry| entry["kind"] == kind).unwrap();
    let console = entries.iter().find(|entry| entry["text"] == "one\ntwo").unwrap();
    assert_eq!(
        (&console["level"], &console["worker"], &console["kind"]),
        (&"warn".into(), &"shop".into(), &"console".into())
    );
    let request = one("request");
    assert_eq!(
        (&request["method"], &request["path"], &request["status"]),
        (&"GET".into(), &"/".into(), &200.into())
    );
    let delivery = one("delivery");
    assert_eq!(
        (&delivery["queue"], &delivery["acked"], &delivery["total"]),
        (&"orders".into(), &0.into(), &1.into())
    );
    assert!(delivery["failure"].as_str().unwrap().contains("not 7"), "{delivery}");
    assert_eq!(one("dead-letter")["level"], "warn");
    for entry in &entries {
        assert!(entry["time"].as_str().unwrap().ends_with('Z') && entry["level"].is_string(), "{entry}");
    }
}

#[test]
fn problems_are_lines_too() {
    let project = project();
    project.edit("my shop/wrangler.jsonc", "\"max_retries\": 0", "\"max_retries\": 101");
    let output = run(&project.path().join("my shop"), &["dev", "--log-format", "json"]);
    let (shown, errors) = texts(&output);
    assert_eq!((output.status.code(), errors.as_str()), (Some(1), ""));
    let entry: Value = serde_json::from_str(shown.trim_end()).unwrap();
    assert_eq!(
        (&entry["kind"], &entry["level"], &entry["place"]["line"]),
        (&"diagnostic".into(), &"error".into(), &8.into())
    );
}
