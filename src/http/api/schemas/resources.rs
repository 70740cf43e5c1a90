//! Queues, consumers and event subscriptions.

use serde_json::{Value, json};

use super::visibility_timeout;
use super::{
    Named, batch_size, between, boolean, delay, id, list, named, number, object, one_of, queue_name, text,
    time,
};
use crate::base::limits;
use crate::http::api::event_sources::EVENT_SOURCES;
use crate::http::api::subscriptions::DESTINATION;

/// Every schema about what lasts.
pub(super) fn all() -> impl Iterator<Item = Named> {
    [queues(), consumers(), subscriptions()].into_iter().flatten()
}

fn queues() -> Vec<Named> {
    let delivery_delay = ("delivery_delay?", delay());
    let retention = between(limits::RETENTION_SECONDS_MIN, limits::RETENTION_SECONDS_MAX);
    let settings =
        object(&[delivery_delay, ("delivery_paused?", boolean()), ("message_retention_period?", retention)]);
    let producer = object(&[("type", one_of(&["worker"])), ("script", text())]);
    let queue = object(&[
        ("queue_id", id()),
        ("queue_name", text()),
        ("created_on", time()),
        ("modified_on", time()),
        ("modified_by", one_of(&["config", "api"])),
        ("producers", list(&producer)),
        ("producers_total_count", number()),
        ("consumers", list(&named("Consumer"))),
        ("consumers_total_count", number()),
        ("settings", named("QueueSettings")),
    ]);
    vec![
        ("QueueSettings", settings),
        ("Queue", queue),
        ("QueueCreate", object(&[("queue_name", queue_name()), ("settings?", named("QueueSettings"))])),
        ("QueueChange", object(&[("queue_name?", text()), ("settings?", named("QueueSettings"))])),
        (
            "Metrics",
            object(&[
                ("backlog_count", number()),
                ("backlog_bytes", number()),
                ("oldest_message_timestamp_ms", number()),
            ]),
        ),
    ]
}

fn consumers() -> Vec<Named> {
    let concurrency =
        json!({ "type": ["integer", "null"], "minimum": 1, "maximum": limits::MAX_CONCURRENCY_MAX });
    let settings = object(&[
        ("batch_size?", batch_size()),
        ("max_retries?", between(0, limits::MAX_RETRIES_MAX.into())),
        ("max_wait_time_ms?", between(0, limits::MAX_BATCH_TIMEOUT_MS_MAX)),
        ("max_concurrency?", concurrency),
        ("visibility_timeout_ms?", visibility_timeout()),
        ("retry_delay?", delay()),
    ]);
    let kind = one_of(&["worker", "http_pull"]);
    vec![
        ("ConsumerSettings", settings),
        (
            "Consumer",
            object(&[
                ("consumer_id", id()),
                ("created_on", time()),
                ("modified_on", time()),
                ("modified_by", one_of(&["config", "api"])),
                ("queue_name", text()),
                ("queue_id", id()),
                ("type", kind.clone()),
                ("script?", text()),
                ("script_name?", text()),
                ("dead_letter_queue?", text()),
                ("settings", named("ConsumerSettings")),
            ]),
        ),
        (
            "ConsumerRequest",
            object(&[
                ("type", kind),
                ("script_name?", text()),
                ("dead_letter_queue?", text()),
                ("settings?", named("ConsumerSettings")),
            ]),
        ),
    ]
}

fn subscriptions() -> Vec<Named> {
    let sources: Vec<Value> = EVENT_SOURCES
        .iter()
        .map(|source| {
            let kind = ("type", json!({ "const": source.kind }));
            let fields = source.fields.iter().map(|field| (*field, text()));
            object(&std::iter::once(kind).chain(fields).collect::<Vec<_>>())
        })
        .collect();
    let destination = object(&[("type", json!({ "const": DESTINATION })), ("queue_id", id())]);
    let name = json!({ "type": "string", "minLength": 1 });
    let events = json!({ "type": "array", "minItems": 1, "items": text() });
    vec![
        ("EventSource", json!({ "oneOf": sources })),
        ("EventDestination", destination),
        (
            "Subscription",
            object(&[
                ("id", id()),
                ("created_at", time()),
                ("modified_at", time()),
                ("name", name.clone()),
                ("enabled", boolean()),
                ("source", named("EventSource")),
                ("destination", named("EventDestination")),
                ("events", events.clone()),
            ]),
        ),
        (
            "SubscriptionCreate",
            object(&[
                ("name", name.clone()),
                ("enabled?", boolean()),
                ("source", named("EventSource")),
                ("destination", named("EventDestination")),
                ("events", events.clone()),
            ]),
        ),
        (
            "SubscriptionChange",
            object(&[
                ("name?", name),
                ("enabled?", boolean()),
                ("destination?", named("EventDestination")),
                ("events?", events),
            ]),
        ),
    ]
}
