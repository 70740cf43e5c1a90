//! Sending, pulling, peeking and purging messages.

use serde_json::json;

use super::visibility_timeout;
use super::{
    Named, batch_size, boolean, delay, id, list, named, number, object, one_of, text, texts_by_name, time,
};
use crate::base::limits;

/// Every schema about messages.
pub(super) fn all() -> impl Iterator<Item = Named> {
    [sending(), pulling(), purging()].into_iter().flatten()
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
