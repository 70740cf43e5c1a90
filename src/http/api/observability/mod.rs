//! Counting what happens, for Prometheus.
//!
//! The text is Prometheus' exposition format 0.0.4. What is counted is told by the broker's events; what a
//! queue holds is asked for when the counters are read.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::broker::{Event, Observer};

mod exposition;
mod histogram;

use exposition::Exposition;
use histogram::Histogram;

/// The content type of the text.
pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What a queue holds at one moment.
#[derive(Clone, Debug)]
pub(super) struct QueueGauges {
    /// The queue's name.
    pub queue: Arc<str>,
    /// Whether it is paused.
    pub paused: bool,
    /// Messages accepted and not finished.
    pub backlog_messages: u64,
    /// The sum of their bodies' lengths.
    pub backlog_bytes: u64,
    /// How long ago the oldest of them was sent; zero when there is none.
    pub oldest_age: Duration,
}

/// Counts the broker's events. Give it to the broker as its observer.
#[derive(Debug, Default)]
pub struct Observability {
    counted: Mutex<Counted>,
}

#[derive(Debug, Default)]
struct Counted {
    queues: BTreeMap<Arc<str>, QueueCounters>,
    commits: Histogram,
    committed_records: u64,
    storage_failures: u64,
    storage_failing: bool,
}

/// What has happened in one queue since the session began.
#[derive(Debug, Default)]
struct QueueCounters {
    sent: u64,
    sent_bytes: u64,
    delivered: u64,
    pulled: u64,
    acknowledged: u64,
    retried: u64,
    dead_lettered: u64,
    dropped: u64,
    expired: u64,
    purged: u64,
    damaged: u64,
    invocations_succeeded: u64,
    invocations_failed: u64,
    handler: Histogram,
    running: u64,
    concurrency: u64,
}

impl Observer for Observability {
    fn event(&self, event: &Event) {
        // Counters are whole after every step, so a panic elsewhere has not spoiled them.
        self.counted.lock().unwrap_or_else(PoisonError::into_inner).count(event);
    }
}

impl Counted {
    fn count(&mut self, event: &Event) {
        match event {
            Event::Sent { queue, ids, bytes } => {
                let counters = self.queue(queue);
                counters.sent += ids.len() as u64;
                counters.sent_bytes += bytes;
            }
            Event::Delivered { queue, messages, running, concurrency, .. } => {
                let counters = self.queue(queue);
                counters.delivered += messages.len() as u64;
                counters.running = u64::from(*running);
                counters.concurrency = u64::from(*concurrency);
            }
            Event::DeliveryFinished { queue, duration_ms, failure, .. } => {
                self.queue(queue).finished(Duration::from_millis(*duration_ms), failure.is_none());
            }
            Event::Pulled { queue, messages } => self.queue(queue).pulled += messages.len() as u64,
            Event::Acknowledged { queue, ids } => self.queue(queue).acknowledged += ids.len() as u64,
            Event::Retried { queue, .. } => self.queue(queue).retried += 1,
            Event::DeadLettered { queue, .. } => self.queue(queue).dead_lettered += 1,
            // It left a queue and came to another: the backlogs say so.
            Event::Moved { .. } => {}
            Event::Dropped { queue, .. } => self.queue(queue).dropped += 1,
            Event::Expired { queue, ids } => self.queue(queue).expired += ids.len() as u64,
            Event::Purged { queue, count } => self.queue(queue).purged += count,
            Event::MessagesPurged { queue, ids } => self.queue(queue).purged += ids.len() as u64,
            Event::GivenBack { queue, .. } => {
                let counters = self.queue(queue);
                counters.running = counters.running.saturating_sub(1);
            }
            Event::QueueCreated { queue } => drop(self.queue(queue)),
            Event::QueueRenamed { queue, former_name } => {
                if let Some(counters) = self.queues.remove(former_name) {
                    self.queues.insert(queue.clone(), counters);
                }
            }
            Event::QueueDeleted { queue } => drop(self.queues.remove(queue)),
            Event::Damaged { queue, .. } => self.queue(queue).damaged += 1,
            Event::ConfigurationRefused { .. } | Event::QueueRecovered { .. } => {}
            Event::StorageFailed { .. } => {
                self.storage_failures += 1;
                self.storage_failing = true;
            }
            Event::Reset => *self = Self::default(),
            Event::StorageRecovered => self.storage_failing = false,
            Event::Committed { records, duration_us } => {
                self.commits.observe(Duration::from_micros(*duration_us));
                self.committed_records += *records as u64;
            }
        }
    }

    fn queue(&mut self, name: &Arc<str>) -> &mut QueueCounters {
        self.queues.entry(name.clone()).or_default()
    }
}

impl QueueCounters {
    fn finished(&mut self, duration: Duration, succeeded: bool) {
        self.running = self.running.saturating_sub(1);
        self.handler.observe(duration);
        if succeeded {
            self.invocations_succeeded += 1;
        } else {
            self.invocations_failed += 1;
        }
    }
}

impl Observability {
    /// Counters that start at zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// The text. `queues` are all there are: the counters of others are forgotten.
    pub(super) fn render(&self, queues: &[QueueGauges]) -> String {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let names: std::collections::BTreeSet<&Arc<str>> =
            queues.iter().map(|gauges| &gauges.queue).collect();
        counted.queues.retain(|name, _| names.contains(name));
        for gauges in queues {
            counted.queue(&gauges.queue);
        }
        let mut text = Exposition::default();
        render_gauges(&mut text, queues);
        render_counters(&mut text, &counted.queues);
        render_workers(&mut text, &counted.queues);
        render_storage(&mut text, &counted);
        text.finish()
    }
}

fn render_gauges(text: &mut Exposition, queues: &[QueueGauges]) {
    let mut gauge = |name: &str, help: &str, value: fn(&QueueGauges) -> f64| {
        text.family(name, "gauge", help);
        for gauges in queues {
            text.sample(name, &[("queue", &gauges.queue)], value(gauges));
        }
    };
    #[expect(clippy::cast_precision_loss, reason = "the format has no other numbers")]
    {
        gauge("queues_backlog_messages", "Messages accepted and not finished.", |queue| {
            queue.backlog_messages as f64
        });
        gauge("queues_backlog_bytes", "Bytes of the bodies of the backlog.", |queue| {
            queue.backlog_bytes as f64
        });
    }
    gauge("queues_oldest_message_age_seconds", "Age of the oldest message of the backlog.", |queue| {
        queue.oldest_age.as_secs_f64()
    });
    gauge("queues_delivery_paused", "Whether delivery is paused.", |queue| f64::from(u8::from(queue.paused)));
}

type Counter = (&'static str, &'static str, fn(&QueueCounters) -> u64);

const COUNTERS: [Counter; 11] = [
    ("queues_sent_messages_total", "Messages accepted.", |queue| queue.sent),
    ("queues_sent_bytes_total", "Bytes of the bodies of messages accepted.", |queue| queue.sent_bytes),
    ("queues_delivered_messages_total", "Messages handed to Workers.", |queue| queue.delivered),
    ("queues_pulled_messages_total", "Messages handed to clients that pull.", |queue| queue.pulled),
    ("queues_acknowledged_messages_total", "Messages acknowledged.", |queue| queue.acknowledged),
    ("queues_retried_messages_total", "Messages to be delivered again.", |queue| queue.retried),
    ("queues_dead_lettered_messages_total", "Messages moved to the dead letter queue.", |queue| {
        queue.dead_lettered
    }),
    ("queues_dropped_messages_total", "Messages deleted after their last attempt.", |queue| queue.dropped),
    ("queues_expired_messages_total", "Messages that outlived their retention.", |queue| queue.expired),
    ("queues_purged_messages_total", "Messages that were purged.", |queue| queue.purged),
    ("queues_damaged_messages_total", "Messages that could not be read.", |queue| queue.damaged),
];

fn render_counters(text: &mut Exposition, queues: &BTreeMap<Arc<str>, QueueCounters>) {
    for (name, help, value) in COUNTERS {
        text.family(name, "counter", help);
        for (queue, counters) in queues {
            text.count(name, &[("queue", queue)], value(counters));
        }
    }
}

fn render_workers(text: &mut Exposition, queues: &BTreeMap<Arc<str>, QueueCounters>) {
    let name = "queues_invocations_total";
    text.family(name, "counter", "Invocations of queue handlers.");
    for (queue, counters) in queues {
        text.count(name, &[("queue", queue), ("result", "succeeded")], counters.invocations_succeeded);
        text.count(name, &[("queue", queue), ("result", "failed")], counters.invocations_failed);
    }
    let name = "queues_handler_duration_seconds";
    text.family(name, "histogram", "How long queue handlers ran.");
    for (queue, counters) in queues {
        counters.handler.render(text, name, &[("queue", queue)]);
    }
    let name = "queues_running_invocations";
    text.family(name, "gauge", "Invocations of queue handlers that run.");
    for (queue, counters) in queues {
        text.count(name, &[("queue", queue)], counters.running);
    }
    let name = "queues_concurrency_limit";
    text.family(name, "gauge", "How many invocations could run at the last delivery.");
    for (queue, counters) in queues {
        text.count(name, &[("queue", queue)], counters.concurrency);
    }
}

fn render_storage(text: &mut Exposition, counted: &Counted) {
    let name = "queues_commit_duration_seconds";
    text.family(name, "histogram", "How long commits to the storage took.");
    counted.commits.render(text, name, &[]);
    let name = "queues_committed_records_total";
    text.family(name, "counter", "Records made durable.");
    text.count(name, &[], counted.committed_records);
    let name = "queues_storage_failures_total";
    text.family(name, "counter", "Commits that failed.");
    text.count(name, &[], counted.storage_failures);
    let name = "queues_storage_failing";
    text.family(name, "gauge", "Whether the last commit failed.");
    text.count(name, &[], u64::from(counted.storage_failing));
}

#[cfg(test)]
mod tests;
