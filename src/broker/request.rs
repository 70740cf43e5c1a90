//! What is asked of the broker beside sending, and what it answers.

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::core::{Acknowledged, MessageCursor, MessageOrigin, MessageState, Metrics};
use crate::base::{ContentType, MessageId, Timestamp};

/// A pull.
///
/// Source: Cloudflare's documentation, "Pull consumers".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequest {
    /// The queue's name or id.
    pub queue: String,
    /// Most messages, 1 to 100; `None` is the consumer's setting.
    pub batch_size: Option<u32>,
    /// How long they stay leased, in milliseconds, up to 12 hours; `None` is the consumer's setting.
    pub visibility_timeout_ms: Option<u64>,
}

/// What a pull got.
#[derive(Clone, Debug, PartialEq)]
pub struct Pulled {
    /// The messages, leased until their visibility timeout.
    pub messages: Vec<PulledMessage>,
    /// The backlog, these messages included.
    pub metrics: Metrics,
}

/// A message that was pulled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PulledMessage {
    /// Its id.
    pub id: MessageId,
    /// When it was sent.
    pub timestamp: Timestamp,
    /// How often it has been delivered, this time included.
    pub attempts: u32,
    /// How the body was sent.
    pub content_type: ContentType,
    /// The body.
    pub body: Bytes,
    /// Who sent it.
    pub origin: MessageOrigin,
    /// The delay that was asked for when it was sent, in seconds.
    pub delay_seconds: Option<u32>,
    /// Names the lease in [`AcknowledgeRequest`].
    pub lease: String,
}

/// Decisions of a client that pulled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AcknowledgeRequest {
    /// The queue's name or id.
    pub queue: String,
    /// Leases of messages that are done.
    pub acks: Vec<String>,
    /// Leases of messages to be delivered again, and after how many seconds; `None` is the consumer's
    /// retry delay.
    pub retries: Vec<(String, Option<u32>)>,
}

/// What became of the decisions.
pub type AcknowledgeAnswer = Acknowledged;

/// A message as a peek shows it; it stays where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeekedMessage {
    /// Its id.
    pub id: MessageId,
    /// When it was sent.
    pub timestamp: Timestamp,
    /// How often it has been delivered.
    pub attempts: u32,
    /// How the body was sent.
    pub content_type: ContentType,
    /// The body.
    #[serde(with = "crate::base::body")]
    pub body: Bytes,
    /// Who sent it.
    pub origin: MessageOrigin,
    /// The delay that was asked for when it was sent, in seconds.
    pub delay_seconds: Option<u32>,
    /// Whether it is ready, delayed or leased.
    pub state: MessageState,
    /// When it became or becomes ready, or when its lease ends.
    pub due: Timestamp,
    /// Names it in a purge, or a move, of single messages.
    pub reference: String,
    /// The name of the queue that a dead letter comes from, if it still exists.
    pub dead_letter_of: Option<Arc<str>>,
}

/// Some messages of a queue, in the order of their age.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessagePage {
    /// The messages.
    pub messages: Vec<PeekedMessage>,
    /// Where to go on; `None` when there are no more.
    pub next: Option<MessageCursor>,
}

/// Whether anything is going on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// Messages ready in queues that deliver: their worker is connected and they are not paused.
    pub deliverable: u64,
    /// Deliveries that workers hold.
    pub running: u64,
    /// Messages in queues that deliver, be they ready, delayed or held: sooner or later all of them are done.
    pub pending: u64,
    /// When a delay ends or a batch is due next in a queue that delivers; `None` when only a worker can bring
    /// the queues further.
    pub next_delivery: Option<Timestamp>,
    /// When something happens by itself next: a delay ends, a batch is due, a lease or a retention is over.
    pub next_deadline: Option<Timestamp>,
}

/// Takes events; called on the broker's thread, so it must return at once.
pub trait Observer: Send + Sync {
    /// Something happened and is durable.
    fn event(&self, event: &super::core::Event);

    /// A message was accepted, with this body; told before the event that says so.
    fn accepted(&self, _id: MessageId, _content_type: ContentType, _body: &Bytes) {}

    /// A delivery is handed to its worker; told before the event that says so.
    fn delivering(&self, _delivery: &super::ports::Delivery) {}
}

/// Takes no notice.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn event(&self, _event: &super::core::Event) {}
}

impl<Inner: Observer + ?Sized> Observer for Arc<Inner> {
    fn event(&self, event: &super::core::Event) {
        (**self).event(event);
    }

    fn accepted(&self, id: MessageId, content_type: ContentType, body: &Bytes) {
        (**self).accepted(id, content_type, body);
    }

    fn delivering(&self, delivery: &super::ports::Delivery) {
        (**self).delivering(delivery);
    }
}
