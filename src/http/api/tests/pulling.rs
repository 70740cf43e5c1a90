use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use expect_test::expect;
use serde_json::{Value, json};

use super::{BEGINNING_MS, World};
use crate::base::ContentType;
use crate::broker::{MessageOrigin, NewMessage, SendRequest};

async fn push(world: &World, queue: &str, count: usize) {
    let messages: Vec<Value> = (0..count).map(|number| json!({ "body": number })).collect();
    world.done("POST", &format!("{queue}/messages/batch"), json!({ "messages": messages })).await;
}

async fn pull(world: &World, queue: &str, body: Value) -> Vec<Value> {
    let pulled = world.done("POST", &format!("{queue}/messages/pull"), body).await;
    pulled["messages"].as_array().unwrap().clone()
}

async fn backlog(world: &World, queue: &str) -> u64 {
    let metrics = world.done("GET", &format!("{queue}/metrics"), Value::Null).await;
    metrics["backlog_count"].as_u64().unwrap()
}

fn leases(messages: &[Value]) -> Vec<Value> {
    messages.iter().map(|message| json!({ "lease_id": message["lease_id"] })).collect()
}

#[tokio::test]
async fn bodies_and_metadata() {
    let world = World::new();
    let queue = world.pull_queue("orders").await;
    let message = |content_type, body: &'static [u8], delay_seconds| NewMessage {
        content_type,
        body: Bytes::from_static(body),
        delay_seconds,
        held_back_seconds: 0,
    };
    let request = SendRequest {
        queue: "orders".into(),
        messages: vec![
            message(ContentType::Text, "h\u{e9}".as_bytes(), None),
            message(ContentType::Bytes, b"\xff\x00", None),
            message(ContentType::V8, b"\xff\x0f", None),
            message(ContentType::Json, b"{\"a\":1}", Some(3)),
        ],
        batch_delay_seconds: None,
        binding_delay_seconds: None,
        origin: MessageOrigin::Worker,
    };
    world.broker.send_and_wait(request).await.unwrap();
    world.advance_ms(3_000);
    let mut pulled = world.done("POST", &format!("{queue}/messages/pull"), json!({})).await;
    for message in pulled["messages"].as_array_mut().unwrap() {
        assert!(message["lease_id"].as_str().is_some_and(|lease| !lease.is_empty()));
        message["lease_id"] = json!("…");
        message["id"] = json!("…");
    }
    expect![[r#"{"message_backlog_count":4,"metadata":{"metrics":{"backlog_count":4,"backlog_bytes":14,"oldest_message_timestamp_ms":1746067737132}},"messages":[{"body":"hé","id":"…","timestamp_ms":1746067737132,"attempts":1,"metadata":{"CF-sourceMessageSource":"worker","CF-Content-Type":"text"},"lease_id":"…"},{"body":"/wA=","id":"…","timestamp_ms":1746067737132,"attempts":1,"metadata":{"CF-sourceMessageSource":"worker","CF-Content-Type":"bytes"},"lease_id":"…"},{"body":"/w8=","id":"…","timestamp_ms":1746067737132,"attempts":1,"metadata":{"CF-sourceMessageSource":"worker","CF-Content-Type":"v8"},"lease_id":"…"},{"body":"eyJhIjoxfQ==","id":"…","timestamp_ms":1746067737132,"attempts":1,"metadata":{"CF-sourceMessageSource":"worker","CF-Content-Type":"json","CF-msg-delay-secs":"3"},"lease_id":"…"}]}"#]]
    .assert_eq(&pulled.to_string());
    assert_eq!(STANDARD.decode("eyJhIjoxfQ==").unwrap(), b"{\"a\":1}");
}

#[tokio::test]
async fn the_request_the_consumer_and_the_defaults_decide_in_that_order() {
    let world = World::new();
    let queue = world.pull_queue("orders").await;
    push(&world, &queue, 30).await;
    assert_eq!(pull(&world, &queue, Value::Null).await.len(), 5);
    let consumers = format!("{queue}/consumers");
    let consumer = world.done("GET", &consumers, Value::Null).await;
    let path = format!("{consumers}/{}", consumer[0]["consumer_id"].as_str().unwrap());
    let settings = json!({ "batch_size": 7, "visibility_timeout_ms": 1000 });
    world.done("PUT", &path, json!({ "type": "http_pull", "settings": settings })).await;
    assert_eq!(pull(&world, &queue, json!({})).await.len(), 7);
    assert_eq!(pull(&world, &queue, json!({ "batch_size": 2.0, "visibility_timeout": 5 })).await.len(), 2);
    assert_eq!(pull(&world, &queue, json!({ "batch_size": 100 })).await.len(), 16);
    assert!(pull(&world, &queue, json!({ "batch_size": 100 })).await.is_empty());
    world.advance_ms(1_000);
    assert_eq!(pull(&world, &queue, json!({ "batch_size": 100 })).await.len(), 25);
    world.advance_ms(29_000);
    assert_eq!(pull(&world, &queue, json!({ "batch_size": 100 })).await.len(), 30);
    for (body, pointer) in [
        (json!({ "batch_size": 0 }), "/batch_size"),
        (json!({ "batch_size": 101 }), "/batch_size"),
        (json!({ "batch_size": "5" }), "/batch_size"),
        (json!({ "visibility_timeout_ms": 43_200_001 }), "/visibility_timeout_ms"),
        (json!({ "visibility_timeout_ms": true }), "/visibility_timeout_ms"),
    ] {
        let answer = world.call("POST", &format!("{queue}/messages/pull"), body).await;
        assert_eq!((answer.refusal(), answer.pointer()), ((400, 10207), pointer));
    }
}

#[tokio::test]
async fn acknowledging_and_retrying() {
    let world = World::new();
    let queue = world.pull_queue("orders").await;
    push(&world, &queue, 4).await;
    let messages = pull(&world, &queue, json!({})).await;
    let leases = leases(&messages);
    let body = json!({
        "acks": [leases[0], leases[1], { "lease_id": "nonsense" }],
        "retries": [leases[2], { "lease_id": leases[3]["lease_id"], "delay_seconds": 60 }],
    });
    let acknowledged = world.done("POST", &format!("{queue}/messages/ack"), body).await;
    assert_eq!(
        acknowledged,
        json!({ "ackCount": 2, "retryCount": 2, "warnings": { "nonsense": "there is no such lease" } })
    );
    assert_eq!(backlog(&world, &queue).await, 2);
    let again = pull(&world, &queue, json!({})).await;
    assert_eq!(again.len(), 1);
    assert_eq!((&again[0]["id"], &again[0]["attempts"]), (&messages[2]["id"], &json!(2)));
    assert_eq!(again[0]["timestamp_ms"], BEGINNING_MS);
    world.advance_ms(60_000);
    let late = pull(&world, &queue, json!({})).await;
    assert!(late.iter().any(|message| message["id"] == messages[3]["id"]));
}

#[tokio::test]
async fn a_late_acknowledgement_is_accepted() {
    let world = World::new();
    let queue = world.pull_queue("orders").await;
    push(&world, &queue, 1).await;
    let first = pull(&world, &queue, json!({ "visibility_timeout_ms": 1000 })).await;
    world.advance_ms(1_001);
    let second = pull(&world, &queue, json!({})).await;
    assert_eq!(second[0]["attempts"], 2);
    assert_ne!(first[0]["lease_id"], second[0]["lease_id"]);
    let ack = format!("{queue}/messages/ack");
    for messages in [&first, &second] {
        let acknowledged = world.done("POST", &ack, json!({ "acks": leases(messages) })).await;
        assert_eq!((&acknowledged["ackCount"], &acknowledged["warnings"]), (&json!(1), &json!({})));
    }
    assert_eq!(backlog(&world, &queue).await, 0);
}

#[tokio::test]
async fn the_last_attempt_leads_to_the_dead_letter_queue() {
    let world = World::new();
    let queue = world.queue("orders").await;
    let body = json!({ "type": "http_pull", "dead_letter_queue": "dead", "settings": { "max_retries": 1 } });
    world.done("POST", &format!("{queue}/consumers"), body).await;
    push(&world, &queue, 1).await;
    for attempt in 1..=2 {
        let messages = pull(&world, &queue, json!({})).await;
        assert_eq!(messages[0]["attempts"], attempt);
        world.done("POST", &format!("{queue}/messages/ack"), json!({ "retries": leases(&messages) })).await;
    }
    assert_eq!(backlog(&world, &queue).await, 0);
    let dead = world.done("GET", "/queues?name=dead", Value::Null).await;
    let dead = format!("/queues/{}", dead[0]["queue_id"].as_str().unwrap());
    assert_eq!(backlog(&world, &dead).await, 1);
}

#[tokio::test]
async fn many_clients_get_different_messages() {
    let world = World::new();
    let queue = world.pull_queue("orders").await;
    push(&world, &queue, 100).await;
    let world = std::sync::Arc::new(world);
    let clients: Vec<_> = (0..10)
        .map(|_| {
            let (world, queue) = (world.clone(), queue.clone());
            tokio::spawn(async move { pull(&world, &queue, json!({ "batch_size": 10 })).await })
        })
        .collect();
    let mut ids = BTreeSet::new();
    for client in clients {
        for message in client.await.unwrap() {
            assert!(ids.insert(message["id"].to_string()));
        }
    }
    assert_eq!(ids.len(), 100);
}

#[tokio::test]
async fn without_a_pull_consumer_and_while_paused() {
    let world = World::new();
    let queue = world.queue("orders").await;
    let (pull, ack) = (format!("{queue}/messages/pull"), format!("{queue}/messages/ack"));
    for (path, body) in [(&pull, json!({})), (&ack, json!({ "acks": [] }))] {
        let answer = world.call("POST", path, body).await;
        assert_eq!(answer.refusal(), (405, 0));
        assert_eq!(answer.message(), "messages cannot be pulled unless http_pull mode is enabled");
    }
    world.done("POST", &format!("{queue}/consumers"), json!({ "type": "http_pull" })).await;
    push(&world, &queue, 1).await;
    let messages = super::pulling::pull(&world, &queue, json!({})).await;
    world.done("PATCH", &queue, json!({ "settings": { "delivery_paused": true } })).await;
    let answer = world.call("POST", &pull, json!({})).await;
    assert_eq!(answer.refusal(), (409, 10252));
    assert_eq!(answer.message(), "queue_delivery_paused");
    assert_eq!(answer.headers.get("x-should-retry").map(String::as_str), Some("false"));
    push(&world, &queue, 1).await;
    world.done("POST", &ack, json!({ "acks": leases(&messages) })).await;
    world.done("PATCH", &queue, json!({ "settings": { "delivery_paused": false } })).await;
    assert_eq!(super::pulling::pull(&world, &queue, json!({})).await.len(), 1);
}

#[tokio::test]
async fn what_an_acknowledgement_may_not_be() {
    let world = World::new();
    let queue = world.pull_queue("orders").await;
    let ack = format!("{queue}/messages/ack");
    for (body, code, pointer) in [
        (json!([]), 10207, ""),
        (json!({ "acks": {} }), 10207, "/acks"),
        (json!({ "acks": ["lease"] }), 10207, "/acks/0"),
        (json!({ "acks": [{}] }), 10207, "/acks/0/lease_id"),
        (json!({ "acks": [{ "lease_id": 1 }] }), 10207, "/acks/0/lease_id"),
        (
            json!({ "retries": [{ "lease_id": "l", "delay_seconds": 86_401 }] }),
            10203,
            "/retries/0/delay_seconds",
        ),
        (
            json!({ "retries": [{ "lease_id": "l", "delay_seconds": "x" }] }),
            10207,
            "/retries/0/delay_seconds",
        ),
    ] {
        let answer = world.call("POST", &ack, body).await;
        assert_eq!((answer.refusal(), answer.pointer()), ((400, code), pointer));
    }
    assert_eq!(world.refused("POST", &ack, Value::Null).await, (400, 10208));
    let nothing = world.done("POST", &ack, json!({})).await;
    assert_eq!(nothing, json!({ "ackCount": 0, "retryCount": 0, "warnings": {} }));
}
