//! What happened, for the log, the counters and those who watch.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::identity::QueueNumber;
use crate::base::{MessageId, Timestamp};

/// Something that happened in the broker, told after it was made durable.
///
/// The texts are those of `wrangler dev`'s log, which people search for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// Messages were accepted.
    Sent {
        /// The queue.
        queue: Arc<str>,
        /// The messages.
        ids: Vec<MessageId>,
        /// The sum of their bodies' lengths.
        bytes: u64,
    },
    /// A batch was handed to a worker.
    Delivered {
        /// The queue.
        queue: Arc<str>,
        /// The worker.
        worker: Arc<str>,
        /// The messages and the attempt each is at.
        messages: Vec<(MessageId, u32)>,
        /// Deliveries of this queue now running, this one included.
        running: u32,
        /// How many may run at present.
        concurrency: u32,
    },
    /// A worker is done with a delivery.
    DeliveryFinished {
        /// The queue.
        queue: Arc<str>,
        /// The worker.
        worker: Arc<str>,
        /// Messages acknowledged.
        acked: u32,
        /// Messages delivered.
        total: u32,
        /// How long the worker took, in milliseconds of real time.
        duration_ms: u64,
        /// Why the handler failed, if it did.
        failure: Option<String>,
    },
    /// Messages were handed to a client that pulled.
    Pulled {
        /// The queue.
        queue: Arc<str>,
        /// The messages and the attempt each is at.
        messages: Vec<(MessageId, u32)>,
    },
    /// Messages are finished.
    Acknowledged {
        /// The queue.
        queue: Arc<str>,
        /// The messages.
        ids: Vec<MessageId>,
    },
    /// A message will be delivered again.
    Retried {
        /// The message.
        id: MessageId,
        /// Its queue.
        queue: Arc<str>,
        /// The attempt that did not succeed, from 1.
        attempt: u32,
        /// When it is visible again.
        due: Timestamp,
    },
    /// A message went to the dead letter queue.
    DeadLettered {
        /// The message.
        id: MessageId,
        /// The queue it left.
        queue: Arc<str>,
        /// The queue it is in now.
        dead_letter_queue: Arc<str>,
        /// How often it was delivered.
        attempts: u32,
    },
    /// A message was moved to another queue by hand.
    Moved {
        /// The message.
        id: MessageId,
        /// The queue it left.
        queue: Arc<str>,
        /// The queue it is in now.
        target: Arc<str>,
    },
    /// A message was deleted after its last attempt.
    Dropped {
        /// The message.
        id: MessageId,
        /// The queue it left.
        queue: Arc<str>,
        /// How often it was delivered.
        attempts: u32,
    },
    /// Messages outlived their retention and were deleted.
    Expired {
        /// The queue.
        queue: Arc<str>,
        /// The messages.
        ids: Vec<MessageId>,
    },
    /// A queue was emptied.
    Purged {
        /// The queue.
        queue: Arc<str>,
        /// How many messages it held.
        count: u64,
    },
    /// Single messages were deleted by hand.
    MessagesPurged {
        /// The queue.
        queue: Arc<str>,
        /// The messages.
        ids: Vec<MessageId>,
    },
    /// A worker's process went away with a delivery: its messages are ready again, no attempt is counted.
    GivenBack {
        /// The queue.
        queue: Arc<str>,
        /// The worker.
        worker: Arc<str>,
        /// How many messages.
        count: u64,
    },
    /// A queue was created.
    QueueCreated {
        /// Its name.
        queue: Arc<str>,
    },
    /// A queue has another name.
    QueueRenamed {
        /// Its name from now on.
        queue: Arc<str>,
        /// Its name until now.
        former_name: Arc<str>,
    },
    /// A queue was deleted, with its messages.
    QueueDeleted {
        /// Its name.
        queue: Arc<str>,
    },
    /// The queues began anew: what was told before is over.
    Reset,
    /// A message cannot be read and was set aside.
    Damaged {
        /// The queue.
        queue: Arc<str>,
        /// The message's id, or what is left of it; empty when the queue's own row is damaged.
        message: String,
        /// What is wrong with it, where what is left of it is, and the remedy.
        reason: String,
    },
    /// Messages were found whose queue is not, and have a queue of their own now.
    QueueRecovered {
        /// The queue they are in.
        queue: Arc<str>,
        /// The number of the queue that they were in.
        number: QueueNumber,
    },
    /// What this process declares could not be declared again at another owner.
    ConfigurationRefused {
        /// Why not.
        message: String,
    },
    /// A commit failed: sends are refused and nothing is delivered until one succeeds.
    StorageFailed {
        /// What went wrong, where, and the remedy.
        message: String,
    },
    /// A commit succeeded again.
    StorageRecovered,
    /// Records were made durable.
    Committed {
        /// How many.
        records: usize,
        /// How long it took, in microseconds of real time.
        duration_us: u64,
    },
}

impl fmt::Display for Event {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sent { queue, ids, bytes } => {
                write!(formatter, "Sent {} ({bytes} bytes) to queue \"{queue}\"", messages(ids.len()))
            }
            Self::Delivered { queue, worker, messages: delivered, .. } => write!(
                formatter,
                "Delivering {} of queue \"{queue}\" to worker \"{worker}\"",
                messages(delivered.len())
            ),
            Self::DeliveryFinished { queue, acked, total, duration_ms, .. } => {
                write!(formatter, "QUEUE {queue} {acked}/{total} ({duration_ms}ms)")
            }
            Self::Pulled { queue, messages: pulled } => {
                write!(formatter, "Pulled {} from queue \"{queue}\"", messages(pulled.len()))
            }
            Self::Acknowledged { queue, ids } => {
                write!(formatter, "Acknowledged {} of queue \"{queue}\"", messages(ids.len()))
            }
            Self::Retried { id, queue, .. } => {
                write!(formatter, "Retrying message \"{id}\" on queue \"{queue}\"...")
            }
            Self::DeadLettered { id, queue, dead_letter_queue, attempts } => write!(
                formatter,
                "Moving message \"{id}\" on queue \"{queue}\" to dead letter queue \"{dead_letter_queue}\" \
                 after {}...",
                failed(*attempts)
            ),
            Self::Moved { id, queue, target } => {
                write!(formatter, "Moved message \"{id}\" on queue \"{queue}\" to queue \"{target}\"")
            }
            Self::Dropped { id, queue, attempts } => {
                write!(
                    formatter,
                    "Dropped message \"{id}\" on queue \"{queue}\" after {}!",
                    failed(*attempts)
                )
            }
            Self::Expired { queue, ids } => write!(
                formatter,
                "Deleted {} of queue \"{queue}\" at the end of the retention period",
                messages(ids.len())
            ),
            Self::Purged { queue, count } => write!(
                formatter,
                "Purged queue \"{queue}\" of {}",
                messages(usize::try_from(*count).unwrap_or(usize::MAX))
            ),
            Self::MessagesPurged { queue, ids } => {
                write!(formatter, "Purged {} of queue \"{queue}\"", messages(ids.len()))
            }
            Self::GivenBack { queue, worker, count } => write!(
                formatter,
                "Worker \"{worker}\" went away with {} of queue \"{queue}\"; they are delivered again",
                messages(usize::try_from(*count).unwrap_or(usize::MAX))
            ),
            Self::QueueCreated { queue } => write!(formatter, "Created queue \"{queue}\""),
            Self::QueueRenamed { queue, former_name } => {
                write!(formatter, "Renamed queue \"{former_name}\" to \"{queue}\"")
            }
            Self::QueueDeleted { queue } => write!(formatter, "Deleted queue \"{queue}\""),
            Self::Damaged { queue, message, reason } if message.is_empty() => {
                write!(formatter, "The stored settings of queue \"{queue}\" are damaged: {reason}")
            }
            Self::Damaged { queue, message, reason } => {
                write!(formatter, "Set aside damaged message \"{message}\" on queue \"{queue}\": {reason}")
            }
            Self::QueueRecovered { queue, number } => write!(
                formatter,
                "There are messages of a queue, number {}, that the queues' file does not name any more: they are in \
                 queue \"{queue}\" now; `qemu-dev queues export {queue}` and `qemu-dev queues import` bring them to \
                 another",
                number.0
            ),
            Self::ConfigurationRefused { message } | Self::StorageFailed { message } => {
                formatter.write_str(message)
            }
            Self::Reset => formatter.write_str("The queues begin anew"),
            Self::StorageRecovered => formatter.write_str("The queues can be stored again"),
            Self::Committed { records, duration_us } => {
                write!(formatter, "Committed {records} records in {duration_us} µs")
            }
        }
    }
}

fn messages(count: usize) -> String {
    if count == 1 { "1 message".to_owned() } else { format!("{count} messages") }
}

fn failed(attempts: u32) -> String {
    if attempts == 1 { "1 failed attempt".to_owned() } else { format!("{attempts} failed attempts") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_people_search_for() {
        let id = MessageId::from_bytes([1; 16]);
        let queue: Arc<str> = "orders".into();
        let moved = |attempts| Event::DeadLettered {
            id,
            queue: queue.clone(),
            dead_letter_queue: "dead".into(),
            attempts,
        };
        assert_eq!(
            moved(1).to_string(),
            format!(
                "Moving message \"{id}\" on queue \"orders\" to dead letter queue \"dead\" after 1 failed attempt..."
            )
        );
        assert!(moved(4).to_string().ends_with("after 4 failed attempts..."));
        let dropped = Event::Dropped { id, queue: queue.clone(), attempts: 4 };
        assert_eq!(
            dropped.to_string(),
            format!("Dropped message \"{id}\" on queue \"orders\" after 4 failed attempts!")
        );
        let retried = Event::Retried { id, queue: queue.clone(), attempt: 1, due: Timestamp::default() };
        assert_eq!(retried.to_string(), format!("Retrying message \"{id}\" on queue \"orders\"..."));
        let finished = Event::DeliveryFinished {
            queue,
            worker: "w".into(),
            acked: 3,
            total: 4,
            duration_ms: 12,
            failure: None,
        };
        assert_eq!(finished.to_string(), "QUEUE orders 3/4 (12ms)");
    }
}
