//! One queue in memory: its row, its backlog, its consumer's pace.

use std::sync::Arc;

use super::backlog::Backlog;
use super::concurrency::Concurrency;
use super::process::ProcessNumber;
use super::row::{QueueRow, Record};
use super::settings::{ChangeSource, ConsumerSettings, PullConsumer, RetryPolicy, WorkerConsumer};
use crate::base::Timestamp;

#[derive(Debug)]
pub(super) struct Queue {
    pub row: QueueRow,
    pub backlog: Backlog,
    pub concurrency: Concurrency,
    pub policy: Arc<RetryPolicy>,
    pub worker: Option<Arc<str>>,
    /// The living process whose configuration declares its consumer.
    pub declared_by: Option<ProcessNumber>,
    /// When the batch that is filling began to: since then `max_batch_timeout` runs.
    pub batch_since: Option<Timestamp>,
    /// Its place in the index of deadlines.
    pub deadline: Option<Timestamp>,
    /// The second that is being counted for the limit of messages a second, and the count.
    pub rate: (u64, u32),
}

impl Queue {
    pub fn new(row: QueueRow) -> Self {
        let mut queue = Self {
            row,
            backlog: Backlog::default(),
            concurrency: Concurrency::default(),
            policy: Arc::new(RetryPolicy {
                max_retries: u32::MAX,
                retry_delay_seconds: 0,
                dead_letter_queue: None,
            }),
            worker: None,
            declared_by: None,
            batch_since: None,
            deadline: None,
            rate: (0, 0),
        };
        queue.consumer_changed();
        queue
    }

    /// Derives what depends on the consumer. Without one nothing is ever out of retries.
    pub fn consumer_changed(&mut self) {
        let settings = self.row.consumer.as_ref().map(|consumer| &consumer.settings);
        self.policy = Arc::new(settings.map_or(
            RetryPolicy { max_retries: u32::MAX, retry_delay_seconds: 0, dead_letter_queue: None },
            ConsumerSettings::retry_policy,
        ));
        self.worker = settings.and_then(ConsumerSettings::worker).map(Arc::from);
    }

    pub fn name(&self) -> &Arc<str> {
        &self.row.name
    }

    pub fn worker_consumer(&self) -> Option<&WorkerConsumer> {
        match &self.row.consumer.as_ref()?.settings {
            ConsumerSettings::Worker(worker) => Some(worker),
            ConsumerSettings::Pull(_) => None,
        }
    }

    /// Whether the consumer is the work of the API and of no configuration file.
    pub fn is_consumed_by_hand(&self) -> bool {
        self.row.consumer.as_ref().is_some_and(|consumer| consumer.source == ChangeSource::Api)
    }

    pub fn pull_consumer(&self) -> Option<&PullConsumer> {
        match &self.row.consumer.as_ref()?.settings {
            ConsumerSettings::Pull(pull) => Some(pull),
            ConsumerSettings::Worker(_) => None,
        }
    }

    /// When the batch that fills is due: at once when it is full; `None` when nothing is ready.
    pub fn batch_due(&self) -> Option<Timestamp> {
        let consumer = self.worker_consumer()?;
        let since = self.batch_since?;
        if self.backlog.ready_count() >= u64::from(consumer.max_batch_size) {
            return Some(since);
        }
        Some(since.plus_millis(consumer.max_batch_timeout_ms))
    }

    pub fn record(&self) -> Record {
        Record::Queue(Box::new(self.row.clone()))
    }

    /// When retention of a message that began then is over.
    pub fn retained_until(&self, retained_since: Timestamp) -> Timestamp {
        retained_since.plus_seconds(self.row.settings.retention_seconds)
    }
}
