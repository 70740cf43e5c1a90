//! Whatever is sent, the answer is an envelope. Every answer is held against the description.

use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use super::World;
use crate::http::api::paths::ROUTES;

fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

/// Values of every type, and the numbers around every limit.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        prop::sample::select(vec![0, 1, 60, 100, 101, 86_400, 86_401, 43_200_000]).prop_map(Value::from),
        prop::sample::select(vec![
            "worker",
            "http_pull",
            "json",
            "text",
            "r2",
            "queues.queue",
            "orders",
            "bucket.created",
            ""
        ])
        .prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from), any_object(inner),]
    })
}

/// Objects with the fields that operations read.
fn any_object(values: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Value> {
    let names = vec![
        "queue_name",
        "settings",
        "delivery_delay",
        "delivery_paused",
        "message_retention_period",
        "body",
        "content_type",
        "delay_seconds",
        "messages",
        "acks",
        "retries",
        "lease_id",
        "refs",
        "ref",
        "type",
        "script_name",
        "dead_letter_queue",
        "batch_size",
        "max_retries",
        "visibility_timeout_ms",
        "max_concurrency",
        "delete_messages_permanently",
        "name",
        "enabled",
        "source",
        "destination",
        "events",
    ];
    prop::collection::vec((prop::sample::select(names), values), 0..6).prop_map(|fields| {
        Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn requests_of_every_shape(requests in prop::collection::vec((0..ROUTES.len(), any_object(any_value())), 1..40)) {
        runtime().block_on(async {
            let world = World::new();
            world.pull_queue("orders").await;
            for (route, body) in requests {
                let route = ROUTES[route];
                let queues = world.done("GET", "/queues", Value::Null).await;
                let id = queues[0]["queue_id"].as_str().unwrap_or("00000000000000000000000000000000").to_owned();
                let consumer = queues[0]["consumers"][0]["consumer_id"].as_str().unwrap_or("none").to_owned();
                let path = route.template.replace("{queue_id}", &id).replace("{consumer_id}", &consumer);
                let path = path.replace("{subscription_id}", "none");
                world.call(route.method, path.strip_prefix("/accounts/{account_id}").unwrap(), body).await;
                world.advance_ms(10_000);
            }
        });
    }

    #[test]
    fn texts_that_are_hardly_json(texts in prop::collection::vec("[\\[\\]{}\",:0-9a-e \\\\\u{1}\u{e9}]{0,40}", 1..20)) {
        runtime().block_on(async {
            let world = World::new();
            let queue = world.pull_queue("orders").await;
            for text in texts {
                for path in ["/queues", &format!("{queue}/messages"), &format!("{queue}/messages/batch"), &format!("{queue}/messages/ack")] {
                    world.call_text("POST", path, &text).await;
                    world.call_text("POST", path, &format!("{{\"body\":{text}}}")).await;
                }
            }
        });
    }

    #[test]
    fn paths_of_every_shape(path in "/[a-z0-9/%?&=.+{}\u{e9}-]{0,40}", method in "[A-Z]{1,8}") {
        runtime().block_on(async {
            let answer = World::new().call_text(&method, &path, "{}").await;
            assert!(answer.body["success"].is_boolean());
        });
    }
}
