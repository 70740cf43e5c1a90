//! A message as it is shown and exported.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Serialize;
use serde::ser::Serializer;
use serde_json::value::RawValue;

use crate::base::{ContentType, MessageId, Timestamp};
use crate::broker::{MessageOrigin, MessageState, PeekedMessage, PulledMessage};

/// Most characters of a body in a table.
const PREVIEW_CHARACTERS: usize = 60;

/// A message as JSON. The body is `body` where JSON can hold it to the byte (a JSON value, a text), else
/// `body_base64`.
#[derive(Debug, Serialize)]
pub struct MessageView<'a> {
    id: String,
    timestamp_ms: u64,
    attempts: u32,
    content_type: &'static str,
    source: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_seconds: Option<u32>,
    /// When a message that is delayed will be ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    ready_at_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_letter_of: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lease_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<JsonBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
}

impl<'a> MessageView<'a> {
    /// A message in its queue, with where it is there.
    pub fn peeked(message: &'a PeekedMessage) -> Self {
        Self { state: Some(state_name(message.state)), ..Self::exported(message, message.attempts) }
    }

    /// A message as another queue is to take it in: a delivery that runs has not happened.
    pub fn to_export(message: &'a PeekedMessage) -> Self {
        let running = u32::from(message.state == MessageState::Leased);
        Self::exported(message, message.attempts.saturating_sub(running))
    }

    fn exported(message: &'a PeekedMessage, attempts: u32) -> Self {
        let PeekedMessage { id, timestamp, content_type, body, origin, delay_seconds, .. } = message;
        let delayed = message.state == MessageState::Delayed;
        Self {
            attempts,
            ready_at_ms: delayed.then(|| message.due.as_millis()),
            dead_letter_of: message.dead_letter_of.as_deref(),
            ..Self::new(*id, *timestamp, (*content_type, body), *origin, *delay_seconds)
        }
    }

    /// A message that was leased.
    pub fn pulled(message: &'a PulledMessage) -> Self {
        let PulledMessage { id, timestamp, content_type, body, origin, delay_seconds, .. } = message;
        Self {
            attempts: message.attempts,
            lease_id: Some(&message.lease),
            ..Self::new(*id, *timestamp, (*content_type, body), *origin, *delay_seconds)
        }
    }

    fn new(
        id: MessageId,
        timestamp: Timestamp,
        (content_type, body): (ContentType, &'a Bytes),
        origin: MessageOrigin,
        delay_seconds: Option<u32>,
    ) -> Self {
        let shown = JsonBody::of(content_type, body);
        Self {
            id: id.to_string(),
            timestamp_ms: timestamp.as_millis(),
            attempts: 0,
            content_type: content_type.name(),
            source: origin.name(),
            delay_seconds,
            ready_at_ms: None,
            dead_letter_of: None,
            state: None,
            lease_id: None,
            body_base64: shown.is_none().then(|| STANDARD.encode(body)),
            body: shown,
        }
    }
}

/// A body that JSON can hold to the byte.
#[derive(Debug)]
enum JsonBody<'a> {
    Value(&'a RawValue),
    Text(&'a str),
}

impl<'a> JsonBody<'a> {
    fn of(content_type: ContentType, body: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(body).ok()?;
        match content_type {
            ContentType::Text => Some(Self::Text(text)),
            ContentType::Json => {
                let value: &RawValue = serde_json::from_str(text).ok()?;
                // Blanks around a value get lost, and a line's end would end the line of an export.
                let exact = value.get().len() == text.len() && !text.contains(['\n', '\r']);
                exact.then_some(Self::Value(value))
            }
            ContentType::Bytes | ContentType::V8 => None,
        }
    }
}

impl Serialize for JsonBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(value) => value.serialize(serializer),
            Self::Text(text) => text.serialize(serializer),
        }
    }
}

/// How people are told where a message is.
pub fn state_name(state: MessageState) -> &'static str {
    match state {
        MessageState::Ready => "ready",
        MessageState::Delayed => "delayed",
        MessageState::Leased => "leased",
    }
}

/// The beginning of a body, in one line without control characters.
pub fn preview(content_type: ContentType, body: &[u8]) -> String {
    let text = match (content_type, std::str::from_utf8(body)) {
        (ContentType::Json | ContentType::Text, Ok(text)) => text.to_owned(),
        _ => format!("{} bytes: {}", body.len(), STANDARD.encode(&body[..body.len().min(48)])),
    };
    let harmless = |letter: char| if letter.is_control() { ' ' } else { letter };
    let mut shown: String = text.chars().take(PREVIEW_CHARACTERS + 1).map(harmless).collect();
    if shown.chars().count() > PREVIEW_CHARACTERS {
        shown.pop();
        shown.push('…');
    }
    shown
}

/// `1 message`, `2 messages`.
pub fn counted(count: u64) -> String {
    if count == 1 { "1 message".to_owned() } else { format!("{count} messages") }
}

/// What had been done before something went wrong.
pub fn done_before(count: u64, done: &str) -> String {
    format!("{} before it {} {done}", counted(count), if count == 1 { "was" } else { "were" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(content_type: ContentType, body: &'static [u8]) -> String {
        let body = Bytes::from_static(body);
        let (id, timestamp) = (MessageId::from_bytes([1; 16]), Timestamp::from_millis(7));
        let view = MessageView::new(id, timestamp, (content_type, &body), MessageOrigin::Api, None);
        let text = serde_json::to_string(&view).unwrap();
        text.split_once("\"source\":\"api\",").unwrap().1.trim_end_matches('}').to_owned()
    }

    #[test]
    fn bodies_are_shown_to_the_byte() {
        assert_eq!(shown(ContentType::Json, b"[1.50, 1e2]"), "\"body\":[1.50, 1e2]");
        assert_eq!(shown(ContentType::Text, b"a\n\"b\""), "\"body\":\"a\\n\\\"b\\\"\"");
        assert_eq!(shown(ContentType::Json, b"[1,\n2]"), "\"body_base64\":\"WzEsCjJd\"");
        assert_eq!(shown(ContentType::Json, b" 1"), "\"body_base64\":\"IDE=\"");
        assert_eq!(shown(ContentType::Json, b"{"), "\"body_base64\":\"ew==\"");
        assert_eq!(shown(ContentType::Text, b"\xff"), "\"body_base64\":\"/w==\"");
        assert_eq!(shown(ContentType::Bytes, b"ab"), "\"body_base64\":\"YWI=\"");
        assert_eq!(shown(ContentType::V8, b""), "\"body_base64\":\"\"");
    }

    #[test]
    fn previews_are_short_and_harmless() {
        assert_eq!(preview(ContentType::Text, b"a\x1b[1m\nb"), "a [1m b");
        assert_eq!(preview(ContentType::Bytes, b"\0\x01"), "2 bytes: AAE=");
        let long = preview(ContentType::Text, "ä".repeat(100).as_bytes());
        assert_eq!(long, "ä".repeat(PREVIEW_CHARACTERS) + "…");
        assert_eq!(preview(ContentType::Text, "ä".repeat(60).as_bytes()), "ä".repeat(60));
    }
}
