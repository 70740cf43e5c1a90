use expect_test::expect;
use serde_json::{Value, json};

use super::{World, without_ids};
use crate::http::api::event_sources::{EVENT_SOURCES, Events};
use crate::http::api::{Guard, SubscriptionFile};

const SUBSCRIPTIONS: &str = "/event_subscriptions/subscriptions";

fn destination(queue: &str) -> Value {
    json!({ "type": "queues.queue", "queue_id": queue.strip_prefix("/queues/").unwrap() })
}

async fn subscribe(world: &World, queue: &str, name: &str, source: &str, event: &str) -> String {
    let body = json!({
        "name": name, "enabled": name != "off", "source": { "type": source },
        "destination": destination(queue), "events": [event],
    });
    let created = world.done("POST", SUBSCRIPTIONS, body).await;
    format!("{SUBSCRIPTIONS}/{}", created["id"].as_str().unwrap())
}

#[tokio::test]
async fn from_creation_to_deletion() {
    let world = World::new();
    let queue = world.queue("orders").await;
    let body = json!({
        "name": "builds",
        "enabled": true,
        "source": { "type": "workersBuilds.worker", "worker_name": "shop", "other": 1 },
        "destination": destination(&queue),
        "events": ["build.failed", "build.succeeded", "build.failed"],
    });
    let created = world.done("POST", SUBSCRIPTIONS, body).await;
    expect![[r#"
        {
          "id": "ID",
          "created_at": "2025-05-01T02:48:57.132000Z",
          "modified_at": "2025-05-01T02:48:57.132000Z",
          "name": "builds",
          "enabled": true,
          "source": {
            "type": "workersBuilds.worker",
            "worker_name": "shop"
          },
          "destination": {
            "type": "queues.queue",
            "queue_id": "ID"
          },
          "events": [
            "build.failed",
            "build.succeeded"
          ]
        }"#]]
    .assert_eq(&without_ids(&created));
    let path = format!("{SUBSCRIPTIONS}/{}", created["id"].as_str().unwrap());
    assert_eq!(world.done("GET", &path, Value::Null).await, created);
    world.advance_ms(1_000);
    let changed = world.done("PATCH", &path, json!({ "enabled": false })).await;
    assert_eq!((&changed["enabled"], &changed["name"]), (&json!(false), &json!("builds")));
    assert_eq!(changed["modified_at"], "2025-05-01T02:48:58.132000Z");
    assert_eq!(changed["created_at"], created["created_at"]);
    let other = world.queue("other").await;
    let change = json!({ "name": "new", "events": ["build.started"], "destination": destination(&other) });
    let changed = world.done("PATCH", &path, change).await;
    assert_eq!(changed["events"], json!(["build.started"]));
    assert_eq!(changed["destination"], destination(&other));
    assert_eq!(world.done("DELETE", &path, Value::Null).await, changed);
    for method in ["GET", "DELETE"] {
        assert_eq!(world.refused(method, &path, Value::Null).await, (404, 7003));
    }
    assert_eq!(world.refused("PATCH", &path, json!({})).await, (404, 7003));
}

#[tokio::test]
async fn lists_are_filtered_ordered_and_end() {
    let world = World::new();
    let (one, two) = (world.queue("one").await, world.queue("two").await);
    for (queue, name, source, event) in [
        (&one, "b", "r2", "bucket.created"),
        (&two, "off", "kv", "namespace.created"),
        (&one, "a", "vectorize", "index.deleted"),
    ] {
        subscribe(&world, queue, name, source, event).await;
    }
    let id = one.strip_prefix("/queues/").unwrap();
    for (query, names, total) in [
        (String::new(), "b off a", 3),
        ("?direction=desc".to_owned(), "a off b", 3),
        ("?order=name".to_owned(), "a b off", 3),
        ("?order=name&direction=desc".to_owned(), "off b a", 3),
        ("?order=enabled".to_owned(), "off b a", 3),
        ("?order=source".to_owned(), "off b a", 3),
        (format!("?queue_id={id}&page=1&per_page=20"), "b a", 2),
        ("?page=2&per_page=2".to_owned(), "a", 3),
        ("?page=3&per_page=2".to_owned(), "", 3),
        ("?queue_id=none".to_owned(), "", 0),
    ] {
        let answer = world.call("GET", &format!("{SUBSCRIPTIONS}{query}"), Value::Null).await;
        let listed = answer.body["result"].as_array().unwrap();
        let found: Vec<_> = listed.iter().map(|one| one["name"].as_str().unwrap()).collect();
        assert_eq!(found.join(" "), names, "{query}");
        assert_eq!(answer.body["result_info"]["total_count"], total, "{query}");
    }
    for query in ["?order=id", "?direction=up", "?page=0"] {
        let refused = world.refused("GET", &format!("{SUBSCRIPTIONS}{query}"), Value::Null).await;
        assert_eq!(refused, (400, 10207), "{query}");
    }
}

#[tokio::test]
async fn every_source_and_event_is_known() {
    let world = World::new();
    let queue = world.queue("orders").await;
    for source in &EVENT_SOURCES {
        let events = match source.events {
            Events::Documented(events) => events,
            Events::Undocumented => &["anything"],
        };
        let mut body = json!({
            "name": source.kind, "source": { "type": source.kind },
            "destination": destination(&queue), "events": events,
        });
        for field in source.fields {
            let answer = world.call("POST", SUBSCRIPTIONS, body.clone()).await;
            let pointer = format!("/source/{field}");
            assert_eq!((answer.refusal(), answer.pointer()), ((400, 10207), pointer.as_str()));
            body["source"][field] = json!("some");
        }
        let created = world.done("POST", SUBSCRIPTIONS, body.clone()).await;
        assert_eq!((&created["events"], &created["enabled"]), (&json!(events), &json!(true)));
        if let Events::Documented(_) = source.events {
            body["events"] = json!([events[0], "no.such", "neither"]);
            let answer = world.call("POST", SUBSCRIPTIONS, body).await;
            assert_eq!(answer.refusal(), (400, 0));
            assert_eq!(answer.message(), "Unrecognized event types: no.such, neither");
        }
    }
}

#[tokio::test]
async fn what_is_refused() {
    let world = World::new();
    let queue = world.queue("orders").await;
    let path = subscribe(&world, &queue, "a", "r2", "bucket.created").await;
    let whole = json!({
        "name": "n", "source": { "type": "r2" }, "destination": destination(&queue), "events": ["bucket.created"],
    });
    let unknown = json!({ "type": "queues.queue", "queue_id": "0".repeat(32) });
    for (field, value, code, pointer) in [
        ("name", Value::Null, 10207, "/name"),
        ("name", json!(""), 10207, "/name"),
        ("name", json!(5), 10207, "/name"),
        ("enabled", json!("yes"), 10207, "/enabled"),
        ("source", Value::Null, 10207, "/source"),
        ("source", json!("r2"), 10207, "/source"),
        ("source", json!({}), 10207, "/source/type"),
        ("source", json!({ "type": "cron" }), 10207, "/source/type"),
        ("destination", Value::Null, 10207, "/destination"),
        ("destination", json!({ "type": "queues.topic" }), 10207, "/destination/type"),
        ("destination", json!({ "type": "queues.queue" }), 10207, "/destination/queue_id"),
        (
            "destination",
            json!({ "type": "queues.queue", "queue_id": "orders" }),
            10207,
            "/destination/queue_id",
        ),
        ("destination", unknown, 10104, ""),
        ("events", Value::Null, 10207, "/events"),
        ("events", json!([]), 10207, "/events"),
        ("events", json!([1]), 10207, "/events/0"),
        ("events", json!(["bucket.emptied"]), 0, "/events"),
    ] {
        let status = if code == 10104 { 404 } else { 400 };
        let mut body = whole.clone();
        body[field] = value.clone();
        let answer = world.call("POST", SUBSCRIPTIONS, body).await;
        assert_eq!((answer.refusal(), answer.pointer()), ((status, code), pointer), "{field} {value}");
        if field != "source" && !value.is_null() {
            let answer = world.call("PATCH", &path, json!({ field: value })).await;
            assert_eq!((answer.refusal(), answer.pointer()), ((status, code), pointer), "{field} {value}");
        }
    }
    assert_eq!(world.done("GET", SUBSCRIPTIONS, Value::Null).await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_queue_takes_its_subscriptions_along() {
    let world = World::new();
    let (one, two) = (world.queue("one").await, world.queue("two").await);
    subscribe(&world, &one, "a", "r2", "bucket.created").await;
    subscribe(&world, &two, "b", "r2", "bucket.created").await;
    world.done("DELETE", &one, Value::Null).await;
    let left = world.done("GET", SUBSCRIPTIONS, Value::Null).await;
    assert_eq!((left.as_array().unwrap().len(), &left[0]["name"]), (1, &json!("b")));
}

#[tokio::test]
async fn a_queue_stays_where_its_subscriptions_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let store = Box::new(SubscriptionFile::new(folder.path()));
    let world = World::with_store(Guard::default(), |_| {}, store);
    let queue = world.queue("orders").await;
    subscribe(&world, &queue, "a", "r2", "bucket.created").await;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        std::fs::write(entry.unwrap().path(), "no JSON").unwrap();
    }
    assert_eq!(world.refused("DELETE", &queue, Value::Null).await, (500, 15000));
    assert_eq!(world.done("GET", &queue, Value::Null).await["queue_name"], "orders");
}
