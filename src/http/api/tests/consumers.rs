use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use expect_test::expect;
use serde_json::{Value, json};

use super::{World, without_ids};
use crate::broker::{Consumer, Delivery, Outcome};

#[tokio::test]
async fn a_worker_is_named_for_wrangler_and_for_the_sdks() {
    let world = World::new();
    let queue = world.queue("orders").await;
    let body = json!({
        "script_name": "shop",
        "environment_name": "",
        "type": "worker",
        "dead_letter_queue": "dead",
        "settings": { "batch_size": 20, "max_wait_time_ms": 2000 },
    });
    let consumer = world.done("POST", &format!("{queue}/consumers"), body).await;
    expect![[r#"
        {
          "consumer_id": "ID",
          "created_on": "2025-05-01T02:48:57.132000Z",
          "modified_on": "2025-05-01T02:48:57.132000Z",
          "modified_by": "api",
          "queue_name": "orders",
          "queue_id": "ID",
          "type": "worker",
          "script": "shop",
          "script_name": "shop",
          "dead_letter_queue": "dead",
          "settings": {
            "batch_size": 20,
            "max_retries": 3,
            "max_wait_time_ms": 2000,
            "max_concurrency": null,
            "retry_delay": 0
          }
        }"#]]
    .assert_eq(&without_ids(&consumer));
    let listed = world.done("GET", "/queues?page=1&name=orders", Value::Null).await;
    assert_eq!(listed[0]["consumers"], json!([consumer]));
    assert_eq!(listed[0]["consumers_total_count"], 1);
    assert_eq!(world.done("GET", "/queues?name=dead", Value::Null).await[0]["queue_name"], "dead");
}

#[tokio::test]
async fn a_worker_that_cannot_consume_is_refused_and_one_that_does_not_run_is_told_of() {
    let world = World::new();
    let queue = world.queue("orders").await;
    let consumers = format!("{queue}/consumers");
    let of = |worker: &str| json!({ "type": "worker", "script_name": worker });
    let refused = world.call("POST", &consumers, of("deaf")).await;
    assert_eq!(refused.refusal(), (400, 11001));
    assert_eq!(world.done("GET", &consumers, Value::Null).await, json!([]));
    let consumer = world.done("POST", &consumers, of("ghost")).await;
    assert_eq!(*world.workers.0.lock().unwrap(), ["orders ghost"]);
    let id = consumer["consumer_id"].as_str().unwrap();
    let refused = world.call("PUT", &format!("{consumers}/{id}"), of("deaf")).await;
    assert_eq!(refused.refusal(), (400, 11001));
    world.done("PUT", &format!("{consumers}/{id}"), of("shop")).await;
    assert_eq!(world.workers.0.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_pull_consumer_has_its_own_settings() {
    let world = World::new();
    let queue = world.queue("orders").await;
    let body = json!({ "type": "http_pull", "dead_letter_queue": "", "settings": {} });
    let consumer = world.done("POST", &format!("{queue}/consumers"), body).await;
    expect![[r#"
        {
          "consumer_id": "ID",
          "created_on": "2025-05-01T02:48:57.132000Z",
          "modified_on": "2025-05-01T02:48:57.132000Z",
          "modified_by": "api",
          "queue_name": "orders",
          "queue_id": "ID",
          "type": "http_pull",
          "settings": {
            "batch_size": 5,
            "max_retries": 3,
            "visibility_timeout_ms": 30000,
            "retry_delay": 0
          }
        }"#]]
    .assert_eq(&without_ids(&consumer));
}

#[tokio::test]
async fn showing_changing_and_detaching() {
    let world = World::new();
    let queue = world.pull_queue("orders").await;
    let consumers = format!("{queue}/consumers");
    let listed = world.call("GET", &consumers, Value::Null).await;
    assert_eq!(listed.body["result_info"]["total_count"], 1);
    let consumer = listed.body["result"][0].clone();
    let path = format!("{consumers}/{}", consumer["consumer_id"].as_str().unwrap());
    assert_eq!(world.done("GET", &path, Value::Null).await, consumer);
    let settings = json!({ "batch_size": 100, "max_retries": 0, "visibility_timeout_ms": 43_200_000, "retry_delay": 86_400 });
    let changed = world.done("PUT", &path, json!({ "type": "http_pull", "settings": settings })).await;
    assert_eq!((&changed["settings"], &changed["consumer_id"]), (&settings, &consumer["consumer_id"]));
    let overwritten = world.done("PUT", &path, json!({ "type": "http_pull" })).await;
    assert_eq!(overwritten["settings"], consumer["settings"]);
    let worker = world.done("PUT", &path, json!({ "type": "worker", "script": "shop" })).await;
    assert_eq!((&worker["type"], &worker["script_name"]), (&json!("worker"), &json!("shop")));
    assert_eq!(world.done("DELETE", &path, Value::Null).await, Value::Null);
    assert_eq!(world.done("GET", &consumers, Value::Null).await, json!([]));
    for method in ["GET", "DELETE"] {
        assert_eq!(world.refused(method, &path, Value::Null).await, (404, 7003), "{method}");
    }
    // The reference says of PUT: creates one if it does not exist.
    world.done("PUT", &path, json!({ "type": "http_pull" })).await;
    assert_eq!(world.refused("PUT", &path, json!({ "type": "http_pull" })).await, (404, 7003));
}

#[tokio::test]
async fn a_queue_has_one_consumer() {
    let world = World::new();
    let queue = world.pull_queue("orders").await;
    let body = json!({ "type": "worker", "script_name": "shop" });
    let answer = world.call("POST", &format!("{queue}/consumers"), body).await;
    assert_eq!(answer.refusal(), (400, 11004));
    assert!(answer.message().starts_with("workers.api.error.consumer_exists"), "{answer:?}");
}

#[tokio::test]
async fn what_is_refused() {
    let world = World::new();
    let queue = world.queue("orders").await;
    let consumers = format!("{queue}/consumers");
    let with = |settings: Value| json!({ "type": "worker", "script_name": "w", "settings": settings });
    let pull = |settings: Value| json!({ "type": "http_pull", "settings": settings });
    for (body, code, pointer) in [
        (json!({}), 10207, "/type"),
        (json!({ "type": "cron" }), 10207, "/type"),
        (json!({ "type": 1 }), 10207, "/type"),
        (json!({ "type": "worker" }), 10207, "/script_name"),
        (json!({ "type": "worker", "script_name": "" }), 10207, "/script_name"),
        (json!({ "type": "worker", "script_name": 5 }), 10207, "/script_name"),
        (with(json!({ "batch_size": 0 })), 100_127, "/settings/batch_size"),
        (with(json!({ "batch_size": 101 })), 100_127, "/settings/batch_size"),
        (with(json!({ "max_retries": 101 })), 100_127, "/settings/max_retries"),
        (with(json!({ "max_wait_time_ms": 60_001 })), 100_127, "/settings/max_wait_time_ms"),
        (with(json!({ "max_concurrency": 251 })), 100_127, "/settings/max_concurrency"),
        (with(json!({ "max_concurrency": 0 })), 100_127, "/settings/max_concurrency"),
        (with(json!({ "retry_delay": 86_401 })), 100_127, "/settings/retry_delay"),
        (with(json!({ "retry_delay": "1" })), 10207, "/settings/retry_delay"),
        (with(json!([])), 10207, "/settings"),
        (pull(json!({ "visibility_timeout_ms": 43_200_001 })), 100_127, "/settings/visibility_timeout_ms"),
        (json!({ "type": "http_pull", "dead_letter_queue": "orders" }), 100_127, "/dead_letter_queue"),
        (json!({ "type": "http_pull", "dead_letter_queue": "No No" }), 11003, "/dead_letter_queue"),
        (json!({ "type": "http_pull", "dead_letter_queue": {} }), 10207, "/dead_letter_queue"),
    ] {
        let answer = world.call("POST", &consumers, body.clone()).await;
        assert_eq!(answer.refusal(), (400, code), "{body}");
        assert_eq!(answer.pointer(), pointer, "{body}");
    }
    assert_eq!(world.done("GET", &consumers, Value::Null).await, json!([]));
    assert_eq!(world.done("GET", "/queues", Value::Null).await.as_array().unwrap().len(), 1);
}

struct Recorder(Sender<(Vec<u32>, Vec<u8>)>);

impl Consumer for Recorder {
    fn deliver(&self, delivery: Delivery) {
        let bodies = delivery.messages.iter().flat_map(|message| message.body.to_vec()).collect();
        let attempts = delivery.messages.iter().map(|message| message.attempts).collect();
        self.0.send((attempts, bodies)).unwrap();
        delivery.finish(Outcome::acknowledged());
    }
}

#[tokio::test]
async fn attaching_and_detaching_a_worker_changes_what_is_delivered() {
    let world = World::new();
    let queue = world.queue("orders").await;
    let (sender, deliveries) = channel();
    world.broker.connect("shop", Arc::new(Recorder(sender)));
    let push = format!("{queue}/messages");
    world.done("POST", &push, json!({ "body": 1 })).await;
    let settings = json!({ "batch_size": 2, "max_wait_time_ms": 1000 });
    let body = json!({ "type": "worker", "script_name": "shop", "settings": settings });
    let consumer = world.done("POST", &format!("{queue}/consumers"), body).await;
    assert!(deliveries.try_recv().is_err());
    world.done("POST", &push, json!({ "body": 2 })).await;
    assert_eq!(deliveries.recv().unwrap(), (vec![1, 1], b"12".to_vec()));
    let path = format!("{queue}/consumers/{}", consumer["consumer_id"].as_str().unwrap());
    world.done("DELETE", &path, Value::Null).await;
    world.done("POST", &push, json!({ "body": 3 })).await;
    world.advance_ms(60_000);
    world.broker.activity().await.unwrap();
    assert!(deliveries.try_recv().is_err());
    let metrics = world.done("GET", &format!("{queue}/metrics"), Value::Null).await;
    assert_eq!(metrics["backlog_count"], 1);
}
