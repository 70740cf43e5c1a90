//! Pushing messages.
//!
//! Source: Cloudflare's documentation, "Publish to a Queue via HTTP", "Batching, Retries and Delays" and
//! "Limits"; Cloudflare's API reference, "Push a message", "Push a batch of messages".

use bytes::Bytes;
use serde::Serialize;

use super::ApiOptions;
use super::body::{Field, Object};
use super::call::Call;
use super::envelope::ApiResponse;
use super::error::{ApiError, codes};
use super::views::MetricsMetadata;
use crate::base::json_text;
use crate::base::{ContentType, limits};
use crate::broker::core::SendRefusal;
use crate::broker::ports::send_and_wait;
use crate::broker::{MessageOrigin, NewMessage, SendRequest};

/// `POST /queues/:queue_id/messages`.
pub(super) async fn push(api: &ApiOptions, call: &Call<'_>) -> Result<ApiResponse, ApiError> {
    let id = call.queue_id(api).await?;
    let message = read_message(&call.object()?)?;
    send(api, id, vec![message], None).await
}

/// `POST /queues/:queue_id/messages/batch`.
pub(super) async fn push_batch(api: &ApiOptions, call: &Call<'_>) -> Result<ApiResponse, ApiError> {
    let id = call.queue_id(api).await?;
    let body = call.object()?;
    let delay = read_delay(&body, codes::BATCH_DELAY_INVALID)?;
    let messages = body.required("messages")?.array()?;
    if messages.len() > limits::SEND_BATCH_COUNT_MAX {
        return Err(SendRefusal::BatchCount { count: messages.len() }.into());
    }
    let messages = messages.into_iter().map(|message| read_message(&message.object()?));
    send(api, id, messages.collect::<Result<_, _>>()?, delay).await
}

#[derive(Serialize)]
struct PushedView {
    metadata: MetricsMetadata,
}

async fn send(
    api: &ApiOptions,
    queue: String,
    messages: Vec<NewMessage>,
    batch_delay_seconds: Option<u32>,
) -> Result<ApiResponse, ApiError> {
    let request = SendRequest {
        queue: queue.into(),
        messages,
        batch_delay_seconds,
        binding_delay_seconds: None,
        origin: MessageOrigin::Api,
    };
    let metrics = send_and_wait(&*api.producer, request).await?;
    Ok(ApiResponse::success(&PushedView { metadata: metrics.into() }))
}

fn read_message(message: &Object<'_>) -> Result<NewMessage, ApiError> {
    let missing = || ApiError::invalid(&message.pointer_to("body"), "is required");
    let body = message.value("body").ok_or_else(missing)?;
    let content_type = read_content_type(message)?;
    let body = match content_type {
        ContentType::Text => body.text()?.into_bytes(),
        _ => json_text::compact(body.json())
            .map_err(|too_deep| body.refused(codes::BODY_INVALID, &too_deep.to_string()))?,
    };
    let delay_seconds = read_delay(message, codes::MESSAGE_METADATA_INVALID)?;
    Ok(NewMessage { content_type, body: Bytes::from(body), delay_seconds, held_back_seconds: 0 })
}

/// `json` unless said otherwise. Bytes and structured clones have no place in a request's JSON.
fn read_content_type(message: &Object<'_>) -> Result<ContentType, ApiError> {
    let Some(field) = message.field("content_type") else { return Ok(ContentType::Json) };
    match field.text()?.as_str() {
        "json" => Ok(ContentType::Json),
        "text" => Ok(ContentType::Text),
        "bytes" | "v8" => {
            let problem = "must be \"json\" or \"text\": the others can be sent by Workers only";
            Err(field.refused(codes::MESSAGE_METADATA_INVALID, problem))
        }
        _ => Err(field.refused(codes::MESSAGE_METADATA_INVALID, "must be \"json\" or \"text\"")),
    }
}

/// The `delay_seconds` of a batch, a message or a retry; out of range it is refused with `code`.
pub(super) fn read_delay(object: &Object<'_>, code: u32) -> Result<Option<u32>, ApiError> {
    let read = |delay: Field<'_>| delay.small_integer(0..=limits::DELAY_SECONDS_MAX, code);
    object.field("delay_seconds").map(read).transpose()
}
