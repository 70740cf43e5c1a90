use expect_test::expect;
use serde_json::{Value, json};

use super::{BEGINNING, World, without_ids};
use crate::broker::{ChangeSource, ProducerDeclaration, Topology};

#[tokio::test]
async fn a_new_queue_shows_everything_clients_read() {
    let world = World::new();
    let queue = world.done("POST", "/queues", json!({ "queue_name": "orders" })).await;
    expect![[r#"
        {
          "queue_id": "ID",
          "queue_name": "orders",
          "created_on": "2025-05-01T02:48:57.132000Z",
          "modified_on": "2025-05-01T02:48:57.132000Z",
          "modified_by": "api",
          "producers": [],
          "producers_total_count": 0,
          "consumers": [],
          "consumers_total_count": 0,
          "settings": {
            "delivery_delay": 0,
            "delivery_paused": false,
            "message_retention_period": 345600
          }
        }"#]]
    .assert_eq(&without_ids(&queue));
    let path = format!("/queues/{}", queue["queue_id"].as_str().unwrap());
    assert_eq!(world.done("GET", &path, Value::Null).await, queue);
    let upper = path.to_uppercase().replace("/QUEUES", "/queues");
    assert_eq!(world.done("GET", &upper, Value::Null).await, queue);
}

#[tokio::test]
async fn settings_can_be_given_at_once() {
    let world = World::new();
    let settings = json!({ "delivery_delay": 5.0, "delivery_paused": true, "message_retention_period": 60 });
    let body = json!({ "queue_name": "orders", "settings": settings, "jurisdiction": "eu", "other": [1] });
    let queue = world.done("POST", "/queues", body).await;
    assert_eq!(
        queue["settings"],
        json!({ "delivery_delay": 5, "delivery_paused": true, "message_retention_period": 60 })
    );
}

#[tokio::test]
async fn lists_are_exact_and_paged() {
    let world = World::new();
    for name in ["a", "ab", "b", "c"] {
        world.queue(name).await;
    }
    for (query, names, page, per_page, total) in [
        ("", vec!["a", "ab", "b", "c"], 1, 100, 4),
        ("?page=1&name=a", vec!["a"], 1, 100, 1),
        ("?page=1&name=nothing", vec![], 1, 100, 0),
        ("?name=a&name=c&page=1", vec!["a", "c"], 1, 100, 2),
        ("?page=2&per_page=3", vec!["c"], 2, 3, 4),
        ("?page=3&per_page=3", vec![], 3, 3, 4),
        ("?page=2", vec![], 2, 100, 4),
        ("?per_page=1", vec!["a"], 1, 1, 4),
    ] {
        let answer = world.call("GET", &format!("/queues{query}"), Value::Null).await;
        let queues = answer.body["result"].as_array().unwrap();
        let found: Vec<_> = queues.iter().map(|queue| queue["queue_name"].as_str().unwrap()).collect();
        assert_eq!(found, names, "{query}");
        let pages = total_pages(total, per_page);
        let info = json!({
            "page": page, "per_page": per_page, "count": names.len(), "total_count": total, "total_pages": pages,
        });
        assert_eq!(answer.body["result_info"], info, "{query}");
    }
    for query in ["?page=0", "?page=x", "?per_page=0", "?per_page=1001"] {
        assert_eq!(world.refused("GET", &format!("/queues{query}"), Value::Null).await, (400, 10207));
    }
}

fn total_pages(total: usize, per_page: usize) -> usize {
    total.div_ceil(per_page)
}

#[tokio::test]
async fn a_client_that_names_no_page_gets_all_queues() {
    let world = World::new();
    for number in 0..120 {
        world.queue(&format!("queue-{number}")).await;
    }
    let all = world.done("GET", "/queues", Value::Null).await;
    assert_eq!(all.as_array().unwrap().len(), 120);
}

#[tokio::test]
async fn patch_merges_and_put_overwrites() {
    let world = World::new();
    let queue = world.queue("orders").await;
    let settings = |delay: u64, paused: bool, retention: u64| json!({ "delivery_delay": delay, "delivery_paused": paused, "message_retention_period": retention });
    let change = json!({ "queue_name": "orders", "settings": { "delivery_delay": 7, "message_retention_period": 60 } });
    assert_eq!(world.done("PATCH", &queue, change).await["settings"], settings(7, false, 60));
    world.advance_ms(1_000);
    let paused = json!({ "queue_name": "orders", "settings": { "delivery_paused": true } });
    let changed = world.done("PATCH", &queue, paused).await;
    assert_eq!(changed["settings"], settings(7, true, 60));
    assert_eq!(changed["created_on"], BEGINNING);
    assert_eq!(changed["modified_on"], "2025-05-01T02:48:58.132000Z");
    let change = json!({ "settings": { "delivery_delay": 9 } });
    assert_eq!(world.done("PUT", &queue, change).await["settings"], settings(9, false, 345_600));
    assert_eq!(world.done("PUT", &queue, json!({})).await["settings"], settings(0, false, 345_600));
    let renamed = world.done("PATCH", &queue, json!({ "queue_name": "bills" })).await;
    assert_eq!(renamed["queue_name"], "bills");
}

#[tokio::test]
async fn names_are_checked_and_unique() {
    let world = World::new();
    let queue = world.queue("orders").await;
    world.queue("bills").await;
    let longer = "a".repeat(64);
    for name in ["", "-a", "a-", "A", "a_b", "a b", longer.as_str()] {
        let body = json!({ "queue_name": name });
        assert_eq!(world.refused("POST", "/queues", body.clone()).await, (400, 11003), "{name}");
        assert_eq!(world.refused("PATCH", &queue, body).await, (400, 11003), "{name}");
    }
    let answer = world.call("POST", "/queues", json!({ "queue_name": "No" })).await;
    assert_eq!(answer.message(), "Invalid queue name 'No'. Must match ^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$");
    let answer = world.call("POST", "/queues", json!({ "queue_name": "orders" })).await;
    assert_eq!(answer.refusal(), (400, 11009));
    assert_eq!(
        answer.message(),
        "Queue name 'orders' is already taken. Please use a different name and try again."
    );
    assert_eq!(world.refused("PATCH", &queue, json!({ "queue_name": "bills" })).await, (400, 11009));
    assert_eq!(world.refused("POST", "/queues", json!({})).await, (400, 10207));
}

#[tokio::test]
async fn a_configuration_may_name_queues_as_it_likes() {
    let world = World::new();
    let topology = Topology { queues: vec!["My_Queue".to_owned()], ..Topology::default() };
    world.broker.configure(topology).await.unwrap();
    let listed = world.done("GET", "/queues?page=1&name=My_Queue", Value::Null).await;
    assert_eq!(listed[0]["modified_by"], "config");
    let path = format!("/queues/{}", listed[0]["queue_id"].as_str().unwrap());
    let paused = json!({ "queue_name": "My_Queue", "settings": { "delivery_paused": true } });
    let changed = world.done("PATCH", &path, paused).await;
    assert_eq!(
        (&changed["settings"]["delivery_paused"], &changed["modified_by"]),
        (&json!(true), &json!("api"))
    );
}

#[tokio::test]
async fn settings_out_of_range() {
    let world = World::new();
    let queue = world.queue("orders").await;
    for (settings, code, pointer) in [
        (json!({ "delivery_delay": 86_401 }), 100_128, "/settings/delivery_delay"),
        (json!({ "delivery_delay": -1 }), 100_128, "/settings/delivery_delay"),
        (json!({ "delivery_delay": 1.5 }), 100_128, "/settings/delivery_delay"),
        (json!({ "message_retention_period": 59 }), 100_128, "/settings/message_retention_period"),
        (json!({ "message_retention_period": 1_209_601 }), 100_128, "/settings/message_retention_period"),
        (json!({ "delivery_delay": "5" }), 10207, "/settings/delivery_delay"),
        (json!({ "delivery_paused": 1 }), 10207, "/settings/delivery_paused"),
        (json!([]), 10207, "/settings"),
    ] {
        for (method, path) in [("POST", "/queues"), ("PUT", queue.as_str()), ("PATCH", queue.as_str())] {
            let body = json!({ "queue_name": "other", "settings": settings });
            let answer = world.call(method, path, body).await;
            assert_eq!(answer.refusal(), (400, code), "{method} {settings}");
            assert_eq!(answer.pointer(), pointer, "{method} {settings}");
        }
    }
    assert_eq!(world.done("GET", &queue, Value::Null).await["queue_name"], "orders");
}

#[tokio::test]
async fn deleting() {
    let world = World::new();
    let queue = world.queue("orders").await;
    assert_eq!(world.done("DELETE", &queue, Value::Null).await, Value::Null);
    for method in ["GET", "DELETE"] {
        assert_eq!(world.refused(method, &queue, Value::Null).await, (404, 10104), "{method}");
    }
    assert_eq!(world.done("GET", "/queues", Value::Null).await, json!([]));
}

#[tokio::test]
async fn a_queue_in_use_cannot_be_deleted() {
    let world = World::new();
    let queue = world.queue("orders").await;
    let body = json!({ "type": "http_pull", "dead_letter_queue": "dead" });
    world.done("POST", &format!("{queue}/consumers"), body).await;
    let dead = world.done("GET", "/queues?name=dead", Value::Null).await;
    let dead = format!("/queues/{}", dead[0]["queue_id"].as_str().unwrap());
    let answer = world.call("DELETE", &dead, Value::Null).await;
    assert_eq!(answer.refusal(), (400, 11005));
    assert!(answer.message().contains("serves as dead letter queue for consumers of: orders"), "{answer:?}");
    let producer = ProducerDeclaration { queue: "orders".to_owned(), worker: "shop".to_owned() };
    let topology = Topology { producers: vec![producer], ..Topology::default() };
    world.broker.configure(topology).await.unwrap();
    let shown = world.done("GET", &queue, Value::Null).await;
    assert_eq!(shown["producers"], json!([{ "type": "worker", "script": "shop" }]));
    assert_eq!(shown["producers_total_count"], 1);
    let answer = world.call("DELETE", &queue, Value::Null).await;
    assert_eq!(answer.refusal(), (400, 11005));
    assert!(answer.message().contains("bound to these Workers: shop"), "{answer:?}");
    world.broker.configure(Topology::default()).await.unwrap();
    world.done("DELETE", &queue, Value::Null).await;
    world.done("DELETE", &dead, Value::Null).await;
}

#[tokio::test]
async fn a_name_is_no_id_and_the_error_says_what_is() {
    let world = World::new();
    let queue = world.queue("orders").await;
    world.queue("my-queue").await;
    let id = queue.strip_prefix("/queues/").unwrap();
    let answer = world.call("GET", "/queues/orders", Value::Null).await;
    assert_eq!(answer.refusal(), (404, 10104));
    assert!(answer.message().ends_with(&format!("the queue of that name has the id {id}")), "{answer:?}");
    for malformed in ["my-queue", "a%20b", "a.b", "%E2%82%AC", "%FF"] {
        let refused = world.refused("GET", &format!("/queues/{malformed}"), Value::Null).await;
        assert_eq!(refused, (400, 10107), "{malformed}");
    }
    let unknown = "0".repeat(32);
    assert_eq!(world.refused("GET", &format!("/queues/{unknown}"), Value::Null).await, (404, 10104));
}

#[tokio::test]
async fn the_most_recent_change_is_shown() {
    let world = World::new();
    let queue = world.queue("orders").await;
    let id = queue.strip_prefix("/queues/").unwrap();
    world.broker.pause(id, ChangeSource::Config).await.unwrap();
    assert_eq!(world.done("GET", &queue, Value::Null).await["modified_by"], "config");
    world.done("PATCH", &queue, json!({ "settings": { "delivery_paused": false } })).await;
    assert_eq!(world.done("GET", &queue, Value::Null).await["modified_by"], "api");
}
