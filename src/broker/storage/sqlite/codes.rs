//! Numbers and texts that stand on disk. They are persisted: never change one, only add.

use rusqlite::types::ValueRef;
use serde::{Deserialize, Serialize};

use crate::base::{ContentType, MessageId, Timestamp};
use crate::broker::core::{
    ChangeSource, ConsumerRow, ConsumerSettings, MessageOrigin, MessageRow, ResourceId,
};

pub(super) fn content_type_code(content_type: ContentType) -> u8 {
    match content_type {
        ContentType::Text => 1,
        ContentType::Bytes => 2,
        ContentType::Json => 3,
        ContentType::V8 => 4,
    }
}

pub(super) fn content_type(code: u8) -> Option<ContentType> {
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

/// Length of a packed head in bytes.
const HEAD_BYTES: usize = 37;

/// What never changes of a message: id, timestamp, start of retention, size and content type.
pub(super) fn head(row: &MessageRow) -> [u8; HEAD_BYTES] {
    let mut head = [0; HEAD_BYTES];
    head[..16].copy_from_slice(row.id.as_bytes());
    head[16..24].copy_from_slice(&row.timestamp.as_millis().to_be_bytes());
    head[24..32].copy_from_slice(&row.retained_since.as_millis().to_be_bytes());
    head[32..36].copy_from_slice(&row.size.to_be_bytes());
    head[36] = content_type_code(row.content_type);
    head
}

/// Reads a head into a row; what is unreadable is named.
pub(super) fn read_head(head: &[u8], row: &mut MessageRow) -> Result<(), &'static str> {
    let head: &[u8; HEAD_BYTES] = head.try_into().map_err(|_| "head")?;
    let (id, rest) = head.split_first_chunk::<16>().ok_or("id")?;
    let (timestamp, rest) = rest.split_first_chunk::<8>().ok_or("timestamp")?;
    let (retained_since, rest) = rest.split_first_chunk::<8>().ok_or("retained_since")?;
    let (size, rest) = rest.split_first_chunk::<4>().ok_or("size")?;
    row.id = MessageId::from_bytes(*id);
    row.timestamp = Timestamp::from_millis(u64::from_be_bytes(*timestamp));
    row.retained_since = Timestamp::from_millis(u64::from_be_bytes(*retained_since));
    row.size = u32::from_be_bytes(*size);
    row.content_type = rest.first().copied().and_then(content_type).ok_or("content_type")?;
    Ok(())
}

/// What changes with a message's attempts, in one number: failures, leases, whether it is leased.
pub(super) fn progress(failures: u32, lease: u32, leased: bool) -> i64 {
    (i64::from(failures) & 0xffff) | (i64::from(lease) << 16) | (i64::from(leased) << 48)
}

/// Reads a progress into a row.
pub(super) fn read_progress(progress: u64, row: &mut MessageRow) -> Result<(), &'static str> {
    if progress >> 49 != 0 {
        return Err("progress");
    }
    row.failures = u32::try_from(progress & 0xffff).map_err(|_| "failures")?;
    row.lease = u32::try_from((progress >> 16) & 0xffff_ffff).map_err(|_| "lease")?;
    row.leased = progress >> 48 == 1;
    Ok(())
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::broker::storage::contract::message;

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(id: [u8; 16], times: [u64; 2], size: u32, failures: u16, lease: u32, leased: bool) {
            for content_type in ContentType::ALL {
                let row = MessageRow {
                    id: MessageId::from_bytes(id),
                    timestamp: Timestamp::from_millis(times[0]),
                    retained_since: Timestamp::from_millis(times[1]),
                    size,
                    failures: u32::from(failures),
                    lease,
                    leased,
                    content_type,
                    ..message(1, 1)
                };
                let mut read = message(1, 1);
                prop_assert_eq!(read_head(&head(&row), &mut read), Ok(()));
                let progress = progress(row.failures, lease, leased);
                prop_assert_eq!(read_progress(u64::try_from(progress).unwrap(), &mut read), Ok(()));
                prop_assert_eq!(read, row);
            }
        }
    }

    #[test]
    fn persisted_numbers_stay_what_they_are() {
        assert_eq!(ContentType::ALL.map(content_type_code), [1, 2, 3, 4]);
        let origins = [MessageOrigin::Worker, MessageOrigin::Api, MessageOrigin::Event];
        assert_eq!(origins.map(origin_code), [1, 2, 3]);
        assert_eq!(progress(2, 3, true), (1 << 48) | (3 << 16) | 2);
    }
}
