//! What a queue and its consumer are set to.

use serde::{Deserialize, Serialize};

use crate::base::limits;

/// The settings of one queue.
///
/// Source: Cloudflare's documentation, "Configure Queues", queue settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueSettings {
    /// Delay of messages sent without one of their own, in seconds, 0 to 86,400.
    pub delivery_delay_seconds: u32,
    /// Whether nothing is delivered; producing goes on.
    pub delivery_paused: bool,
    /// How long a message is kept after it was sent, in seconds, 60 to 1,209,600.
    pub retention_seconds: u64,
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self {
            delivery_delay_seconds: 0,
            delivery_paused: false,
            retention_seconds: limits::RETENTION_SECONDS_DEFAULT,
        }
    }
}

/// A change to a queue; what is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueChange {
    /// A new name.
    pub name: Option<String>,
    /// A new [`QueueSettings::delivery_delay_seconds`].
    pub delivery_delay_seconds: Option<u32>,
    /// A new [`QueueSettings::delivery_paused`].
    pub delivery_paused: Option<bool>,
    /// A new [`QueueSettings::retention_seconds`].
    pub retention_seconds: Option<u64>,
}

/// Who made the most recent change to a queue or a consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeSource {
    /// A configuration file.
    Config,
    /// The REST API.
    Api,
}

impl ChangeSource {
    /// `config` or `api`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Api => "api",
        }
    }
}

/// A queue's consumer: there is at most one.
///
/// Source: Cloudflare's documentation, "Configure Queues", consumer settings, and "Pull consumers".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConsumerSettings {
    /// Messages are pushed to a worker's `queue()` handler.
    Worker(WorkerConsumer),
    /// Messages are pulled over HTTP.
    Pull(PullConsumer),
}

/// A worker that consumes a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerConsumer {
    /// The worker's name.
    pub worker: String,
    /// Most messages in one delivery, 1 to 100.
    pub max_batch_size: u32,
    /// How long a delivery waits to fill, in milliseconds, 0 to 60,000.
    pub max_batch_timeout_ms: u64,
    /// Retries after the first attempt, 0 to 100.
    pub max_retries: u32,
    /// Most concurrent deliveries, 1 to 250; `None` is automatic.
    pub max_concurrency: Option<u32>,
    /// Delay of a retry that asks for none, in seconds, 0 to 86,400.
    pub retry_delay_seconds: u32,
    /// Where messages go after their last attempt; without one they are dropped.
    pub dead_letter_queue: Option<String>,
}

impl WorkerConsumer {
    /// The documented defaults, for the worker of this name.
    pub fn new(worker: impl Into<String>) -> Self {
        Self {
            worker: worker.into(),
            max_batch_size: limits::MAX_BATCH_SIZE_DEFAULT,
            max_batch_timeout_ms: limits::MAX_BATCH_TIMEOUT_MS_DEFAULT,
            max_retries: limits::MAX_RETRIES_DEFAULT,
            max_concurrency: None,
            retry_delay_seconds: 0,
            dead_letter_queue: None,
        }
    }
}

/// Clients that pull a queue over HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullConsumer {
    /// Most messages in one pull that names no size of its own, 1 to 100.
    pub max_batch_size: u32,
    /// How long a pulled message stays leased when the pull names no time, in milliseconds, up to 12 hours.
    pub visibility_timeout_ms: u64,
    /// Retries after the first attempt, 0 to 100.
    pub max_retries: u32,
    /// Delay of a retry that asks for none, in seconds, 0 to 86,400.
    pub retry_delay_seconds: u32,
    /// Where messages go after their last attempt; without one they are dropped.
    pub dead_letter_queue: Option<String>,
}

impl Default for PullConsumer {
    fn default() -> Self {
        Self {
            max_batch_size: limits::PULL_BATCH_SIZE_DEFAULT,
            visibility_timeout_ms: limits::VISIBILITY_TIMEOUT_MS_DEFAULT,
            max_retries: limits::MAX_RETRIES_DEFAULT,
            retry_delay_seconds: 0,
            dead_letter_queue: None,
        }
    }
}

impl ConsumerSettings {
    /// The worker's name, or `None` for a pull consumer.
    pub fn worker(&self) -> Option<&str> {
        match self {
            Self::Worker(worker) => Some(&worker.worker),
            Self::Pull(_) => None,
        }
    }

    /// Where messages go after their last attempt.
    pub fn dead_letter_queue(&self) -> Option<&str> {
        match self {
            Self::Worker(worker) => worker.dead_letter_queue.as_deref(),
            Self::Pull(pull) => pull.dead_letter_queue.as_deref(),
        }
    }

    /// Names another dead letter queue.
    pub(super) fn set_dead_letter_queue(&mut self, name: &str) {
        match self {
            Self::Worker(worker) => worker.dead_letter_queue = Some(name.to_owned()),
            Self::Pull(pull) => pull.dead_letter_queue = Some(name.to_owned()),
        }
    }

    /// How people are told which consumer this is: the worker's name, or `http_pull`.
    pub fn label(&self) -> &str {
        self.worker().unwrap_or("http_pull")
    }

    /// What happens to a message of this consumer that is to be retried.
    pub(super) fn retry_policy(&self) -> RetryPolicy {
        match self {
            Self::Worker(worker) => RetryPolicy {
                max_retries: worker.max_retries,
                retry_delay_seconds: worker.retry_delay_seconds,
                dead_letter_queue: worker.dead_letter_queue.clone(),
            },
            Self::Pull(pull) => RetryPolicy {
                max_retries: pull.max_retries,
                retry_delay_seconds: pull.retry_delay_seconds,
                dead_letter_queue: pull.dead_letter_queue.clone(),
            },
        }
    }
}

/// What happens to a message that is to be retried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RetryPolicy {
    pub max_retries: u32,
    pub retry_delay_seconds: u32,
    pub dead_letter_queue: Option<String>,
}
