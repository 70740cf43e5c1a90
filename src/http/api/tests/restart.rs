use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{BEGINNING_MS, HandClock, Workers, World};
use crate::broker::storage::SqliteStorage;
use crate::broker::{Broker, BrokerOptions};
use crate::http::api::{Api, ApiOptions, Guard, Observability, SubscriptionFile, Subscriptions};

/// A session on a state directory.
fn session(directory: &Path) -> World {
    let clock = Arc::new(HandClock(AtomicU64::new(BEGINNING_MS)));
    let storage = SqliteStorage::open(directory).unwrap();
    let broker = Broker::start(BrokerOptions::new(Box::new(storage), clock.clone())).unwrap();
    let subscriptions = Subscriptions::open(Box::new(SubscriptionFile::new(directory))).unwrap();
    let workers = Arc::new(Workers::default());
    let api = Api::new(ApiOptions {
        workers: workers.clone(),
        broker: broker.clone(),
        producer: Arc::new(broker.clone()),
        guard: Guard::default(),
        clock: clock.clone(),
        subscriptions: Arc::new(subscriptions),
        observability: Arc::new(Observability::new()),
        further_paths: Map::new(),
    });
    World { api, broker, clock, workers }
}

#[tokio::test]
async fn settings_leases_and_subscriptions_survive_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let world = session(directory.path());
    let queue = world.pull_queue("orders").await;
    world.done("PATCH", &queue, json!({ "settings": { "delivery_delay": 7 } })).await;
    let body = json!({
        "name": "buckets", "source": { "type": "r2" }, "events": ["bucket.created"],
        "destination": { "type": "queues.queue", "queue_id": queue.strip_prefix("/queues/").unwrap() },
    });
    let subscription = world.done("POST", "/event_subscriptions/subscriptions", body).await;
    world.done("POST", &format!("{queue}/messages"), json!({ "body": 1, "delay_seconds": 0 })).await;
    let pull = format!("{queue}/messages/pull");
    let pulled = world.done("POST", &pull, json!({})).await;
    let shown = world.done("GET", &queue, Value::Null).await;
    world.broker.shutdown(Duration::ZERO).await;

    let world = session(directory.path());
    assert_eq!(world.done("GET", &queue, Value::Null).await, shown);
    assert_eq!(
        world.done("GET", "/event_subscriptions/subscriptions", Value::Null).await,
        json!([subscription])
    );
    assert_eq!(world.done("POST", &pull, json!({})).await["messages"], json!([]), "it is leased still");
    let acks = json!({ "acks": [{ "lease_id": pulled["messages"][0]["lease_id"] }] });
    assert_eq!(world.done("POST", &format!("{queue}/messages/ack"), acks).await["ackCount"], 1);
    let metrics = world.done("GET", &format!("{queue}/metrics"), Value::Null).await;
    assert_eq!(metrics["backlog_count"], 0);
    world.broker.shutdown(Duration::ZERO).await;
}
