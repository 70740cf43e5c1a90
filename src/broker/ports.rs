//! The two ports between the broker and whoever runs workers: [`Producer`] is what workers call,
//! [`Consumer`] is what the broker calls.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::core::{MessageOrigin, Metrics, Outcome, QueueNotFound};
use super::error::{BrokerClosed, Failure, SendError};
use crate::base::{ContentType, MessageId, Timestamp};

/// Takes the deliveries of one worker.
pub trait Consumer: Send + Sync {
    /// Takes a delivery. Called on the broker's thread: hand the delivery on and return at once. The
    /// outcome comes back through [`Delivery::finish`], from any thread.
    fn deliver(&self, delivery: Delivery);
}

/// What workers may ask of the queues. Implemented by [`super::Broker`].
pub trait Producer: Send + Sync {
    /// Sends messages, all or none. `reply` is called once the messages are durable, or with the reason why
    /// not; on the broker's thread, so it must return at once.
    fn send(&self, request: SendRequest, reply: SendReply);

    /// The backlog of the queue of this name. `reply` is called on the broker's thread.
    fn metrics(&self, queue: &str, reply: MetricsReply);
}

/// Sends messages and waits until they are durable.
///
/// # Errors
/// See [`super::core::SendRefusal`] and [`Failure`].
pub async fn send_and_wait(producer: &dyn Producer, request: SendRequest) -> Result<Metrics, SendError> {
    let (sender, receiver) = oneshot::channel();
    producer.send(request, Box::new(move |result| drop(sender.send(result))));
    receiver.await.unwrap_or(Err(Failure::Closed(BrokerClosed)))
}

/// Told how a send ended.
pub type SendReply = Box<dyn FnOnce(Result<Metrics, SendError>) + Send>;

/// Told a queue's backlog.
pub type MetricsReply = Box<dyn FnOnce(Result<Metrics, Failure<QueueNotFound>>) + Send>;

/// Messages to send to one queue.
///
/// The delay that holds is the first of: the message's, the batch's, the binding's, the queue's; an
/// explicit 0 counts. Source: Cloudflare's documentation, "Batching, Retries and Delays".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SendRequest {
    /// The queue's name or id.
    pub queue: Arc<str>,
    /// The messages, 1 to 100, bodies together at most 256,000 bytes.
    pub messages: Vec<NewMessage>,
    /// The batch's `delaySeconds`.
    pub batch_delay_seconds: Option<u32>,
    /// The producer binding's `delivery_delay`.
    pub binding_delay_seconds: Option<u32>,
    /// Who sends.
    pub origin: MessageOrigin,
}

/// A message to send.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewMessage {
    /// How the body is to be read.
    pub content_type: ContentType,
    /// The body, at most 128,000 bytes.
    #[serde(with = "crate::base::body")]
    pub body: Bytes,
    /// The message's own `delaySeconds`, 0 to 86,400.
    pub delay_seconds: Option<u32>,
    /// How much later it becomes visible than its delay, wherever that is from, says; with it at most 86,400.
    pub held_back_seconds: u32,
}

/// One batch, handed to a consumer once.
#[derive(Debug)]
pub struct Delivery {
    /// The queue's name.
    pub queue: Arc<str>,
    /// The worker's name.
    pub worker: Arc<str>,
    /// The messages, never none.
    pub messages: Vec<DeliveredMessage>,
    /// The queue's backlog without this batch.
    pub metrics: Metrics,
    /// Takes the outcome.
    pub ticket: Ticket,
}

impl Delivery {
    /// Says how the delivery ended.
    pub fn finish(self, outcome: Outcome) {
        self.ticket.finish(outcome);
    }
}

/// A message as a consumer gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveredMessage {
    /// Its id.
    pub id: MessageId,
    /// When it was sent.
    pub timestamp: Timestamp,
    /// How often it has been delivered, this time included.
    pub attempts: u32,
    /// How the body was sent.
    pub content_type: ContentType,
    /// The body.
    #[serde(with = "crate::base::body")]
    pub body: Bytes,
    /// What the worker is told as its id instead; only messages that are in no queue have one.
    #[serde(skip)]
    pub given_id: Option<Arc<str>>,
}

impl DeliveredMessage {
    /// The id that the worker is told.
    pub fn told_id(&self) -> String {
        self.given_id.as_deref().map_or_else(|| self.id.to_string(), str::to_owned)
    }
}

/// Takes the outcome of one delivery. Dropped without one, the delivery has failed: the consumer vanished.
pub struct Ticket {
    finish: Option<Box<dyn FnOnce(Option<Outcome>) + Send>>,
}

impl Ticket {
    /// A ticket that hands the outcome to `finish`; giving it back is a failure, too.
    pub fn new(finish: impl FnOnce(Outcome) + Send + 'static) -> Self {
        Self::returnable(move |outcome| finish(outcome.unwrap_or_else(vanished)))
    }

    /// A ticket that hands the outcome to `finish`; `None` when the delivery is given back.
    pub(in crate::broker) fn returnable(finish: impl FnOnce(Option<Outcome>) + Send + 'static) -> Self {
        Self { finish: Some(Box::new(finish)) }
    }

    /// Says how the delivery ended.
    pub fn finish(mut self, outcome: Outcome) {
        if let Some(finish) = self.finish.take() {
            finish(Some(outcome));
        }
    }

    /// Says how the delivery ended; `None` gives it back.
    pub(in crate::broker) fn end(self, outcome: Option<Outcome>) {
        match outcome {
            Some(outcome) => self.finish(outcome),
            None => self.give_back(),
        }
    }

    /// Says that no worker has seen the delivery, or that its process is gone: the messages are ready again
    /// and no attempt is counted.
    pub fn give_back(mut self) {
        if let Some(finish) = self.finish.take() {
            finish(None);
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(finish) = self.finish.take() {
            finish(Some(vanished()));
        }
    }
}

fn vanished() -> Outcome {
    Outcome::failed("the consumer went away before it finished")
}

impl fmt::Debug for Ticket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Ticket")
    }
}
