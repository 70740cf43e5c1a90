//! Dead letters that a real session made go back to their queue.

use serde_json::json;

use crate::support::session::Session;
use crate::{json, printed, project, queues, refused};

#[test]
fn dead_letters_go_back_to_where_they_come_from() {
    let project = project();
    printed(queues(&project, &["create", "orders"]));
    for order in ["1", "2", "3"] {
        printed(queues(&project, &["send", "orders", order]));
    }
    let config = project.path().join("my shop/wrangler.jsonc");
    let session = Session::start(&project, &["-c", config.to_str().unwrap()]);
    for _ in 0..3 {
        session.errors().wait_for("Moving message …");
    }
    session.stop();
    printed(queues(&project, &["send", "dead", "4"]));
    let letters = json(queues(&project, &["peek", "dead", "--json"]));
    assert_eq!((&letters[0]["dead_letter_of"], &letters[0]["body"]), (&json!("orders"), &json!(1)));
    let first = json(queues(&project, &["redrive", "dead", "--limit", "1", "--json"]));
    let expected =
        json!({ "queue_name": "dead", "moved": { "orders": 1 }, "without_origin": 0, "leased": 0 });
    assert_eq!(first, expected);
    let rest = queues(&project, &["redrive", "dead"]);
    assert_eq!(rest.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&rest.stdout), "Moved 2 messages of queue dead to queue orders.\n");
    assert_eq!(
        String::from_utf8_lossy(&rest.stderr),
        "error: in queue dead stay 1 message of which it is not known where from; name a queue with --to\n"
    );
    let moved = printed(queues(&project, &["redrive", "dead", "--to", "orders"]));
    assert_eq!(moved, "Moved 1 message of queue dead to queue orders.\n");
    assert_eq!(printed(queues(&project, &["redrive", "dead"])), "Moved no messages of queue dead.\n");
    let back = json(queues(&project, &["peek", "orders", "--json"]));
    let back = back.as_array().unwrap();
    let seen: Vec<_> = back.iter().map(|message| (&message["body"], &message["attempts"])).collect();
    assert_eq!(seen, [1, 2, 3, 4].map(|order| (json!(order), json!(0))).each_ref().map(|(a, b)| (a, b)));
    assert_eq!(back[0]["id"], letters[0]["id"]);
    let same = refused(queues(&project, &["redrive", "dead", "--to", "dead"]), 1);
    assert_eq!(same, "error: the messages are in queue \"dead\" already\n");
    let configured = json(queues(&project, &["info", "orders", "--json"]));
    assert_eq!(configured["consumers"][0]["modified_by"], "config");
}
