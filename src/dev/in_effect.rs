//! What holds for a queue: the most recent change, be it the configuration's or the API's.

use crate::broker::{ChangeSource, ConsumerSettings, QueueRow};
use crate::plan::Plan;

/// What holds for a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueInEffect {
    /// Its name.
    pub queue: String,
    /// Who consumes it, and how.
    pub consumer: Option<ConsumerSettings>,
    /// Whether the API, or the command line, changed the consumer last.
    pub changed_by_api: bool,
    /// Whether nothing of it is delivered.
    pub is_paused: bool,
}

impl QueueInEffect {
    /// That of a queue as it is stored.
    pub fn new(row: &QueueRow) -> Self {
        let consumer = row.consumer.as_ref();
        Self {
            queue: row.name.to_string(),
            consumer: consumer.map(|consumer| consumer.settings.clone()),
            changed_by_api: consumer.is_some_and(|consumer| consumer.source == ChangeSource::Api),
            is_paused: row.settings.delivery_paused,
        }
    }

    /// The worker that the API made its consumer and that `plan` does not run.
    pub fn absent_worker(&self, plan: &Plan) -> Option<&str> {
        let Some(ConsumerSettings::Worker(consumer)) = self.consumer.as_ref().filter(|_| self.changed_by_api)
        else {
            return None;
        };
        let runs = plan.workers.iter().any(|worker| worker.name == consumer.worker);
        (!runs).then_some(consumer.worker.as_str())
    }
}

/// What is said of a queue whose consumer does not run in this session.
pub fn absent_worker_notice(queue: &str, worker: &str) -> String {
    format!(
        "Queue \"{queue}\" is consumed by worker \"{worker}\", which does not run here: unless another session runs \
         it, its messages wait."
    )
}
