//! The interface `producer`: from a component to the queues.

use bytes::Bytes;
use tokio::sync::oneshot;

use super::bindings::producer::{Error, ErrorCode, Host, Message};
use super::bindings::types::{ContentType as GuestContentType, QueueMetrics as GuestMetrics};
use super::state::Services;
use crate::base::{ContentType, Timestamp};
use crate::broker::core::{MessageOrigin, SendRefusal};
use crate::broker::error::SendError;
use crate::broker::{Failure, Metrics, NewMessage, SendRequest};
use crate::runtime::isolate::ProducerBinding;

type Answer = wasmtime::Result<Result<GuestMetrics, Error>>;

impl Host for Services {
    async fn send(&mut self, binding: String, message: Message) -> Answer {
        Ok(self.send_all(&binding, vec![message], None).await)
    }

    async fn send_batch(&mut self, binding: String, messages: Vec<Message>, delay: Option<u32>) -> Answer {
        Ok(self.send_all(&binding, messages, delay).await)
    }

    async fn metrics(&mut self, binding: String) -> Answer {
        let queue = match self.binding(&binding) {
            Ok(binding) => binding.queue.clone(),
            Err(error) => return Ok(Err(error)),
        };
        let (reply, answer) = oneshot::channel();
        self.producer.metrics(&queue, Box::new(move |result| drop(reply.send(result))));
        Ok(match answer.await {
            Ok(Ok(metrics)) => Ok(metrics_for_guest(&metrics)),
            Ok(Err(Failure::Refused(refusal))) => {
                Err(Error { code: ErrorCode::QueueNotFound, message: refusal.to_string() })
            }
            Ok(Err(failure)) => Err(unavailable(failure.to_string())),
            Err(_) => Err(unavailable("the queues gave no answer")),
        })
    }
}

impl Services {
    async fn send_all(
        &self,
        binding: &str,
        messages: Vec<Message>,
        batch_delay_seconds: Option<u32>,
    ) -> Result<GuestMetrics, Error> {
        let binding = self.binding(binding)?;
        let messages = messages.into_iter().map(new_message).collect::<Result<Vec<_>, _>>()?;
        let request = SendRequest {
            queue: binding.queue.as_str().into(),
            messages,
            batch_delay_seconds,
            binding_delay_seconds: binding.delivery_delay_seconds,
            origin: MessageOrigin::Worker,
        };
        let (reply, answer) = oneshot::channel();
        self.producer.send(request, Box::new(move |result| drop(reply.send(result))));
        match answer.await {
            Ok(Ok(metrics)) => Ok(metrics_for_guest(&metrics)),
            Ok(Err(error)) => Err(Error { code: code(&error), message: error.to_string() }),
            Err(_) => Err(unavailable("the queues gave no answer")),
        }
    }

    fn binding(&self, name: &str) -> Result<&ProducerBinding, Error> {
        self.bindings.get(name).ok_or_else(|| Error {
            code: ErrorCode::UnknownBinding,
            message: format!("the configuration has no queue binding \"{name}\""),
        })
    }
}

/// The backlog as a component reads it.
pub fn metrics_for_guest(metrics: &Metrics) -> GuestMetrics {
    GuestMetrics {
        backlog_count: metrics.backlog_count,
        backlog_bytes: metrics.backlog_bytes,
        oldest_message_timestamp_ms: metrics.oldest_message_timestamp.map(Timestamp::as_millis),
    }
}

/// A body is stored only when every consumer can read it as what it is said to be.
fn new_message(message: Message) -> Result<NewMessage, Error> {
    let invalid = |message: &str| Error { code: ErrorCode::InvalidBody, message: message.to_owned() };
    let content_type = match message.content_type {
        GuestContentType::Bytes => ContentType::Bytes,
        GuestContentType::Text if std::str::from_utf8(&message.body).is_err() => {
            return Err(invalid("the body of a text message is not UTF-8"));
        }
        GuestContentType::Text => ContentType::Text,
        GuestContentType::Json => {
            serde_json::from_slice::<&serde_json::value::RawValue>(&message.body)
                .map_err(|error| invalid(&format!("the body of a json message is not JSON: {error}")))?;
            ContentType::Json
        }
        GuestContentType::V8 => return Err(invalid("a component cannot send a message of type v8")),
    };
    Ok(NewMessage {
        content_type,
        body: Bytes::from(message.body),
        delay_seconds: message.delay_seconds,
        held_back_seconds: 0,
    })
}

fn unavailable(message: impl Into<String>) -> Error {
    Error { code: ErrorCode::Unavailable, message: message.into() }
}

fn code(error: &SendError) -> ErrorCode {
    let Failure::Refused(refusal) = error else { return ErrorCode::Unavailable };
    match refusal {
        SendRefusal::QueueNotFound(_) => ErrorCode::QueueNotFound,
        SendRefusal::BatchDelay { .. } => ErrorCode::BatchDelay,
        SendRefusal::MessageDelay { .. } => ErrorCode::MessageDelay,
        SendRefusal::MessageSize { .. } => ErrorCode::MessageSize,
        SendRefusal::BatchSize { .. } => ErrorCode::BatchSize,
        SendRefusal::BatchCount { .. } => ErrorCode::BatchCount,
        SendRefusal::Overloaded { .. } => ErrorCode::Overloaded,
        SendRefusal::StorageLimit { .. } => ErrorCode::StorageLimit,
    }
}
