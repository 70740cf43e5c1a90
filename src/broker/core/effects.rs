//! What the core wants done.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::error::{
    AcknowledgeRefusal, AttachRefusal, ConfigureRefusal, CreateRefusal, DeleteRefusal, DetachRefusal,
    ImportRefusal, PullRefusal, QueueNotFound, SendRefusal, UpdateRefusal,
};
use super::event::Event;
use super::identity::{DeliveryNumber, Sequence};
use super::input::SentSpan;
use super::metrics::Metrics;
use super::process::ProcessNumber;
use super::row::{ConsumerRow, QueueRow, Record};
use crate::base::{ContentType, MessageId, Timestamp};

/// What one or several steps want done: first the records are made durable, then the rest is released.
#[derive(Debug, Default, PartialEq)]
pub struct Effects {
    /// To be made durable, together and in this order, before anything below.
    pub records: Vec<Record>,
    /// One reply for each step, in order.
    pub replies: Vec<Reply>,
    /// Deliveries to workers.
    pub deliveries: Vec<DeliveryOrder>,
    /// What happened.
    pub events: Vec<Event>,
}

impl Effects {
    /// Forgets everything and keeps the memory.
    pub fn clear(&mut self) {
        self.records.clear();
        self.replies.clear();
        self.deliveries.clear();
        self.events.clear();
    }
}

/// A batch to hand to a worker; the driver adds the bodies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryOrder {
    /// Its number, to be given back with the outcome.
    pub number: DeliveryNumber,
    /// The queue's name.
    pub queue: Arc<str>,
    /// The worker's name.
    pub worker: Arc<str>,
    /// The process it is in.
    pub process: ProcessNumber,
    /// The messages.
    pub messages: Vec<MessageHead>,
    /// The backlog without this batch.
    pub metrics: Metrics,
}

/// A message as it is delivered, without its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageHead {
    /// Its place in the order of acceptance; finds the body.
    pub sequence: Sequence,
    /// Its id.
    pub id: MessageId,
    /// When it was sent.
    pub timestamp: Timestamp,
    /// How often it has been delivered, this time included.
    pub attempts: u32,
    /// How the body was sent.
    pub content_type: ContentType,
}

/// The answer to one input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// Nobody waits.
    None,
    /// To a send: the messages' numbers and the backlog.
    Sent(Result<(SentSpan, Metrics), SendRefusal>),
    /// To a pull.
    Pulled(Result<PullOrder, PullRefusal>),
    /// To acknowledgements.
    Acknowledged(Result<Acknowledged, AcknowledgeRefusal>),
    /// To a purge: how many messages are gone.
    Purged(Result<u64, QueueNotFound>),
    /// To a purge of single messages.
    MessagesPurged(Result<MessagesPurged, QueueNotFound>),
    /// To messages being moved.
    MessagesMoved(Result<MessagesMoved, QueueNotFound>),
    /// To an import.
    Imported(Result<MessagesImported, ImportRefusal>),
    /// To the creation of a queue.
    Created(Result<QueueRow, CreateRefusal>),
    /// To a change of a queue.
    Updated(Result<QueueRow, UpdateRefusal>),
    /// To the deletion of a queue.
    Deleted(Result<(), DeleteRefusal>),
    /// To attaching or changing a consumer.
    Attached(Result<ConsumerRow, AttachRefusal>),
    /// To detaching a consumer.
    Detached(Result<(), DetachRefusal>),
    /// To a topology.
    Configured(Result<(), ConfigureRefusal>),
    /// To a delivery that a worker holds: what it is called here, if anything is left of it.
    Adopted(Option<DeliveryNumber>),
}

impl Reply {
    /// Whether it says that nothing was done.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::None | Self::Adopted(_) => false,
            Self::Sent(result) => result.is_err(),
            Self::Pulled(result) => result.is_err(),
            Self::Acknowledged(result) => result.is_err(),
            Self::Purged(result) => result.is_err(),
            Self::MessagesPurged(result) => result.is_err(),
            Self::MessagesMoved(result) => result.is_err(),
            Self::Imported(result) => result.is_err(),
            Self::Created(result) => result.is_err(),
            Self::Updated(result) => result.is_err(),
            Self::Deleted(result) => result.is_err(),
            Self::Attached(result) => result.is_err(),
            Self::Detached(result) => result.is_err(),
            Self::Configured(result) => result.is_err(),
        }
    }
}

/// Messages a pull leased, without their bodies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullOrder {
    /// The queue's name.
    pub queue: Arc<str>,
    /// Each message and its lease's token.
    pub messages: Vec<(MessageHead, String)>,
    /// The backlog, these messages included.
    pub metrics: Metrics,
}

/// What became of the decisions of a client that pulled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// Acknowledgements accepted.
    pub ack_count: u32,
    /// Retries accepted.
    pub retry_count: u32,
    /// Leases that were not accepted, and why.
    pub warnings: Vec<(String, String)>,
}

/// What became of a purge of single messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessagesPurged {
    /// Messages deleted.
    pub count: u32,
    /// References that named no message, and why.
    pub warnings: Vec<(String, String)>,
}

/// What became of messages that were to be moved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessagesMoved {
    /// Messages moved.
    pub count: u32,
    /// References of messages that stay where they are, and why.
    pub warnings: Vec<(String, String)>,
}

/// What became of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessagesImported {
    /// Messages accepted.
    pub count: u32,
    /// Messages passed over, because the queue has one with the same id.
    pub present: u32,
}

/// A message as a peek shows it, without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeekedHead {
    /// The message; `attempts` counts the deliveries that failed or are running.
    pub head: MessageHead,
    /// Whether it is ready, delayed or leased.
    pub state: MessageState,
    /// When it became or becomes ready, or when its lease ends.
    pub due: Timestamp,
    /// Names it in a purge, or a move, of single messages.
    pub reference: String,
}

/// Where a message is in its queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum MessageState {
    /// It waits to be delivered.
    Ready,
    /// Its delay has not ended.
    Delayed,
    /// A worker or a client that pulled holds it.
    Leased,
}
