//! What configuration files say about queues, in the broker's words.

use serde::{Deserialize, Serialize};

use super::settings::WorkerConsumer;

/// The queues and consumers of the workers one session runs.
///
/// It is declared as a whole: what it says is compared with what was declared before, and only changes
/// are applied. Queues that leave it stay, with their messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topology {
    /// Every worker of the session. A consumer declared earlier for one of them and no longer below is
    /// detached.
    pub workers: Vec<String>,
    /// Every queue that a producer, a consumer or a dead letter queue names; created where missing.
    pub queues: Vec<String>,
    /// The consumers.
    pub consumers: Vec<ConsumerDeclaration>,
}

impl Topology {
    /// How many ids applying it may need.
    pub fn ids_needed(&self) -> usize {
        // A queue, its consumer and its dead letter queue.
        self.queues.len() + 3 * self.consumers.len()
    }
}

/// A worker that consumes a queue, as a configuration file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsumerDeclaration {
    /// The queue's name.
    pub queue: String,
    /// The consumer.
    pub consumer: WorkerConsumer,
}
