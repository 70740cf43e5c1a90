//! Why the core refuses: small facts, and one enum for each operation.

use serde::{Deserialize, Serialize};

use super::settings::ConsumerSettings;
use crate::base::limits;

/// There is no such queue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("queue \"{queue}\" does not exist")]
pub struct QueueNotFound {
    /// The name or id that was asked for.
    pub queue: String,
}

/// There is no such consumer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("queue \"{queue}\" has no consumer {consumer}")]
pub struct ConsumerNotFound {
    /// The queue's name.
    pub queue: String,
    /// The consumer's id.
    pub consumer: String,
}

/// A queue has one consumer, and there is another already.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error(
    "Multiple consumers defined for queue \"{queue}\": \"{existing}\"{} and \"{requested}\"{}{}",
    in_process(existing_in.as_deref()),
    in_process(requested_in.as_deref()),
    if existing_in.is_some() { REMEDY } else { "" }
)]
pub struct ConsumerExists {
    /// The queue's name.
    pub queue: String,
    /// The worker that consumes it, or `http_pull`.
    pub existing: String,
    /// The process that worker is in, when there are several.
    pub existing_in: Option<String>,
    /// The worker that was to consume it, or `http_pull`.
    pub requested: String,
    /// The process that worker is in, when there are several.
    pub requested_in: Option<String>,
}

impl ConsumerExists {
    /// Two consumers in one process, or attached by hand.
    pub(super) fn here(queue: &str, existing: &ConsumerSettings, requested: &ConsumerSettings) -> Self {
        Self {
            queue: queue.to_owned(),
            existing: existing.label().to_owned(),
            existing_in: None,
            requested: requested.label().to_owned(),
            requested_in: None,
        }
    }
}

/// What to do about two consumers in two processes.
const REMEDY: &str = "; stop one of the two, or take the queue from its configuration";

fn in_process(label: Option<&str>) -> String {
    label.map(|label| format!(" ({label})")).unwrap_or_default()
}

/// A queue cannot take its own dead letters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("Dead letter queue for queue \"{queue}\" cannot be itself")]
pub struct OwnDeadLetterQueue {
    /// The queue's name.
    pub queue: String,
}

/// A queue of that name exists.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("Queue name '{name}' is already taken. Please use a different name and try again.")]
pub struct NameTaken {
    /// The name.
    pub name: String,
}

/// The core refuses a send.
///
/// Source: Cloudflare's documentation, "Error codes" (10202 to 10206, 10250, 10251), and "Limits".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum SendRefusal {
    /// There is no such queue.
    #[error(transparent)]
    QueueNotFound(#[from] QueueNotFound),
    /// None, or more than 100 messages.
    #[error(
        "batch message count of {count} {} {}",
        if *count == 0 { "is invalid: must be an integer between 1 and" } else { "exceeds limit of" },
        limits::SEND_BATCH_COUNT_MAX
    )]
    BatchCount {
        /// How many.
        count: usize,
    },
    /// A body is too long.
    #[error("message length of {bytes} bytes exceeds limit of {}", limits::MESSAGE_BYTES_MAX)]
    MessageSize {
        /// Its length.
        bytes: usize,
    },
    /// The bodies are too long together.
    #[error("batch size of {bytes} bytes exceeds limit of {}", limits::SEND_BATCH_BYTES_MAX)]
    BatchSize {
        /// Their length.
        bytes: usize,
    },
    /// A message's delay is too long.
    #[error(
        "message delay {seconds} is invalid: must be an integer between 0 and {}",
        limits::DELAY_SECONDS_MAX
    )]
    MessageDelay {
        /// The delay.
        seconds: u32,
    },
    /// The batch's delay is too long.
    #[error(
        "batch delay {seconds} is invalid: must be an integer between 0 and {}",
        limits::DELAY_SECONDS_MAX
    )]
    BatchDelay {
        /// The delay.
        seconds: u32,
    },
    /// More messages a second than the limit that was asked for.
    #[error("queue \"{queue}\" takes at most {limit} messages a second; try again later")]
    Overloaded {
        /// The queue's name.
        queue: String,
        /// The limit.
        limit: u32,
    },
    /// The backlog would pass its limit.
    #[error("the backlog of queue \"{queue}\" would pass {limit} bytes")]
    StorageLimit {
        /// The queue's name.
        queue: String,
        /// The limit in bytes.
        limit: u64,
    },
}

/// The core refuses a pull.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum PullRefusal {
    /// There is no such queue.
    #[error(transparent)]
    QueueNotFound(#[from] QueueNotFound),
    /// The queue has no pull consumer.
    #[error("messages cannot be pulled unless http_pull mode is enabled")]
    NoPullConsumer,
    /// The queue is paused.
    #[error("queue_delivery_paused")]
    Paused,
    /// More messages, or a longer lease, than there may be.
    #[error(
        "batch_size must be between 1 and {} and visibility_timeout_ms at most {}",
        limits::MAX_BATCH_SIZE_MAX,
        limits::VISIBILITY_TIMEOUT_MS_MAX
    )]
    OutOfRange,
    /// What is stored cannot be changed at present, so nothing can be leased.
    #[error("nothing is delivered at present")]
    Stopped,
}

/// The core refuses acknowledgements.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum AcknowledgeRefusal {
    /// There is no such queue.
    #[error(transparent)]
    QueueNotFound(#[from] QueueNotFound),
    /// The queue has no pull consumer.
    #[error("messages cannot be pulled unless http_pull mode is enabled")]
    NoPullConsumer,
}

/// The core refuses an import.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum ImportRefusal {
    /// There is no such queue.
    #[error(transparent)]
    QueueNotFound(#[from] QueueNotFound),
    /// A body is too long.
    #[error("message length of {bytes} bytes exceeds limit of {}", limits::MESSAGE_BYTES_MAX)]
    MessageSize {
        /// Its length.
        bytes: usize,
    },
    /// The backlog would pass its limit.
    #[error("the backlog of queue \"{queue}\" would pass {limit} bytes")]
    StorageLimit {
        /// The queue's name.
        queue: String,
        /// The limit in bytes.
        limit: u64,
    },
}

/// The core refuses to create a queue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum CreateRefusal {
    /// The name is taken.
    #[error(transparent)]
    NameTaken(#[from] NameTaken),
}

/// The core refuses to change a queue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum UpdateRefusal {
    /// There is no such queue.
    #[error(transparent)]
    QueueNotFound(#[from] QueueNotFound),
    /// The new name is taken.
    #[error(transparent)]
    NameTaken(#[from] NameTaken),
}

/// The core refuses to delete a queue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum DeleteRefusal {
    /// There is no such queue.
    #[error(transparent)]
    QueueNotFound(#[from] QueueNotFound),
    /// Other queues send their dead letters there.
    #[error("queue \"{queue}\" serves as dead letter queue for consumers of: {}", consumers_of.join(", "))]
    DeadLetterQueue {
        /// The queue's name.
        queue: String,
        /// The queues whose consumers name it.
        consumers_of: Vec<String>,
    },
    /// Workers of processes that are here send to it.
    #[error("queue \"{queue}\" is bound to these Workers: {}", workers.join(", "))]
    Bound {
        /// The queue's name.
        queue: String,
        /// The workers' names.
        workers: Vec<String>,
    },
}

/// The core refuses to attach or change a consumer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum AttachRefusal {
    /// There is no such queue.
    #[error(transparent)]
    QueueNotFound(#[from] QueueNotFound),
    /// There is a consumer already.
    #[error(transparent)]
    ConsumerExists(#[from] ConsumerExists),
    /// There is no such consumer to change.
    #[error(transparent)]
    ConsumerNotFound(#[from] ConsumerNotFound),
    /// The queue is its own dead letter queue.
    #[error(transparent)]
    OwnDeadLetterQueue(#[from] OwnDeadLetterQueue),
}

/// The core refuses to detach a consumer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum DetachRefusal {
    /// There is no such queue.
    #[error(transparent)]
    QueueNotFound(#[from] QueueNotFound),
    /// There is no such consumer.
    #[error(transparent)]
    ConsumerNotFound(#[from] ConsumerNotFound),
}

/// The core refuses a topology.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum ConfigureRefusal {
    /// Two workers consume one queue.
    #[error(transparent)]
    ConsumerExists(#[from] ConsumerExists),
    /// A queue is its own dead letter queue.
    #[error(transparent)]
    OwnDeadLetterQueue(#[from] OwnDeadLetterQueue),
}
