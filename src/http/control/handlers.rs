//! Calling handlers by hand.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

use super::{ApiError, ApiResponse, ControlOptions, Field, Object, PATIENCE_DEFAULT, codes, patience};
use crate::base::time_text::parse_instant;
use crate::base::{ContentType, MessageId, Timestamp, json_text, limits};
use crate::broker::{BatchDecision, ConsumerSettings, Decision, DeliveredMessage, HandlerResult, Outcome};
use crate::control::by_hand::{self, Handled};
use crate::http::api::query::Query;
use crate::runtime::log::LogLevel;
use crate::runtime::worker::Worker;

/// Longest id that a message can be given.
const ID_BYTES_MAX: usize = 256;
/// What there is of a message.
const MESSAGE_FIELDS: [&str; 5] = ["body", "contentType", "id", "attempts", "timestamp"];

/// Calls a Worker's `queue()` once.
pub(super) async fn queue(options: &ControlOptions, body: &Object<'_>) -> Result<ApiResponse, ApiError> {
    let queue = body.required("queue")?.text()?;
    let worker =
        consumer(options, &queue, body.field("worker").map(|field| field.text()).transpose()?).await?;
    let messages = messages(options, body.required("messages")?)?;
    let ids: Vec<String> = messages.iter().map(DeliveredMessage::told_id).collect();
    let metrics = options.occupation.broker.metrics(&queue).await.unwrap_or_default();
    let handled = by_hand::deliver(&worker, queue.as_str().into(), messages, metrics);
    let handled = in_time(options, handled, patience(body)?).await?;
    Ok(ApiResponse::json(200, Vec::new(), &result(&handled, &ids)))
}

/// Calls a Worker's `scheduled()` once.
pub(super) async fn scheduled(options: &ControlOptions, query: &Query) -> Result<ApiResponse, ApiError> {
    let worker = match query.get("worker") {
        Some(name) => named(options, name)?,
        None => named(options, &options.topology.primary())?,
    };
    let cron = query.get("cron").unwrap_or_default().to_owned();
    let time = query.get("time").map(|text| time("time", text)).transpose()?;
    let json = query.word("format", &["text", "json"])? == "json";
    let tap = worker.tap_log();
    let ran = worker.scheduled(cron, time.unwrap_or_else(|| options.clock.now()));
    let ran = in_time(options, ran, PATIENCE_DEFAULT).await?;
    let (status, outcome) = if ran.is_ok() { (200, "ok") } else { (500, "exception") };
    if json {
        let mut answer = json!({ "outcome": outcome, "noRetry": false, "logs": logs(&tap.lines()) });
        if let Err(error) = ran {
            answer["error"] = json!(error.to_string());
        }
        return Ok(ApiResponse::json(status, Vec::new(), &answer));
    }
    Ok(ApiResponse { status, content_type: "text/plain", headers: Vec::new(), body: outcome.into() })
}

/// The Worker that is named, or else that consumes the queue.
async fn consumer(options: &ControlOptions, queue: &str, name: Option<String>) -> Result<Worker, ApiError> {
    if let Some(name) = name {
        return named(options, &name);
    }
    let row = options.occupation.broker.queue(queue).await;
    let row = row.map_err(|error| ApiError::queue_not_found(error.to_string()))?;
    match row.consumer.map(|consumer| consumer.settings) {
        Some(ConsumerSettings::Worker(consumer)) => named(options, &consumer.worker),
        _ => Err(ApiError::not_found(format!(
            "no worker consumes queue \"{queue}\"; name one with \"worker\" to call its queue() all the same"
        ))),
    }
}

fn named(options: &ControlOptions, name: &str) -> Result<Worker, ApiError> {
    options
        .services
        .worker(name)
        .ok_or_else(|| ApiError::not_found(format!("no worker of this session is called \"{name}\"")))
}

/// The outcome, unless it takes longer than `patience`.
async fn in_time<Answer>(
    options: &ControlOptions,
    handler: impl Future<Output = Answer>,
    patience: Duration,
) -> Result<Answer, ApiError> {
    tokio::time::timeout(patience, handler).await.map_err(|_| {
        let waits_for = options.occupation.waits_for().join(", ");
        ApiError::new(408, codes::NONE, format!("the handler has not ended yet; it goes on ({waits_for})"))
    })
}

fn messages(options: &ControlOptions, field: Field<'_>) -> Result<Vec<DeliveredMessage>, ApiError> {
    let pointer = field.pointer().to_owned();
    let items = field.array()?;
    let most = limits::MAX_BATCH_SIZE_MAX as usize;
    if items.is_empty() || items.len() > most {
        return Err(ApiError::invalid(&pointer, &format!("must have 1 to {most} messages")));
    }
    items.into_iter().map(|item| message(options, &item.object()?.only(&MESSAGE_FIELDS)?)).collect()
}

fn message(options: &ControlOptions, item: &Object<'_>) -> Result<DeliveredMessage, ApiError> {
    let content_type = match item.field("contentType") {
        None => ContentType::Json,
        Some(field) => {
            let wrong = |_| ApiError::invalid(field.pointer(), "must be one of text, bytes, json");
            field.text()?.parse().map_err(wrong)?
        }
    };
    let given_id = item.field("id").map(|field| given_id(&field)).transpose()?;
    let attempts = item.field("attempts");
    let attempts =
        attempts.map(|field| field.small_integer(1..=u32::MAX, codes::BODY_INVALID)).transpose()?;
    let timestamp = item.field("timestamp").map(|field| timestamp(&field)).transpose()?;
    let body =
        item.value("body").ok_or_else(|| ApiError::invalid(&item.pointer_to("body"), "is required"))?;
    Ok(DeliveredMessage {
        id: random_id()?,
        timestamp: timestamp.unwrap_or_else(|| options.clock.now()),
        attempts: attempts.unwrap_or(1),
        content_type,
        body: stored(content_type, &body)?,
        given_id,
    })
}

/// Any text, so that a test can say which message is which.
fn given_id(field: &Field<'_>) -> Result<Arc<str>, ApiError> {
    let id = field.text()?;
    if id.is_empty() || id.len() > ID_BYTES_MAX {
        let problem = format!("must be a text of 1 to {ID_BYTES_MAX} bytes");
        return Err(ApiError::invalid(field.pointer(), &problem));
    }
    Ok(id.into())
}

/// The bytes that a queue would store.
fn stored(content_type: ContentType, body: &Field<'_>) -> Result<Bytes, ApiError> {
    let wrong = |problem: &str| ApiError::invalid(body.pointer(), problem);
    let stored = match content_type {
        ContentType::Json => json_text::compact(body.json()).map_err(|error| wrong(&error.to_string()))?,
        ContentType::Text => body.text()?.into_bytes(),
        ContentType::Bytes => STANDARD.decode(body.text()?).map_err(|_| wrong("must be base64"))?,
        ContentType::V8 => return Err(wrong("cannot be sent as v8 over HTTP; use json, text or bytes")),
    };
    match stored.len() {
        length if length > limits::MESSAGE_BYTES_MAX => Err(wrong("must not be longer than 128,000 bytes")),
        _ => Ok(stored.into()),
    }
}

fn random_id() -> Result<MessageId, ApiError> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).map_err(|error| ApiError::internal(error.to_string()))?;
    Ok(MessageId::from_bytes(bits))
}

/// An instant as text, or milliseconds since the Unix epoch.
fn timestamp(field: &Field<'_>) -> Result<Timestamp, ApiError> {
    if field.json().starts_with('"') {
        return time(field.pointer(), &field.text()?);
    }
    field.integer(0..=1 << 53, codes::BODY_INVALID).map(Timestamp::from_millis)
}

fn time(pointer: &str, text: &str) -> Result<Timestamp, ApiError> {
    match text.parse() {
        Ok(milliseconds) => Ok(Timestamp::from_millis(milliseconds)),
        Err(_) => parse_instant(text).map_err(|error| ApiError::invalid(pointer, &error.to_string())),
    }
}

/// The outcome in the shape of the Workers runtime's own.
fn result(handled: &Handled, ids: &[String]) -> Value {
    let Outcome { result, batch, messages } = &handled.outcome;
    let id = |index: u32| ids.get(index as usize);
    let acks = messages.iter().filter(|(_, decision)| *decision == Decision::Ack);
    let retries = messages.iter().filter_map(|(index, decision)| match decision {
        Decision::Retry { delay_seconds } => Some(with_delay(json!({ "msgId": id(*index) }), *delay_seconds)),
        Decision::Ack => None,
    });
    let retry_batch = match batch {
        Some(BatchDecision::RetryAll { delay_seconds }) => {
            with_delay(json!({ "retry": true }), *delay_seconds)
        }
        _ => json!({ "retry": false }),
    };
    let mut answer = json!({
        "outcome": if *result == HandlerResult::Ok { "ok" } else { "exception" },
        "ackAll": *batch == Some(BatchDecision::AckAll),
        "retryBatch": retry_batch,
        "explicitAcks": acks.map(|(index, _)| id(*index)).collect::<Vec<_>>(),
        "retryMessages": retries.collect::<Vec<_>>(),
        "logs": logs(&handled.logs),
    });
    if let HandlerResult::Failed(reason) = result {
        answer["error"] = json!(reason);
    }
    answer
}

fn logs(lines: &[(LogLevel, String)]) -> Value {
    lines.iter().map(|(level, text)| json!({ "level": level.name(), "message": text })).collect()
}

fn with_delay(mut value: Value, delay_seconds: Option<u32>) -> Value {
    if let Some(delay_seconds) = delay_seconds {
        value["delaySeconds"] = json!(delay_seconds);
    }
    value
}
