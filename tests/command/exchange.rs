//! Exporting and importing.

use serde_json::{Value, json};

use crate::support::project::Project;
use crate::{json, printed, project, queues, queues_with_input, refused};

/// One message of each content type, one of them delayed.
fn with_messages() -> Project {
    let project = project();
    printed(queues(&project, &["create", "orders"]));
    printed(queues(&project, &["create", "copy"]));
    printed(queues(&project, &["send", "orders", "{\"n\":[1e2, 1.50]}"]));
    printed(queues(&project, &["send", "orders", "a\n\"b\"", "--content-type", "text"]));
    let bytes = ["send", "orders", "-", "--content-type", "bytes", "--delay-seconds", "900"];
    printed(queues_with_input(&project, &bytes, b"\xff\x0f\0\n"));
    // What Workers alone can send: ["date",0].
    let clone = b"{\"body_base64\":\"WyJkYXRlIiwwXQ==\",\"content_type\":\"v8\"}";
    printed(queues_with_input(&project, &["import", "orders", "-"], clone));
    project
}

#[test]
fn what_is_exported_is_imported_as_it_was() {
    let project = with_messages();
    let exported = printed(queues(&project, &["export", "orders"]));
    assert_eq!(exported.lines().count(), 4);
    let imported = queues_with_input(&project, &["import", "copy", "-"], exported.as_bytes());
    assert_eq!(printed(imported), "Imported 4 messages into queue copy.\n");
    assert_eq!(printed(queues(&project, &["export", "copy"])), exported);
    let again = queues_with_input(&project, &["import", "copy", "-"], exported.as_bytes());
    assert_eq!(printed(again), "Imported 0 messages into queue copy; 4 messages there already.\n");
    assert_eq!(printed(queues(&project, &["export", "copy"])), exported);
}

#[test]
fn an_export_may_go_to_a_file() {
    let project = with_messages();
    let export = ["export", "orders", "--output", "all.ndjson"];
    assert_eq!(printed(queues(&project, &export)), "Exported 4 messages of queue orders to all.ndjson.\n");
    let imported = json(queues(&project, &["import", "copy", "all.ndjson", "--json"]));
    assert_eq!(imported, json!({ "queue_name": "copy", "imported": 4, "present": 0 }));
    let unwritable = refused(queues(&project, &["export", "orders", "--output", "nowhere/all.ndjson"]), 1);
    assert!(unwritable.starts_with("error: nowhere/all.ndjson cannot be written: "), "{unwritable}");
}

#[test]
fn only_a_body_is_required() {
    let project = with_messages();
    let lines = b"{\"body\": {\"n\": 1}}\n\n{\"body\": \"x\", \"content_type\": \"text\", \"attempts\": 2}\n";
    printed(queues_with_input(&project, &["import", "copy", "-"], lines));
    let peeked = json(queues(&project, &["peek", "copy", "--json"]));
    let seen: Vec<(&Value, &Value)> =
        peeked.as_array().unwrap().iter().map(|message| (&message["body"], &message["attempts"])).collect();
    assert_eq!(seen, [(&json!({ "n": 1 }), &json!(0)), (&json!("x"), &json!(2))]);
}

#[test]
fn lines_that_are_no_messages_are_named() {
    let project = with_messages();
    for (line, expected) in [
        ("{\"body\": }", "standard input:1:10: expected value"),
        ("[]", "standard input:1:"),
        ("{}", "standard input:1: one of \"body\" and \"body_base64\" is required"),
        ("{\"body\":1,\"body_base64\":\"\"}", "standard input:1: one of \"body\" and \"body_base64\""),
        ("{\"body_base64\":\"?\"}", "standard input:1: \"body_base64\" is not base64"),
        ("{\"body\":1,\"content_type\":\"text\"}", "standard input:1: \"body\" of a text must be a string"),
        ("{\"body\":1,\"content_type\":\"v8\"}", "standard input:1: a v8 body must be in \"body_base64\""),
        (
            "{\"body_base64\":\"anVuaw==\",\"content_type\":\"v8\"}",
            "standard input:1: the body is not a structured clone",
        ),
        ("{\"body_base64\":\"anVuaw==\"}", "standard input:1: the body is not JSON: "),
        ("{\"body_base64\":\"/w==\",\"content_type\":\"text\"}", "standard input:1: the body is not UTF-8"),
        ("{\"body\":1,\"content_type\":\"xml\"}", "standard input:1: a content type is one of"),
        ("{\"body\":1,\"id\":\"7\"}", "standard input:1: a message id is 32 hexadecimal characters"),
        ("{\"body\":1,\"attempts\":-1}", "standard input:1:"),
        ("{\"body\":1,\"source\":\"me\"}", "standard input:1: \"source\" is one of worker, api, event"),
        ("{\"body\":1,\"delay_seconds\":86401}", "standard input:1: a delay is at most 86400 seconds"),
    ] {
        let error = refused(queues_with_input(&project, &["import", "copy", "-"], line.as_bytes()), 1);
        assert!(error.starts_with(&format!("error: {expected}")), "{line}: {error}");
    }
    let large = format!("{{\"body\":\"{}\"}}", "x".repeat(128_000));
    let error = refused(queues_with_input(&project, &["import", "copy", "-"], large.as_bytes()), 1);
    assert!(error.contains("message length of 128002 bytes exceeds limit of 128000"), "{error}");
    assert_eq!(printed(queues(&project, &["export", "copy"])), "");
}
