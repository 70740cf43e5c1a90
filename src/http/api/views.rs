//! Queues, consumers and backlogs as the API shows them.

use serde::Serialize;

use crate::base::calendar::rfc3339;
use crate::broker::{
    ConsumerRow, ConsumerSettings, Metrics, ProducersByQueue, PullConsumer, QueueRow, QueueSettings,
    WorkerConsumer,
};

/// A queue.
#[derive(Debug, Serialize)]
pub struct QueueView {
    queue_id: String,
    queue_name: String,
    created_on: String,
    modified_on: String,
    /// Ours: which of the two made the most recent change, `config` or `api`.
    modified_by: &'static str,
    producers: Vec<ProducerView>,
    producers_total_count: usize,
    consumers: Vec<ConsumerView>,
    consumers_total_count: usize,
    settings: QueueSettingsView,
}

impl QueueView {
    /// The queue, with those of `producers` that send to it.
    pub fn new(queue: &QueueRow, producers: &ProducersByQueue) -> Self {
        let producers = producers.of(&queue.name).into_iter();
        let producers: Vec<_> = producers.map(|script| ProducerView { kind: "worker", script }).collect();
        let consumers: Vec<_> = ConsumerView::of(queue).into_iter().collect();
        Self {
            queue_id: queue.id.to_string(),
            queue_name: queue.name.to_string(),
            created_on: rfc3339(queue.created_at),
            modified_on: rfc3339(queue.modified_at),
            modified_by: queue.source.name(),
            producers_total_count: producers.len(),
            producers,
            consumers_total_count: consumers.len(),
            consumers,
            settings: QueueSettingsView::new(&queue.settings),
        }
    }
}

#[derive(Debug, Serialize)]
struct ProducerView {
    #[serde(rename = "type")]
    kind: &'static str,
    script: String,
}

#[derive(Debug, Serialize)]
struct QueueSettingsView {
    delivery_delay: u32,
    delivery_paused: bool,
    message_retention_period: u64,
}

impl QueueSettingsView {
    fn new(settings: &QueueSettings) -> Self {
        let QueueSettings { delivery_delay_seconds, delivery_paused, retention_seconds } = *settings;
        Self {
            delivery_delay: delivery_delay_seconds,
            delivery_paused,
            message_retention_period: retention_seconds,
        }
    }
}

/// A queue's consumer.
///
/// A worker is named twice: wrangler reads `script`, the SDKs `script_name`.
#[derive(Debug, Serialize)]
pub struct ConsumerView {
    consumer_id: String,
    created_on: String,
    modified_on: String,
    /// Ours: which of the two made the most recent change, `config` or `api`.
    modified_by: &'static str,
    queue_name: String,
    queue_id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    script: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    script_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_letter_queue: Option<String>,
    settings: ConsumerSettingsView,
}

impl ConsumerView {
    /// The consumer of a queue that has one.
    pub fn of(queue: &QueueRow) -> Option<Self> {
        queue.consumer.as_ref().map(|consumer| Self::new(queue, consumer))
    }

    /// A consumer of a queue.
    pub fn new(queue: &QueueRow, consumer: &ConsumerRow) -> Self {
        let script = consumer.settings.worker().map(str::to_owned);
        Self {
            consumer_id: consumer.id.to_string(),
            created_on: rfc3339(consumer.created_at),
            modified_on: rfc3339(consumer.modified_at),
            modified_by: consumer.source.name(),
            queue_name: queue.name.to_string(),
            queue_id: queue.id.to_string(),
            kind: if script.is_some() { "worker" } else { "http_pull" },
            script_name: script.clone(),
            script,
            dead_letter_queue: consumer.settings.dead_letter_queue().map(str::to_owned),
            settings: ConsumerSettingsView::new(&consumer.settings),
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum ConsumerSettingsView {
    Worker {
        batch_size: u32,
        max_retries: u32,
        max_wait_time_ms: u64,
        /// Null is automatic.
        max_concurrency: Option<u32>,
        retry_delay: u32,
    },
    Pull {
        batch_size: u32,
        max_retries: u32,
        visibility_timeout_ms: u64,
        retry_delay: u32,
    },
}

impl ConsumerSettingsView {
    fn new(settings: &ConsumerSettings) -> Self {
        match settings {
            ConsumerSettings::Worker(worker) => {
                let WorkerConsumer {
                    worker: _,
                    max_batch_size: batch_size,
                    max_batch_timeout_ms: max_wait_time_ms,
                    max_retries,
                    max_concurrency,
                    retry_delay_seconds: retry_delay,
                    dead_letter_queue: _,
                } = *worker;
                Self::Worker { batch_size, max_retries, max_wait_time_ms, max_concurrency, retry_delay }
            }
            ConsumerSettings::Pull(pull) => {
                let PullConsumer {
                    max_batch_size: batch_size,
                    visibility_timeout_ms,
                    max_retries,
                    retry_delay_seconds: retry_delay,
                    dead_letter_queue: _,
                } = *pull;
                Self::Pull { batch_size, max_retries, visibility_timeout_ms, retry_delay }
            }
        }
    }
}

/// A queue's backlog.
#[derive(Debug, Serialize)]
pub struct MetricsView {
    backlog_count: u64,
    backlog_bytes: u64,
    /// 0 when there is no message.
    oldest_message_timestamp_ms: u64,
}

impl From<Metrics> for MetricsView {
    fn from(metrics: Metrics) -> Self {
        let Metrics { backlog_count, backlog_bytes, oldest_message_timestamp } = metrics;
        let oldest_message_timestamp_ms = oldest_message_timestamp.unwrap_or_default().as_millis();
        Self { backlog_count, backlog_bytes, oldest_message_timestamp_ms }
    }
}

/// `{"metrics": …}`, as it goes with messages.
#[derive(Serialize)]
pub(super) struct MetricsMetadata {
    metrics: MetricsView,
}

impl From<Metrics> for MetricsMetadata {
    fn from(metrics: Metrics) -> Self {
        Self { metrics: metrics.into() }
    }
}
