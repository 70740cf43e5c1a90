//! The same commands while a session runs: they reach its queues.

use serde_json::json;

use crate::support::project::Project;
use crate::support::session::Session;
use crate::{json, printed, project, queues, queues_with_input, refused};

fn start(project: &Project) -> Session {
    let config = project.path().join("my shop/wrangler.jsonc");
    Session::start(project, &["-c", config.to_str().unwrap()])
}

/// A project whose Worker says what it gets.
fn with_a_worker_that_succeeds() -> Project {
    let project = project();
    let fails = "throw new Error(`not ${batch.messages[0].body}`);";
    let succeeds = "for (const { body } of batch.messages) console.log('got', JSON.stringify(body));";
    project.edit("my shop/index.js", fails, succeeds);
    project
}

#[test]
fn what_is_sent_is_delivered_and_what_is_paused_waits() {
    let project = with_a_worker_that_succeeds();
    let session = start(&project);
    let list = json(queues(&project, &["list", "--json"]));
    let names: Vec<_> = list.as_array().unwrap().iter().map(|queue| &queue["queue_name"]).collect();
    assert_eq!(names, ["dead", "orders"]);
    printed(queues(&project, &["send", "orders", "{\"n\": 1}"]));
    session.output.wait_for("got {\"n\":1}");
    printed(queues(&project, &["pause-delivery", "orders"]));
    printed(queues_with_input(&project, &["send", "orders", "-", "--ndjson"], b"2\n3\n"));
    let waiting = json(queues(&project, &["peek", "orders", "--json"]));
    assert_eq!((&waiting[0]["body"], &waiting[0]["state"]), (&json!(2), &json!("ready")));
    let exported = printed(queues(&project, &["export", "orders"]));
    assert_eq!(
        printed(queues(&project, &["purge", "orders", "--force"])),
        "Purged queue orders of 2 messages.\n"
    );
    let imported = queues_with_input(&project, &["import", "orders", "-"], exported.as_bytes());
    assert_eq!(printed(imported), "Imported 2 messages into queue orders.\n");
    assert_eq!(printed(queues(&project, &["export", "orders"])), exported);
    printed(queues(&project, &["resume-delivery", "orders"]));
    session.output.wait_for("got 2");
    session.output.wait_for("got 3");
    session.stop();
}

#[test]
fn dead_letters_are_redriven_and_consumers_changed_under_a_session() {
    let project = project();
    let session = start(&project);
    printed(queues(&project, &["send", "orders", "7"]));
    session.errors().wait_for("Moving message …");
    printed(queues(&project, &["pause-delivery", "orders"]));
    assert_eq!(
        printed(queues(&project, &["redrive", "dead"])),
        "Moved 1 message of queue dead to queue orders.\n"
    );
    printed(queues(&project, &["consumer", "remove", "orders", "shop"]));
    printed(queues(&project, &["consumer", "http", "add", "orders"]));
    printed(queues(&project, &["resume-delivery", "orders"]));
    let pulled = json(queues(&project, &["pull", "orders", "--json"]));
    assert_eq!((&pulled[0]["body"], &pulled[0]["attempts"]), (&json!(7), &json!(1)));
    let lease = pulled[0]["lease_id"].as_str().unwrap();
    printed(queues(&project, &["ack", "orders", lease]));
    let info = json(queues(&project, &["info", "orders", "--json"]));
    assert_eq!(
        (&info["consumers"][0]["modified_by"], &info["metrics"]["backlog_count"]),
        (&json!("api"), &json!(0))
    );
    let unknown = refused(queues(&project, &["info", "ordres"]), 1);
    assert_eq!(unknown, "error: queue \"ordres\" does not exist; did you mean \"orders\"?\n");
    session.stop();
    let after = json(queues(&project, &["info", "orders", "--json"]));
    assert_eq!(after["consumers"], info["consumers"]);
}
