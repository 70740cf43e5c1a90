//! The processes that use the queues: the one that owns them, and those that are connected to it.

use std::collections::BTreeSet;

use super::error::ConsumerExists;
use super::queue::Queue;
use super::settings::ConsumerSettings;
use super::topology::{ProducerDeclaration, ProducersByQueue};
use super::{Core, QueueNumber};

/// A process, numbered by the one that owns the queues; never reused while that one lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessNumber(pub u32);

impl ProcessNumber {
    /// The process that owns the queues.
    pub const OWNER: Self = Self(0);
}

/// A process that lives.
#[derive(Clone, Debug, Default)]
pub(super) struct Process {
    /// How people are told which one it is; empty when there is no other.
    pub label: String,
    /// The workers of its configuration.
    pub workers: BTreeSet<String>,
    /// Which of them send to which queues.
    pub producers: Vec<ProducerDeclaration>,
}

impl Core {
    /// The process that the next batch of this queue goes to, if its worker is connected.
    ///
    /// The process that declared the consumer has it alone, even while its worker is not there yet: another
    /// process may run a worker of the same name with other code. While that process is away its messages wait. A
    /// consumer that was attached by hand is any worker of that name.
    pub(super) fn recipient(&self, queue: &Queue) -> Option<ProcessNumber> {
        let connected = self.workers.get(queue.worker.as_deref()?)?;
        let declared_by = queue.declared_by.filter(|process| self.has_worker(*process, queue));
        match declared_by {
            Some(process) => connected.contains(&process).then_some(process),
            None if queue.is_consumed_by_hand() => connected.first().copied(),
            None => None,
        }
    }

    fn has_worker(&self, process: ProcessNumber, queue: &Queue) -> bool {
        let workers = self.processes.get(&process).map(|process| &process.workers);
        workers.zip(queue.worker.as_deref()).is_some_and(|(workers, worker)| workers.contains(worker))
    }

    /// Refuses a consumer of a queue that a worker of another living process consumes.
    pub(super) fn check_other_process(
        &self,
        process: ProcessNumber,
        queue: &str,
        settings: &ConsumerSettings,
    ) -> Result<(), ConsumerExists> {
        let queue = self.names.get(queue).and_then(|number| self.queues.get(number));
        let Some((queue, other)) = queue.and_then(|queue| Some((queue, self.consuming_process(queue)?)))
        else {
            return Ok(());
        };
        if other == process {
            return Ok(());
        }
        let consumer = queue.row.consumer.as_ref().map(|consumer| &consumer.settings);
        let existing = queue.row.declared_consumer.as_ref().or(consumer);
        Err(ConsumerExists {
            queue: queue.name().to_string(),
            existing: existing.map(|existing| existing.label().to_owned()).unwrap_or_default(),
            existing_in: self.label(other),
            requested: settings.label().to_owned(),
            requested_in: self.label(process),
        })
    }

    /// The living process whose configuration declares the queue's consumer, or, if that was attached by hand, has
    /// the worker it names.
    fn consuming_process(&self, queue: &Queue) -> Option<ProcessNumber> {
        let living = queue.declared_by.filter(|process| self.processes.contains_key(process));
        living.or_else(|| {
            let mut processes = self.processes.keys().copied().filter(|_| queue.is_consumed_by_hand());
            processes.find(|process| self.has_worker(*process, queue))
        })
    }

    /// Which workers, of all processes, send to which queues.
    pub fn producers(&self) -> ProducersByQueue {
        self.processes.values().flat_map(|process| process.producers.iter().cloned()).collect()
    }

    fn label(&self, process: ProcessNumber) -> Option<String> {
        let label = self.processes.get(&process).map(|process| process.label.clone());
        label.filter(|label| !label.is_empty())
    }

    /// The queues that this process declared a consumer of.
    pub(super) fn declared_by(&self, process: ProcessNumber) -> Vec<QueueNumber> {
        let declared = self.queues.iter().filter(|(_, queue)| queue.declared_by == Some(process));
        declared.map(|(number, _)| *number).collect()
    }
}
