//! What configuration files say about queues, in the broker's words.

use std::collections::{BTreeMap, BTreeSet};

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
    /// The queues that workers send to. While the process is here they are not deleted.
    pub producers: Vec<ProducerDeclaration>,
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

/// A worker that sends to a queue, as a configuration file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProducerDeclaration {
    /// The queue's name.
    pub queue: String,
    /// The worker's name.
    pub worker: String,
}

/// Which workers send to which queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProducersByQueue(BTreeMap<String, BTreeSet<String>>);

impl ProducersByQueue {
    /// The names of the workers that send to the queue of this name, each once, in their order.
    pub fn of(&self, queue: &str) -> Vec<String> {
        self.0.get(queue).into_iter().flatten().cloned().collect()
    }
}

impl Extend<ProducerDeclaration> for ProducersByQueue {
    fn extend<T: IntoIterator<Item = ProducerDeclaration>>(&mut self, declared: T) {
        for ProducerDeclaration { queue, worker } in declared {
            self.0.entry(queue).or_default().insert(worker);
        }
    }
}

impl FromIterator<ProducerDeclaration> for ProducersByQueue {
    fn from_iter<T: IntoIterator<Item = ProducerDeclaration>>(declared: T) -> Self {
        let mut producers = Self::default();
        producers.extend(declared);
        producers
    }
}
