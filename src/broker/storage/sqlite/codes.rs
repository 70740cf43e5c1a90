//! Numbers and texts that stand on disk. They are persisted: never change one, only add.

use rusqlite::types::ValueRef;
use serde::{Deserialize, Serialize};

use crate::base::{ContentType, Timestamp};
use crate::broker::core::{ChangeSource, ConsumerRow, ConsumerSettings, MessageOrigin, ResourceId};

pub(super) fn content_type_code(content_type: ContentType) -> i64 {
    match content_type {
        ContentType::Text => 1,
        ContentType::Bytes => 2,
        ContentType::Json => 3,
        ContentType::V8 => 4,
    }
}

pub(super) fn content_type(code: u64) -> Option<ContentType> {
    match code {
        1 => Some(ContentType::Text),
        2 => Some(ContentType::Bytes),
        3 => Some(ContentType::Json),
        4 => Some(ContentType::V8),
        _ => None,
    }
}

pub(super) fn origin_code(origin: MessageOrigin) -> i64 {
    match origin {
        MessageOrigin::Worker => 1,
        MessageOrigin::Api => 2,
        MessageOrigin::Event => 3,
    }
}

pub(super) fn origin(code: u64) -> Option<MessageOrigin> {
    match code {
        1 => Some(MessageOrigin::Worker),
        2 => Some(MessageOrigin::Api),
        3 => Some(MessageOrigin::Event),
        _ => None,
    }
}

/// SQLite's integers are signed; ours never reach the sign.
pub(super) fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(super) fn unsigned(value: ValueRef<'_>) -> Option<u64> {
    value.as_i64().ok().and_then(|value| u64::try_from(value).ok())
}

pub(super) fn unsigned_32(value: ValueRef<'_>) -> Option<u32> {
    unsigned(value).and_then(|value| u32::try_from(value).ok())
}

pub(super) fn sixteen_bytes(value: ValueRef<'_>) -> Option<[u8; 16]> {
    value.as_blob().ok().and_then(|bytes| bytes.try_into().ok())
}

pub(super) fn source(text: &str) -> Option<ChangeSource> {
    [ChangeSource::Config, ChangeSource::Api].into_iter().find(|source| source.name() == text)
}

/// A consumer as JSON text.
#[derive(Serialize, Deserialize)]
struct StoredConsumer {
    id: String,
    settings: ConsumerSettings,
    created_at: u64,
    modified_at: u64,
    source: ChangeSource,
}

pub(super) fn consumer_text(consumer: &ConsumerRow) -> Option<String> {
    let stored = StoredConsumer {
        id: consumer.id.to_string(),
        settings: consumer.settings.clone(),
        created_at: consumer.created_at.as_millis(),
        modified_at: consumer.modified_at.as_millis(),
        source: consumer.source,
    };
    serde_json::to_string(&stored).ok()
}

pub(super) fn consumer(text: &str) -> Option<ConsumerRow> {
    let stored: StoredConsumer = serde_json::from_str(text).ok()?;
    Some(ConsumerRow {
        id: stored.id.parse::<ResourceId>().ok()?,
        settings: stored.settings,
        created_at: Timestamp::from_millis(stored.created_at),
        modified_at: Timestamp::from_millis(stored.modified_at),
        source: stored.source,
    })
}

pub(super) fn settings_text(settings: &ConsumerSettings) -> Option<String> {
    serde_json::to_string(settings).ok()
}

pub(super) fn settings(text: &str) -> Option<ConsumerSettings> {
    serde_json::from_str(text).ok()
}
