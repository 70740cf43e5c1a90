//! What the core is told.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::identity::{DeliveryNumber, FreshIds, ResourceId, Sequence};
use super::outcome::Outcome;
use super::process::ProcessNumber;
use super::row::Payload;
use super::settings::{ChangeSource, ConsumerSettings, QueueChange, QueueSettings};
use super::topology::Topology;
use crate::base::{ContentType, MessageId, Timestamp};

/// One thing the core is told; see [`super::Core::step`]. What a process may ask of the one that owns the
/// queues can be sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Input {
    /// Lease messages to a client.
    Pull {
        /// The queue's name or id.
        queue: String,
        /// Most messages; `None` is the consumer's setting.
        batch_size: Option<u32>,
        /// How long they stay leased; `None` is the consumer's setting.
        visibility_timeout_ms: Option<u64>,
    },
    /// A client decides about messages it pulled.
    Acknowledge {
        /// The queue's name or id.
        queue: String,
        /// Leases of messages that are done.
        acks: Vec<String>,
        /// Leases of messages to be delivered again, with a delay in seconds.
        retries: Vec<(String, Option<u32>)>,
    },
    /// Delete all messages of a queue.
    PurgeQueue {
        /// The queue's name or id.
        queue: String,
    },
    /// Delete single messages of a queue.
    PurgeMessages {
        /// The queue's name or id.
        queue: String,
        /// The messages' references, from a peek.
        references: Vec<String>,
    },
    /// Move messages of a queue to other queues.
    MoveMessages {
        /// The queue's name or id.
        queue: String,
        /// The messages' references, from a peek, and the name or id of the queue each goes to.
        moves: Vec<(String, String)>,
    },
    /// Accept messages as they were elsewhere.
    Import {
        /// The queue's name or id.
        queue: String,
        /// The messages.
        messages: Vec<ImportedMessage>,
    },
    /// Create a queue.
    CreateQueue {
        /// Its name.
        name: String,
        /// Its settings.
        settings: QueueSettings,
        /// Its id.
        id: ResourceId,
        /// Who asks.
        source: ChangeSource,
    },
    /// Change a queue.
    UpdateQueue {
        /// The queue's name or id.
        queue: String,
        /// What changes.
        change: QueueChange,
        /// Who asks.
        source: ChangeSource,
    },
    /// Delete a queue with its messages.
    DeleteQueue {
        /// The queue's name or id.
        queue: String,
    },
    /// Attach a consumer to a queue that has none.
    AttachConsumer {
        /// The queue's name or id.
        queue: String,
        /// The consumer.
        settings: ConsumerSettings,
        /// Who asks.
        source: ChangeSource,
        /// Ids for the consumer and a dead letter queue.
        ids: FreshIds,
    },
    /// Change a queue's consumer.
    UpdateConsumer {
        /// The queue's name or id.
        queue: String,
        /// The consumer's id.
        consumer: ResourceId,
        /// The consumer as it is to be.
        settings: ConsumerSettings,
        /// Who asks.
        source: ChangeSource,
        /// Ids for a dead letter queue.
        ids: FreshIds,
    },
    /// Detach a queue's consumer.
    DetachConsumer {
        /// The queue's name or id.
        queue: String,
        /// The consumer's id.
        consumer: ResourceId,
    },
    // What no other process may ask follows; serde numbers the variants, so these come last.
    /// Accept messages, all or none.
    #[serde(skip)]
    Send(SendCommand),
    /// A worker is done with a delivery.
    #[serde(skip)]
    Finish {
        /// The delivery.
        delivery: DeliveryNumber,
        /// What the worker said.
        outcome: Outcome,
        /// How long it took, in milliseconds of real time.
        duration_ms: u64,
    },
    /// Begin anew.
    #[serde(skip)]
    Reset {
        /// The names of the queues that configuration files name.
        declared: BTreeSet<String>,
        /// Ids for consumers that come back.
        ids: FreshIds,
    },
    /// What the configuration files of a process say.
    #[serde(skip)]
    Configure {
        /// The process.
        process: ProcessNumber,
        /// What they say.
        topology: Topology,
        /// Ids for what is new.
        ids: FreshIds,
    },
    /// A process is here.
    #[serde(skip)]
    Join {
        /// The number it has from now on.
        process: ProcessNumber,
        /// How people are told which one it is.
        label: String,
    },
    /// A process is gone, with its workers; what it declared may be declared by others.
    #[serde(skip)]
    Leave(ProcessNumber),
    /// A worker of a process is here and takes deliveries.
    #[serde(skip)]
    ConnectWorker {
        /// The process.
        process: ProcessNumber,
        /// The worker's name.
        worker: String,
    },
    /// A worker of a process is gone; deliveries it holds are still finished one by one.
    #[serde(skip)]
    DisconnectWorker {
        /// The process.
        process: ProcessNumber,
        /// The worker's name.
        worker: String,
    },
    /// A worker holds a delivery since before this process owned the queues.
    #[serde(skip)]
    Adopt(HeldDelivery),
    /// Stop or go on delivering; used while storage fails and at the end.
    #[serde(skip)]
    SetDelivering(bool),
    /// Take back messages whose insertion could not be made durable.
    #[serde(skip)]
    Withdraw(SentSpan),
    /// Take back a delivery that was never released: its messages are ready again, no attempt is counted.
    #[serde(skip)]
    Cancel(DeliveryNumber),
    /// Take back a delivery whose worker went away with it: its messages are ready again, no attempt is
    /// counted.
    #[serde(skip)]
    GiveBack(DeliveryNumber),
    /// Take back pull leases that were never released.
    #[serde(skip)]
    CancelLeases(Vec<PulledLease>),
    /// A message's body cannot be read.
    #[serde(skip)]
    SetAside {
        /// The queue's name.
        queue: Arc<str>,
        /// The message.
        sequence: Sequence,
        /// What is wrong with its body.
        damage: BodyDamage,
        /// Where what is left of it is, and what to do about it.
        remedy: Option<String>,
    },
    /// Nothing but the time: deadlines may have come.
    #[serde(skip)]
    Tick,
}

/// A delivery that a worker holds, as its process tells the next owner of the queues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldDelivery {
    /// The queue's name.
    pub queue: Arc<str>,
    /// The worker's name.
    pub worker: Arc<str>,
    /// The messages in their order, and the attempt that this delivery is.
    pub messages: Vec<(MessageId, u32)>,
}

/// What is wrong with the body of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyDamage {
    /// It is missing or unreadable.
    Unreadable,
    /// Its type says that it is JSON, and it is not.
    NotJson,
    /// Its type says that it is text, and it is not.
    NotText,
}

impl BodyDamage {
    /// The same in words.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Unreadable => "its body is missing or unreadable",
            Self::NotJson => "its body is not the JSON that it was",
            Self::NotText => "its body is not the text that it was",
        }
    }
}

/// Messages to accept.
#[derive(Clone, Debug, PartialEq)]
pub struct SendCommand {
    /// The queue's name.
    pub queue: Arc<str>,
    /// The messages.
    pub messages: Vec<IncomingMessage>,
    /// The batch's `delaySeconds`.
    pub batch_delay_seconds: Option<u32>,
    /// The producer binding's `delivery_delay`.
    pub binding_delay_seconds: Option<u32>,
    /// Whether it was sent before and its answer got lost: when the messages are there already, nothing
    /// is done.
    pub again: bool,
}

/// One message to accept.
#[derive(Clone, Debug, PartialEq)]
pub struct IncomingMessage {
    /// Its id.
    pub id: MessageId,
    /// How its body was sent.
    pub content_type: ContentType,
    /// Its own `delaySeconds`.
    pub delay_seconds: Option<u32>,
    /// How much later it becomes visible than its delay says.
    pub held_back_seconds: u32,
    /// Its body and what goes with it.
    pub payload: Payload,
}

/// One message to accept as it was elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportedMessage {
    /// Its id.
    pub id: MessageId,
    /// When it was sent.
    pub timestamp: Timestamp,
    /// How often its delivery has failed.
    pub failures: u32,
    /// How its body was sent.
    pub content_type: ContentType,
    /// When it is to be ready; `None`, or an instant that is over, is at once.
    pub due: Option<Timestamp>,
    /// Its body and what goes with it.
    pub payload: Payload,
}

/// Messages one send accepted: they are numbered without a gap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentSpan {
    /// The queue's name.
    pub queue: Arc<str>,
    /// The first.
    pub first: Sequence,
    /// How many.
    pub count: u32,
}

impl SentSpan {
    /// Whether the message is one of these.
    pub fn contains(&self, sequence: Sequence) -> bool {
        (self.first.0..self.first.0 + u64::from(self.count)).contains(&sequence.0)
    }
}

/// A pull's lease of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PulledLease {
    /// The queue's name.
    pub queue: Arc<str>,
    /// The message.
    pub sequence: Sequence,
}
