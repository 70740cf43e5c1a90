//! The shapes of requests and results, for the API's description of itself.

use serde_json::{Map, Value, json};

use super::event_sources::EVENT_SOURCES;
use super::subscriptions::DESTINATION;
use crate::base::limits;

/// Every schema by its name.
pub(super) fn all() -> Map<String, Value> {
    let groups = [envelope(), queues(), consumers(), sending(), pulling(), purging(), subscriptions()];
    groups.into_iter().flatten().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

type Named = (&'static str, Value);

/// An object. A name that ends with `?` may be missing.
fn object(properties: &[(&str, Value)]) -> Value {
    let required: Vec<&str> =
        properties.iter().map(|(name, _)| *name).filter(|name| !name.ends_with('?')).collect();
    let properties: Map<String, Value> = properties
        .iter()
        .map(|(name, schema)| (name.trim_end_matches('?').to_owned(), schema.clone()))
        .collect();
    json!({ "type": "object", "required": required, "properties": properties })
}

fn named(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

fn id() -> Value {
    json!({ "type": "string", "pattern": "^[0-9a-f]{32}$" })
}

fn boolean() -> Value {
    json!({ "type": "boolean" })
}

fn number() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn between(minimum: u64, maximum: u64) -> Value {
    json!({ "type": "integer", "minimum": minimum, "maximum": maximum })
}

fn one_of(words: &[&str]) -> Value {
    json!({ "type": "string", "enum": words })
}

fn list(items: &Value) -> Value {
    json!({ "type": "array", "items": items })
}

fn texts_by_name() -> Value {
    json!({ "type": "object", "additionalProperties": { "type": "string" } })
}

fn delay() -> Value {
    between(0, limits::DELAY_SECONDS_MAX.into())
}

fn batch_size() -> Value {
    between(1, limits::MAX_BATCH_SIZE_MAX.into())
}

fn visibility_timeout() -> Value {
    between(0, limits::VISIBILITY_TIMEOUT_MS_MAX)
}

fn queue_name() -> Value {
    json!({ "type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" })
}

fn envelope() -> Vec<Named> {
    let source = object(&[("pointer", text())]);
    let error = object(&[("code", number()), ("message", text()), ("source?", source)]);
    vec![
        (
            "Error",
            object(&[
                ("success", json!({ "const": false })),
                ("errors", json!({ "type": "array", "minItems": 1, "items": error })),
                ("messages", list(&text())),
                ("result", json!({ "type": "null" })),
            ]),
        ),
        (
            "ResultInfo",
            object(&[
                ("page", number()),
                ("per_page", number()),
                ("count", number()),
                ("total_count", number()),
                ("total_pages", number()),
            ]),
        ),
    ]
}

fn queues() -> Vec<Named> {
    let delivery_delay = ("delivery_delay?", delay());
    let retention = between(limits::RETENTION_SECONDS_MIN, limits::RETENTION_SECONDS_MAX);
    let settings = object(&[
        delivery_delay,
        ("delivery_paused?", boolean()),
        ("message_retention_period?", retention),
    ]);
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

fn sending() -> Vec<Named> {
    let content_type = one_of(&["json", "text"]);
    let batch = json!({
        "type": "array",
        "minItems": 1,
        "maxItems": limits::SEND_BATCH_COUNT_MAX,
        "items": named("Message"),
    });
    vec![
        (
            "Message",
            object(&[("body", json!({})), ("content_type?", content_type), ("delay_seconds?", delay())]),
        ),
        ("MessageBatch", object(&[("messages", batch), ("delay_seconds?", delay())])),
        ("Pushed", object(&[("metadata", named("MetricsMetadata"))])),
        ("MetricsMetadata", object(&[("metrics", named("Metrics"))])),
        (
            "MessageMetadata",
            object(&[
                ("CF-sourceMessageSource", text()),
                ("CF-Content-Type", one_of(&["text", "bytes", "json", "v8"])),
                ("CF-msg-delay-secs?", text()),
            ]),
        ),
    ]
}

fn pulling() -> Vec<Named> {
    let message = |named_by: &'static str| {
        object(&[
            ("body", text()),
            ("id", id()),
            ("timestamp_ms", number()),
            ("attempts", number()),
            ("metadata", named("MessageMetadata")),
            (named_by, text()),
        ])
    };
    let retry = object(&[("lease_id", text()), ("delay_seconds?", delay())]);
    vec![
        (
            "PullRequest",
            object(&[("batch_size?", batch_size()), ("visibility_timeout_ms?", visibility_timeout())]),
        ),
        (
            "Pulled",
            object(&[
                ("message_backlog_count", number()),
                ("metadata", named("MetricsMetadata")),
                ("messages", list(&message("lease_id"))),
            ]),
        ),
        (
            "AcknowledgeRequest",
            object(&[("acks?", list(&object(&[("lease_id", text())]))), ("retries?", list(&retry))]),
        ),
        (
            "Acknowledged",
            object(&[("ackCount", number()), ("retryCount", number()), ("warnings", texts_by_name())]),
        ),
        ("PeekRequest", object(&[("batch_size?", batch_size())])),
        ("Peeked", object(&[("messages", list(&message("ref")))])),
    ]
}

fn purging() -> Vec<Named> {
    let started = object(&[("started_at", time()), ("complete", boolean())]);
    vec![
        ("MessagesPurge", object(&[("refs", list(&object(&[("ref", text())])))])),
        (
            "MessagesPurged",
            object(&[("warnings", texts_by_name()), ("errors", list(&object(&[("message", text())])))]),
        ),
        ("PurgeRequest", object(&[("delete_messages_permanently", json!({ "const": true }))])),
        ("PurgeStarted", json!({ "allOf": [named("Queue"), started] })),
        ("PurgeStatus", object(&[("started_at?", time()), ("completed", one_of(&["true"]))])),
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
