//! One line.

use std::time::Duration;

use serde::Serialize;

use crate::base::Timestamp;
use crate::base::calendar::rfc3339;
use crate::broker::Event;
use crate::cli::diagnostic_view::PlaceView;
use crate::cli::verbosity::Verbosity;
use crate::runtime::log::LogLevel;

/// What is told; what does not belong to the kind is `None` and left out.
#[derive(Debug, Default, Serialize)]
pub struct Entry {
    pub(super) time: String,
    pub(super) level: &'static str,
    pub(super) kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) worker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) queue: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) place: Option<PlaceView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) help: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state_directory: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) workers: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) chaos: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) attempts: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) acked: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) total: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) failure: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) duration_ms: Option<u64>,
}

impl Entry {
    /// A line of this kind.
    pub fn new(level: LogLevel, kind: &'static str) -> Self {
        Self { level: level.name(), kind, ..Self::default() }
    }

    /// What the queues tell, unless it is for counters only.
    pub fn of(event: &Event) -> Option<Self> {
        let entry = match event {
            Event::DeliveryFinished { queue, worker, acked, total, duration_ms, failure } => Self {
                acked: Some(*acked),
                total: Some(*total),
                duration_ms: Some(*duration_ms),
                failure: failure.clone(),
                ..Self::new(LogLevel::Log, "delivery").queue(queue).worker(worker)
            },
            Event::Retried { id, queue, attempt, .. } => {
                Self::new(LogLevel::Debug, "retry").queue(queue).message(id, *attempt)
            }
            Event::DeadLettered { id, queue, attempts, .. } => {
                Self::new(LogLevel::Warn, "dead-letter").queue(queue).message(id, *attempts)
            }
            Event::Dropped { id, queue, attempts } => {
                Self::new(LogLevel::Warn, "dropped").queue(queue).message(id, *attempts)
            }
            Event::Expired { queue, .. } => Self::new(LogLevel::Warn, "expired").queue(queue),
            Event::QueueRecovered { queue, .. } => Self::new(LogLevel::Warn, "queue-recovered").queue(queue),
            Event::Damaged { queue, .. } => Self::new(LogLevel::Error, "damaged").queue(queue),
            Event::StorageFailed { .. } => Self::new(LogLevel::Error, "storage-failed"),
            Event::StorageRecovered => Self::new(LogLevel::Log, "storage-recovered"),
            _ => return None,
        };
        Some(entry.text(&event.to_string()))
    }

    /// With the worker it is about.
    pub fn worker(self, worker: &str) -> Self {
        Self { worker: Some(worker.to_owned()), ..self }
    }

    /// In words.
    pub fn text(self, text: &str) -> Self {
        Self { text: Some(text.to_owned()), ..self }
    }

    /// With how long it took.
    pub fn took(self, took: Duration) -> Self {
        Self { duration_ms: Some(u64::try_from(took.as_millis()).unwrap_or(u64::MAX)), ..self }
    }

    /// With the time at which it happened.
    pub fn at(self, now: Timestamp) -> Self {
        Self { time: rfc3339(now), ..self }
    }

    /// From which verbosity on it is left out.
    pub fn least_verbosity(&self) -> Verbosity {
        match self.level {
            "debug" => Verbosity::Debug,
            "warn" => Verbosity::Warn,
            "error" => Verbosity::Error,
            _ => Verbosity::Log,
        }
    }

    fn queue(self, queue: &str) -> Self {
        Self { queue: Some(queue.to_owned()), ..self }
    }

    fn message(self, id: &impl ToString, attempts: u32) -> Self {
        Self { id: Some(id.to_string()), attempts: Some(attempts), ..self }
    }
}
