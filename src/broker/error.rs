//! Why the broker did not do what it was asked.

use super::core::{
    AcknowledgeRefusal, AttachRefusal, ConfigureRefusal, CreateRefusal, DeleteRefusal, DetachRefusal,
    ImportRefusal, PullRefusal, QueueNotFound, SendRefusal, UpdateRefusal,
};
use super::storage::StorageFailure;

/// An operation was not done: it was refused for a reason of its own, could not be stored, or came after
/// the end.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Failure<Refusal: std::error::Error> {
    /// It is refused; nothing has changed.
    #[error(transparent)]
    Refused(Refusal),
    /// It could not be made durable. A send, and a pull, is undone. Anything else is in effect in this
    /// session and is stored as soon as that is possible again.
    #[error(transparent)]
    Storage(StorageFailure),
    /// The broker has shut down.
    #[error(transparent)]
    Closed(BrokerClosed),
    /// The way to the queues failed on purpose, as a network does: whether it was done is not known.
    #[error("unknown internal error, made by --chaos")]
    Injected,
}

/// The broker has shut down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the queues are shut down")]
pub struct BrokerClosed;

/// A send was not done.
pub type SendError = Failure<SendRefusal>;
/// A pull was not done.
pub type PullError = Failure<PullRefusal>;
/// Acknowledgements were not taken.
pub type AcknowledgeError = Failure<AcknowledgeRefusal>;
/// An import was not done.
pub type ImportError = Failure<ImportRefusal>;
/// An operation that refuses nothing but an unknown queue was not done.
pub type QueueError = Failure<QueueNotFound>;
/// A queue was not created.
pub type CreateError = Failure<CreateRefusal>;
/// A queue was not changed.
pub type UpdateError = Failure<UpdateRefusal>;
/// A queue was not deleted.
pub type DeleteError = Failure<DeleteRefusal>;
/// A consumer was not attached or changed.
pub type AttachError = Failure<AttachRefusal>;
/// A consumer was not detached.
pub type DetachError = Failure<DetachRefusal>;
/// A topology was not applied.
pub type ConfigureError = Failure<ConfigureRefusal>;
