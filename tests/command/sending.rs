//! Sending, peeking, pulling and acknowledging.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::project::Project;
use crate::{json, printed, project, queues, queues_with_input, refused};

fn with_queue() -> Project {
    let project = project();
    printed(queues(&project, &["create", "orders"]));
    project
}

fn bodies(project: &Project) -> Vec<Value> {
    let peeked = json(queues(project, &["peek", "orders", "--limit", "1000", "--json"]));
    let body = |message: &Value| match &message["body"] {
        Value::Null => json!({ "base64": message["body_base64"] }),
        body => body.clone(),
    };
    peeked.as_array().unwrap().iter().map(body).collect()
}

#[test]
fn a_message_comes_from_an_argument_a_file_or_standard_input() {
    let project = with_queue();
    let sent = printed(queues(&project, &["send", "orders", "{ \"n\": 1.50 }"]));
    assert_eq!(sent, "Sent 1 message to queue orders.\n");
    printed(queues(&project, &["send", "orders", "-7"]));
    printed(queues(&project, &["send", "orders", "in words", "--content-type", "text"]));
    project.write("my shop/message.json", "[1,\n 2]\n");
    printed(queues(&project, &["send", "orders", "--file", "message.json"]));
    let bytes = ["send", "orders", "-", "--content-type", "bytes"];
    printed(queues_with_input(&project, &bytes, b"\0\xff\r\n"));
    let sent = json(queues(&project, &["send", "orders", "null", "--delay-seconds", "60", "--json"]));
    assert_eq!((&sent["sent"], &sent["metrics"]["backlog_count"]), (&json!(1), &json!(6)));
    let expected = [
        serde_json::from_str("{\"n\":1.50}").unwrap(),
        json!(-7),
        json!("in words"),
        json!([1, 2]),
        json!({ "base64": "AP8NCg==" }),
    ];
    let mut found = bodies(&project);
    found.truncate(5);
    assert_eq!(found, expected);
    let raw = printed(queues(&project, &["export", "orders"]));
    assert!(raw.starts_with("{\"id\":\"") && raw.contains("\"body\":{\"n\":1.50}"), "{raw}");
    assert!(raw.lines().last().unwrap().contains("\"delay_seconds\":60,\"ready_at_ms\":"), "{raw}");
}

#[test]
fn lines_are_messages_in_batches() {
    let project = with_queue();
    let lines: String = (0..250).map(|number| format!("{{\"n\": {number}}}\n")).collect();
    let sent = queues_with_input(&project, &["send", "orders", "-", "--ndjson"], lines.as_bytes());
    assert_eq!(printed(sent), "Sent 250 messages to queue orders.\n");
    let expected: Vec<Value> = (0..250).map(|number| json!({ "n": number })).collect();
    assert_eq!(bodies(&project), expected);
    project.write("my shop/bytes.ndjson", "\"AAE=\"\n");
    let bytes = ["send", "orders", "--file", "bytes.ndjson", "--ndjson", "--content-type", "bytes"];
    printed(queues(&project, &bytes));
    assert_eq!(bodies(&project)[250], json!({ "base64": "AAE=" }));
}

#[test]
fn what_cannot_be_sent_is_told_with_its_place() {
    let project = with_queue();
    let send = |arguments: &[&str]| {
        let mut all = vec!["send", "orders"];
        all.extend(arguments);
        queues(&project, &all)
    };
    assert_eq!(
        refused(send(&["{\"n\": x}"]), 1),
        "error: the message is not JSON: expected value at line 1, column 7; to send it as a text: \
         --content-type text\n"
    );
    let large = "\"".to_owned() + &"x".repeat(128_000) + "\"";
    project.write("my shop/large.json", &large);
    assert_eq!(
        refused(send(&["--file", "large.json"]), 1),
        "error: message length of 128002 bytes exceeds limit of 128000\n"
    );
    let missing = refused(send(&["--file", "nowhere.json"]), 1);
    assert!(missing.starts_with("error: nowhere.json cannot be read: "), "{missing}");
    let both = refused(send(&["1", "--file", "large.json"]), 2);
    assert!(both.contains("cannot be used with"), "{both}");
    let neither = refused(send(&[]), 2);
    assert!(neither.contains("required arguments were not provided"), "{neither}");
    let delay = refused(send(&["1", "--delay-seconds", "86401"]), 2);
    assert!(delay.contains("86401 is not in 0..=86400"), "{delay}");
    for kind in ["xml", "v8"] {
        let kind = refused(send(&["1", "--content-type", kind]), 2);
        assert!(kind.contains("[possible values: text, bytes, json]"), "{kind}");
    }
    let unread = refused(send(&["1", "--ndjson"]), 1);
    assert!(unread.contains("--ndjson reads lines"), "{unread}");
    let lines: String = (0..150).map(|number| format!("{number}\n")).collect();
    let broken = lines + "\n{\"a\": }\n";
    assert_eq!(
        refused(queues_with_input(&project, &["send", "orders", "-", "--ndjson"], broken.as_bytes()), 1),
        "error: standard input:152:7: expected value (100 messages before it were sent)\n"
    );
    assert_eq!(bodies(&project).len(), 100);
    let words = ["send", "orders", "-", "--ndjson", "--content-type", "text"];
    let plain = refused(queues_with_input(&project, &words, b"in plain words"), 1);
    assert!(plain.contains("standard input:1: expected value: each line must be a JSON string"), "{plain}");
    let text = ["send", "orders", "-", "--content-type", "text"];
    let binary = refused(queues_with_input(&project, &text, b"\xff"), 1);
    assert!(binary.contains("--content-type bytes"), "{binary}");
}

#[test]
fn a_peek_is_a_table_and_changes_nothing() {
    let project = with_queue();
    assert_eq!(printed(queues(&project, &["peek", "orders"])), "Queue orders has no messages.\n");
    printed(queues(&project, &["send", "orders", "{\"order\": 7}"]));
    for _ in 0..2 {
        let table = printed(queues(&project, &["peek", "orders"]));
        let row = table.lines().nth(3).unwrap();
        assert!(row.ends_with("│ 0        │ json         │ ready │ {\"order\":7} │"), "{table}");
    }
}

#[test]
fn pulled_messages_are_acknowledged_or_retried() {
    let project = with_queue();
    let none = refused(queues(&project, &["pull", "orders"]), 1);
    assert_eq!(
        none,
        "error: queue \"orders\" has no HTTP pull consumer; `qemu-dev queues consumer http add orders` adds \
         one\n"
    );
    printed(queues(&project, &["consumer", "http", "add", "orders"]));
    let empty = printed(queues(&project, &["pull", "orders"]));
    assert_eq!(empty, "Queue orders has no messages that are ready.\n");
    printed(queues_with_input(&project, &["send", "orders", "-", "--ndjson"], b"1\n2\n"));
    let pulled = json(queues(&project, &["pull", "orders", "--visibility-timeout-secs", "600", "--json"]));
    assert_eq!((&pulled[0]["body"], &pulled[1]["body"]), (&json!(1), &json!(2)));
    assert_eq!(pulled[0]["attempts"], 1);
    let lease = |index: usize| pulled[index]["lease_id"].as_str().unwrap();
    let decided = ["ack", "orders", lease(0), "--retry", lease(1), "--delay-seconds", "0"];
    assert_eq!(
        printed(queues(&project, &decided)),
        "Acknowledged 1 message of queue orders.\nRetried 1 message of queue orders.\n"
    );
    let left = json(queues(&project, &["peek", "orders", "--json"]));
    assert_eq!((left.as_array().unwrap().len(), &left[0]["attempts"]), (1, &json!(1)));
    let unknown = refused(queues(&project, &["ack", "orders", "nothing"]), 1);
    assert!(unknown.starts_with("error: nothing: "), "{unknown}");
    let usage = refused(queues(&project, &["ack", "orders"]), 2);
    assert!(usage.contains("<LEASE>"), "{usage}");
    printed(queues(&project, &["pause-delivery", "orders"]));
    let paused = refused(queues(&project, &["pull", "orders"]), 1);
    assert!(paused.contains("`qemu-dev queues resume-delivery orders` resumes it"), "{paused}");
}

#[test]
fn the_state_is_found_as_a_session_finds_it() {
    let project = with_queue();
    let from_elsewhere =
        crate::run(project.path(), &["queues", "list", "--json", "-c", "my shop/wrangler.jsonc"]);
    assert_eq!(json(from_elsewhere)[0]["queue_name"], "orders");
    let state = project.path().join("my shop/.wrangler/state");
    let named =
        crate::run(Path::new("/"), &["queues", "list", "--json", "--persist-to", state.to_str().unwrap()]);
    assert_eq!(json(named)[0]["queue_name"], "orders");
    let nowhere = refused(crate::run(Path::new("/"), &["queues", "list"]), 1);
    assert!(nowhere.contains("wrangler.json"), "{nowhere}");
}
