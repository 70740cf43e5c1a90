//! Looking at messages without leasing them.
//!
//! Source: Cloudflare's API reference, "Peek messages"; Cloudflare's documentation, "List and acknowledge
//! messages from the dashboard".

use serde::Serialize;

use super::ApiOptions;
use super::call::Call;
use super::envelope::ApiResponse;
use super::error::ApiError;
use super::pull::{MessageMetadata, body_text, read_batch_size};
use crate::base::limits;
use crate::broker::PeekedMessage;

/// `POST /queues/:queue_id/messages/peek`: the oldest messages, delayed and leased ones too.
pub(super) async fn peek(api: &ApiOptions, call: &Call<'_>) -> Result<ApiResponse, ApiError> {
    let queue = call.queue_id(api).await?;
    let batch_size = read_batch_size(&call.optional_object()?)?;
    let limit = batch_size.unwrap_or(limits::PULL_BATCH_SIZE_DEFAULT);
    let peeked = api.broker.peek(&queue, usize::try_from(limit).unwrap_or(usize::MAX)).await?;
    let messages = peeked.iter().map(PeekedMessageView::new).collect();
    Ok(ApiResponse::success(&PeekedView { messages }))
}

#[derive(Serialize)]
struct PeekedView {
    messages: Vec<PeekedMessageView>,
}

#[derive(Serialize)]
struct PeekedMessageView {
    body: String,
    id: String,
    timestamp_ms: u64,
    attempts: u32,
    metadata: MessageMetadata,
    #[serde(rename = "ref")]
    reference: String,
}

impl PeekedMessageView {
    fn new(message: &PeekedMessage) -> Self {
        Self {
            body: body_text(message.content_type, &message.body),
            id: message.id.to_string(),
            timestamp_ms: message.timestamp.as_millis(),
            attempts: message.attempts,
            metadata: MessageMetadata::new(message.content_type, message.origin, message.delay_seconds),
            reference: message.reference.clone(),
        }
    }
}
