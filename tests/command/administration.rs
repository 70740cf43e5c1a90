//! Listing, creating, showing, changing, pausing, purging and deleting queues, and their consumers.

use crate::support::lines::matches;
use crate::support::session::Session;
use crate::{json, printed, project, queues, refused};

/// Whether each line is as expected; `…` stands for any text.
#[track_caller]
fn assert_lines(printed: &str, expected: &str) {
    let pairs = printed.lines().zip(expected.lines());
    let agree = printed.lines().count() == expected.lines().count()
        && pairs.clone().all(|(line, pattern)| matches(pattern, line));
    assert!(agree, "it prints\n{printed}\nnot\n{expected}");
}

#[test]
fn a_queue_from_its_creation_to_its_end() {
    let project = project();
    assert_eq!(printed(queues(&project, &["create", "mail"])), "Created queue mail.\n");
    let again = refused(queues(&project, &["create", "mail"]), 1);
    assert_eq!(
        again,
        "error: Queue name 'mail' is already taken. Please use a different name and try again.\n"
    );
    let update = ["update", "mail", "--delivery-delay-secs", "9", "--message-retention-period-secs", "60"];
    assert_eq!(printed(queues(&project, &update)), "Updated queue mail.\n");
    assert_eq!(
        printed(queues(&project, &["pause-delivery", "mail"])),
        "Paused message delivery for queue mail.\n"
    );
    assert_lines(
        &printed(queues(&project, &["info", "mail"])),
        "Queue Name: mail
Queue ID: …
Created On: …Z
Last Modified: …Z by the API or the command line
Delivery: paused
Delivery Delay: 9 seconds
Message Retention Period: 60 seconds
Number of Producers: 0
Number of Consumers: 0
Backlog: 0 messages",
    );
    assert_eq!(
        printed(queues(&project, &["resume-delivery", "mail"])),
        "Resumed message delivery for queue mail.\n"
    );
    let info = json(queues(&project, &["info", "mail", "--json"]));
    assert_eq!(info["modified_by"], "api");
    assert_eq!(info["settings"]["delivery_paused"], false);
    assert_eq!(info["settings"]["delivery_delay"], 9);
    assert_eq!(info["metrics"]["backlog_count"], 0);
    assert_eq!(printed(queues(&project, &["delete", "mail"])), "Deleted queue mail.\n");
    assert_eq!(json(queues(&project, &["list", "--json"])), serde_json::json!([]));
}

#[test]
fn queues_are_listed_in_a_table() {
    let project = project();
    printed(queues(&project, &["create", "orders"]));
    printed(queues(&project, &["send", "orders", "1"]));
    assert_lines(
        &printed(queues(&project, &["list"])),
        "┌…┬────────┬…┐
│ id … │ name   │ created_on … │ modified_on … │ producers │ consumers │ messages │
├…┼────────┼…┤
│ … │ orders │ …Z │ …Z │ 1         │ 0         │ 1        │
└…┴────────┴…┘",
    );
    let list = json(queues(&project, &["list", "--json"]));
    assert_eq!(list[0]["queue_name"], "orders");
    assert_eq!(list[0]["producers"][0]["script"], "shop");
    assert_eq!(list[0]["metrics"]["backlog_count"], 1);
}

#[test]
fn mistakes_are_told_with_a_remedy() {
    let project = project();
    let none = refused(queues(&project, &["info", "orders"]), 1);
    assert!(none.starts_with("error: queue \"orders\" does not exist; there is no state in "), "{none}");
    assert!(none.contains("my shop/.wrangler/state yet: `qemu-dev dev` creates"), "{none}");
    printed(queues(&project, &["create", "orders"]));
    let near = refused(queues(&project, &["info", "ordres"]), 1);
    assert_eq!(near, "error: queue \"ordres\" does not exist; did you mean \"orders\"?\n");
    let far = refused(queues(&project, &["purge", "--force", "mail"]), 1);
    assert!(far.starts_with("error: queue \"mail\" does not exist; `qemu-dev queues list` shows"), "{far}");
    let name = refused(queues(&project, &["create", "Orders!"]), 1);
    assert!(name.starts_with("error: \"Orders!\" cannot be the name of a queue: use 1 to 63 "), "{name}");
    let bound = refused(queues(&project, &["delete", "orders"]), 1);
    assert!(bound.starts_with("error: queue \"orders\" is bound to these Workers: shop; "), "{bound}");
    let range = refused(queues(&project, &["update", "orders", "--delivery-delay-secs", "86401"]), 2);
    assert!(range.contains("86401 is not in 0..=86400"), "{range}");
}

#[test]
fn looking_makes_no_state_and_says_that_there_is_none() {
    let project = project();
    let state = project.path().join("my shop/.wrangler");
    let list = printed(queues(&project, &["list"]));
    assert!(list.starts_with("No queues: there is no state in ") && list.lines().count() == 1, "{list}");
    assert_eq!(json(queues(&project, &["list", "--json"])), serde_json::json!([]));
    for command in ["info", "peek", "export", "purge --force", "pull", "redrive", "delete"] {
        let mut arguments: Vec<&str> = command.split(' ').collect();
        arguments.push("orders");
        let said = refused(queues(&project, &arguments), 1);
        assert!(
            said.starts_with("error: queue \"orders\" does not exist; there is no state in "),
            "{command}: {said}"
        );
    }
    assert!(refused(queues(&project, &["send", "mail", "1"]), 1).contains("there is no state in "));
    assert!(!state.exists());
}

#[test]
fn a_queue_of_the_configuration_need_not_be_created() {
    for command in [
        &["send", "orders", "1"][..],
        &["update", "dead", "--delivery-delay-secs", "1"],
        &["pause-delivery", "orders"],
        &["consumer", "http", "add", "dead"],
    ] {
        let project = project();
        printed(queues(&project, command));
        let list = json(queues(&project, &["list", "--json"]));
        let names: Vec<_> = list.as_array().unwrap().iter().map(|queue| &queue["queue_name"]).collect();
        assert_eq!(names, [if command.contains(&"orders") { "orders" } else { "dead" }], "{command:?}");
    }
}

#[test]
fn a_queue_takes_the_event_subscriptions_along_that_lead_to_it() {
    let project = project();
    let config = project.path().join("my shop/wrangler.jsonc");
    let session = Session::start(&project, &["-c", config.to_str().unwrap()]);
    printed(queues(&project, &["create", "mail"]));
    let id = json(queues(&project, &["info", "mail", "--json"]))["queue_id"].as_str().unwrap().to_owned();
    let subscriptions = "/cdn-cgi/api/client/v4/accounts/any/event_subscriptions/subscriptions";
    let body = serde_json::json!({
        "name": "buckets",
        "source": { "type": "r2" },
        "destination": { "type": "queues.queue", "queue_id": id },
        "events": ["bucket.created"],
    });
    let made = session.connect().request("POST", subscriptions, &[], Some(&body.to_string())).unwrap();
    assert_eq!(made.head.status(), 200, "{made:?}");
    assert!(session.text(subscriptions).contains("buckets"));
    printed(queues(&project, &["delete", "mail"]));
    assert!(!session.text(subscriptions).contains("buckets"));
    session.stop();
}

#[test]
fn a_purge_asks_or_is_forced() {
    let project = project();
    printed(queues(&project, &["create", "orders"]));
    printed(queues(&project, &["send", "orders", "1"]));
    let nobody = refused(queues(&project, &["purge", "orders"]), 1);
    assert_eq!(nobody, "error: nobody can be asked whether all messages are to be deleted: use --force\n");
    assert_eq!(
        printed(queues(&project, &["purge", "orders", "--force"])),
        "Purged queue orders of 1 message.\n"
    );
    let purged = json(queues(&project, &["purge", "orders", "--force", "--json"]));
    assert_eq!(purged["purged"], 0);
}

#[test]
fn consumers_come_and_go() {
    let project = project();
    printed(queues(&project, &["create", "orders"]));
    let add = ["consumer", "add", "orders", "shop", "--batch-size", "7", "--dead-letter-queue", "dead"];
    assert_eq!(printed(queues(&project, &add)), "Added consumer to queue orders.\n");
    let info = printed(queues(&project, &["info", "orders"]));
    assert!(
        info.contains(
            "Consumers: worker:shop\nConsumer Settings: batch size 7, batch timeout 5 seconds, retries 3, \
             retry delay 0 seconds, concurrency auto\n"
        ),
        "{info}"
    );
    assert!(info.contains("Dead Letter Queue: dead\n"), "{info}");
    let second = refused(queues(&project, &["consumer", "http", "add", "orders"]), 1);
    assert!(second.contains("Multiple consumers defined for queue \"orders\""), "{second}");
    let other = refused(queues(&project, &["consumer", "remove", "orders", "mailer"]), 1);
    assert_eq!(other, "error: worker \"mailer\" does not consume queue \"orders\": its consumer is shop\n");
    let remove = ["consumer", "worker", "remove", "orders", "shop"];
    assert_eq!(printed(queues(&project, &remove)), "Removed consumer from queue orders.\n");
    let none = refused(queues(&project, &["consumer", "http", "remove", "orders"]), 1);
    assert_eq!(none, "error: an HTTP pull consumer does not consume queue \"orders\": it has none\n");
    printed(queues(&project, &["consumer", "http", "add", "orders", "--visibility-timeout-secs", "60"]));
    let list = json(queues(&project, &["consumer", "list", "orders", "--json"]));
    assert_eq!(list[0]["type"], "http_pull");
    assert_eq!(list[0]["settings"]["visibility_timeout_ms"], 60_000);
    let workers = printed(queues(&project, &["consumer", "worker", "list", "orders"]));
    assert_eq!(workers, "No worker consumers found for queue \"orders\".\n");
}
