//! Pulling messages.
//!
//! Source: Cloudflare's documentation, "Pull consumers".

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::ApiOptions;
use super::body::{Field, Object};
use super::call::Call;
use super::envelope::ApiResponse;
use super::error::{ApiError, codes};
use super::views::MetricsMetadata;
use crate::base::{ContentType, limits};
use crate::broker::{MessageOrigin, PullRequest, Pulled, PulledMessage};

/// `POST /queues/:queue_id/messages/pull`. Answers at once, with no messages when none is ready.
pub(super) async fn pull(api: &ApiOptions, call: &Call<'_>) -> Result<ApiResponse, ApiError> {
    let queue = call.queue_id(api).await?;
    let body = call.optional_object()?;
    let timeout = body.field("visibility_timeout_ms");
    let timeout =
        timeout.map(|timeout| timeout.integer(0..=limits::VISIBILITY_TIMEOUT_MS_MAX, codes::BODY_INVALID));
    let batch_size = read_batch_size(&body)?;
    let request = PullRequest { queue, batch_size, visibility_timeout_ms: timeout.transpose()? };
    let pulled = api.broker.pull(request).await?;
    Ok(ApiResponse::success(&PulledView::new(&pulled)))
}

/// The `batch_size` of a pull or a peek.
pub(super) fn read_batch_size(body: &Object<'_>) -> Result<Option<u32>, ApiError> {
    let read = |size: Field<'_>| size.small_integer(1..=limits::MAX_BATCH_SIZE_MAX, codes::BODY_INVALID);
    body.field("batch_size").map(read).transpose()
}

/// A body as JSON can hold it: text as it is, everything else in base64.
pub(super) fn body_text(content_type: ContentType, body: &[u8]) -> String {
    match content_type {
        ContentType::Text => String::from_utf8_lossy(body).into_owned(),
        ContentType::Json | ContentType::Bytes | ContentType::V8 => STANDARD.encode(body),
    }
}

#[derive(Serialize)]
struct PulledView {
    message_backlog_count: u64,
    metadata: MetricsMetadata,
    messages: Vec<PulledMessageView>,
}

impl PulledView {
    fn new(pulled: &Pulled) -> Self {
        Self {
            message_backlog_count: pulled.metrics.backlog_count,
            metadata: pulled.metrics.into(),
            messages: pulled.messages.iter().map(PulledMessageView::new).collect(),
        }
    }
}

#[derive(Serialize)]
struct PulledMessageView {
    body: String,
    id: String,
    timestamp_ms: u64,
    attempts: u32,
    metadata: MessageMetadata,
    lease_id: String,
}

impl PulledMessageView {
    fn new(message: &PulledMessage) -> Self {
        let PulledMessage { id, timestamp, attempts, content_type, body, origin, delay_seconds, lease } =
            message;
        Self {
            body: body_text(*content_type, body),
            id: id.to_string(),
            timestamp_ms: timestamp.as_millis(),
            attempts: *attempts,
            metadata: MessageMetadata::new(*content_type, *origin, *delay_seconds),
            lease_id: lease.clone(),
        }
    }
}

/// What a message says of itself beside its body.
#[derive(Serialize)]
pub(super) struct MessageMetadata {
    #[serde(rename = "CF-sourceMessageSource")]
    source: &'static str,
    #[serde(rename = "CF-Content-Type")]
    content_type: &'static str,
    #[serde(rename = "CF-msg-delay-secs", skip_serializing_if = "Option::is_none")]
    delay: Option<String>,
}

impl MessageMetadata {
    pub fn new(content_type: ContentType, origin: MessageOrigin, delay_seconds: Option<u32>) -> Self {
        Self {
            source: origin.name(),
            content_type: content_type.name(),
            delay: delay_seconds.map(|seconds| seconds.to_string()),
        }
    }
}
