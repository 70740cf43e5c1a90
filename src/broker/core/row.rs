//! What is kept on disk of a queue and of a message.

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::identity::{QueueNumber, ResourceId, Sequence};
use super::settings::{ChangeSource, ConsumerSettings, QueueSettings};
use crate::base::{ContentType, MessageId, Timestamp};

/// A queue, with its consumer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueRow {
    /// The queue's number.
    pub number: QueueNumber,
    /// Its name, unique.
    pub name: Arc<str>,
    /// Its id.
    pub id: ResourceId,
    /// Its settings.
    pub settings: QueueSettings,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
    /// Who changed it last.
    pub source: ChangeSource,
    /// When it was last purged.
    pub purged_at: Option<Timestamp>,
    /// Its consumer.
    pub consumer: Option<ConsumerRow>,
    /// What a configuration file declared last as its consumer. A declaration that has not changed since
    /// does not undo a later change made through the API: the most recent change wins.
    pub declared_consumer: Option<ConsumerSettings>,
}

/// A queue's consumer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsumerRow {
    /// The consumer's id.
    pub id: ResourceId,
    /// Its settings.
    pub settings: ConsumerSettings,
    /// When it was attached.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
    /// Who changed it last.
    pub source: ChangeSource,
}

/// A message without its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageRow {
    /// Its place in the order of acceptance.
    pub sequence: Sequence,
    /// The queue that holds it.
    pub queue: QueueNumber,
    /// Its id.
    pub id: MessageId,
    /// When it was sent.
    pub timestamp: Timestamp,
    /// When its retention began: when it was sent, or when it became a dead letter.
    pub retained_since: Timestamp,
    /// When it became or becomes ready, or when its lease ends.
    pub due: Timestamp,
    /// The body's length in bytes.
    pub size: u32,
    /// How often its delivery has failed.
    pub failures: u32,
    /// How the body was sent.
    pub content_type: ContentType,
    /// How often it has been pulled; part of the lease's token.
    pub lease: u32,
    /// Whether a pull holds it until `due`.
    pub leased: bool,
}

/// What the broker carries for the consumer and never looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// The body.
    #[serde(with = "crate::base::body")]
    pub body: Bytes,
    /// Who sent the message.
    pub origin: MessageOrigin,
    /// The delay that was asked for when it was sent, in seconds.
    pub delay_seconds: Option<u32>,
    /// The queue that a dead letter comes from. Queues' numbers are used again after a deletion, ids are not.
    pub dead_letter_of: Option<ResourceId>,
}

/// Who sent a message; a pull shows it as `CF-sourceMessageSource`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum MessageOrigin {
    /// A worker, through its binding.
    #[default]
    Worker,
    /// The REST API.
    Api,
    /// An event subscription.
    Event,
}

impl MessageOrigin {
    /// `worker`, `api` or `event`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Worker => "worker",
            Self::Api => "api",
            Self::Event => "event",
        }
    }
}

/// One change to what is on disk. The records of a step are made durable together, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// A queue was created or changed.
    Queue(Box<QueueRow>),
    /// A queue is gone, with all its messages.
    QueueDeleted(QueueNumber),
    /// All messages of a queue are gone.
    QueuePurged(QueueNumber),
    /// A message was accepted.
    Inserted(Box<MessageRow>, Payload),
    /// A message's `due`, `failures`, `lease` and `leased` changed.
    Changed {
        /// The message.
        sequence: Sequence,
        /// See [`MessageRow::due`].
        due: Timestamp,
        /// See [`MessageRow::failures`].
        failures: u32,
        /// See [`MessageRow::lease`].
        lease: u32,
        /// See [`MessageRow::leased`].
        leased: bool,
    },
    /// A message is finished.
    Removed(Sequence),
    /// A message went to another queue: the row `from` goes, `to` comes, the payload stays but for one field.
    Moved {
        /// The row that goes.
        from: Sequence,
        /// The row that comes.
        to: Box<MessageRow>,
        /// See [`Payload::dead_letter_of`].
        dead_letter_of: Option<ResourceId>,
    },
    /// A message cannot be read; it is kept apart and never delivered.
    SetAside {
        /// The message.
        sequence: Sequence,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl Record {
    /// The message this record is about, if it is about one.
    pub fn sequence(&self) -> Option<Sequence> {
        match self {
            Self::Inserted(row, _) => Some(row.sequence),
            Self::Changed { sequence, .. } | Self::Removed(sequence) | Self::SetAside { sequence, .. } => {
                Some(*sequence)
            }
            Self::Moved { from, .. } => Some(*from),
            Self::Queue(_) | Self::QueueDeleted(_) | Self::QueuePurged(_) => None,
        }
    }
}
