//! What a process asks of the queues and what it is answered: values, so that they can be sent to the process
//! that owns the queues.

use serde::{Deserialize, Serialize};

use super::core::{
    FreshIds, Input, MessageCursor, Metrics, Payload, ProducersByQueue, QueueNotFound, QueueRow, Reply,
    Topology,
};
use super::error::Failure;
use super::ports::SendRequest;
use super::request::{Activity, MessagePage};
use super::storage::StorageFailure;
use crate::base::MessageId;

/// What a process asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::broker) enum Request {
    /// Send messages whose ids the sender has chosen.
    Send(IdentifiedSend),
    /// Step the core.
    Step(Box<Input>),
    /// Apply what the configuration of the asking process says.
    Configure(Topology, FreshIds),
    /// Look at the state after everything before it is durable.
    Look(Look),
}

/// A send with the ids of its messages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::broker) struct IdentifiedSend {
    pub request: SendRequest,
    /// One for each message.
    pub ids: Vec<MessageId>,
    /// Whether it was sent before and its answer got lost.
    pub again: bool,
}

/// A look at the queues; it changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::broker) enum Look {
    /// The backlog of a queue, by name or id.
    Metrics(String),
    /// A queue, by name or id.
    Queue(String),
    /// Every queue.
    Queues,
    /// Every queue with its backlog.
    QueuesWithMetrics,
    /// The oldest messages of a queue, by name or id, after these, and how many at most.
    Browse(String, Option<MessageCursor>, u32),
    /// Whether anything is going on.
    Activity,
    /// Which workers, of all processes, send to which queues.
    Producers,
}

/// What a process is answered.
#[expect(clippy::large_enum_variant, reason = "the large one is the usual one")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::broker) enum Response {
    /// To a step: the core's reply, with the bodies of the messages a pull leased.
    Stepped(Reply, Vec<Option<Payload>>),
    /// To a look.
    Looked(Looked),
}

/// What a look found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::broker) enum Looked {
    Metrics(Result<Metrics, QueueNotFound>),
    Queue(Result<Box<QueueRow>, QueueNotFound>),
    Queues(Vec<QueueRow>),
    QueuesWithMetrics(Vec<(QueueRow, Metrics)>),
    Browsed(Result<MessagePage, PeekFailure>),
    Activity(Activity),
    Producers(ProducersByQueue),
}

/// Why nothing was seen of a queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::broker) enum PeekFailure {
    /// There is no such queue.
    NotFound(QueueNotFound),
    /// Bodies cannot be read, for this reason.
    Unreadable(String),
}

impl From<PeekFailure> for Failure<QueueNotFound> {
    fn from(failure: PeekFailure) -> Self {
        match failure {
            PeekFailure::NotFound(refusal) => Self::Refused(refusal),
            PeekFailure::Unreadable(message) => Self::Storage(StorageFailure::told(message)),
        }
    }
}
