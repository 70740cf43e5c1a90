//! Counting what happens in a run.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::conditions::{FailOn, Failure, FailureKind};
use crate::base::MessageId;
use crate::broker::{Event, Observer};
use crate::chaos::{FaultObserver, InjectedFault};

/// Most things of one kind that are told one by one.
const DETAILS_MAX: usize = 100;
/// Most faults that are remembered by name.
const FAULTS_MAX: usize = 100_000;

/// Counts. Share it between everybody who is told what happens.
#[derive(Debug, Default)]
pub struct Tally {
    counted: Mutex<Counted>,
}

/// What was counted.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// Each queue by name.
    pub queues: BTreeMap<String, QueueCounts>,
    /// The faults that were made, in their order.
    pub faults: Vec<InjectedFault>,
    failures: BTreeMap<FailureKind, Failure>,
}

/// What happened in one queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueCounts {
    /// Messages accepted.
    pub sent: u64,
    /// Messages handed to Workers, each time counted, copies made by faults too.
    pub delivered: u64,
    /// Messages handed to clients that pull, each time counted.
    pub pulled: u64,
    /// Messages acknowledged.
    pub acknowledged: u64,
    /// Messages to be delivered again, each time counted.
    pub retried: u64,
    /// Messages that went to the dead letter queue.
    pub dead_lettered: u64,
    /// Messages deleted after their last attempt.
    pub dropped: u64,
    /// Messages that outlived their retention.
    pub expired: u64,
    /// Messages left at the end.
    pub left: u64,
}

impl Tally {
    /// What has been counted up to now.
    pub fn counted(&self) -> Counted {
        self.lock().clone()
    }

    /// A Worker threw and nobody caught it.
    pub fn exception(&self, worker: &str, text: &str) {
        self.lock().add(FailureKind::Exception, 1, format!("[{worker}] {text}"));
    }

    fn lock(&self) -> MutexGuard<'_, Counted> {
        // Counts are whole after every step, so a panic elsewhere has not spoiled them.
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counted {
    /// What happened that must not have.
    pub fn failures(&self, fail_on: &FailOn) -> Vec<Failure> {
        let failures = self.failures.values().filter(|failure| fail_on.0.contains(&failure.kind));
        failures.cloned().collect()
    }

    /// Each kind of fault with how often it was made.
    pub fn fault_counts(&self) -> BTreeMap<&'static str, u64> {
        let mut counts = BTreeMap::new();
        for fault in &self.faults {
            *counts.entry(fault.fault.kind.name()).or_default() += 1;
        }
        counts
    }

    /// The same as text, such as `drop-ack 1, duplicate 2`.
    pub fn faults_in_words(&self) -> String {
        let counts = self.fault_counts();
        let words: Vec<String> = counts.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
        words.join(", ")
    }

    /// Takes note of messages that are left in a queue.
    pub fn leave(&mut self, queue: &str, messages: u64, has_consumer: bool) {
        self.queue(queue).left = messages;
        if has_consumer && messages > 0 {
            let detail = format!("{messages} in queue \"{queue}\"");
            self.add(FailureKind::Undelivered, messages, detail);
        }
    }

    fn add(&mut self, kind: FailureKind, count: u64, detail: String) {
        let none = || Failure { kind, count: 0, details: Vec::new() };
        let failure = self.failures.entry(kind).or_insert_with(none);
        failure.count += count;
        if failure.details.len() < DETAILS_MAX {
            failure.details.push(detail);
        }
    }

    fn queue(&mut self, name: &str) -> &mut QueueCounts {
        self.queues.entry(name.to_owned()).or_default()
    }
}

impl Observer for Tally {
    fn event(&self, event: &Event) {
        let counted = &mut *self.lock();
        match event {
            Event::Sent { queue, ids, .. } => counted.queue(queue).sent += ids.len() as u64,
            Event::Delivered { queue, messages, .. } => {
                counted.queue(queue).delivered += messages.len() as u64;
            }
            Event::Pulled { queue, messages } => counted.queue(queue).pulled += messages.len() as u64,
            Event::Acknowledged { queue, ids } => counted.queue(queue).acknowledged += ids.len() as u64,
            Event::Retried { queue, .. } => counted.queue(queue).retried += 1,
            Event::DeadLettered { queue, .. } => {
                counted.queue(queue).dead_lettered += 1;
                counted.add(FailureKind::DeadLetter, 1, event.to_string());
            }
            Event::Dropped { queue, .. } => {
                counted.queue(queue).dropped += 1;
                counted.add(FailureKind::Dropped, 1, event.to_string());
            }
            Event::Expired { queue, ids } => {
                let count = ids.len() as u64;
                counted.queue(queue).expired += count;
                counted.add(FailureKind::Dropped, count, event.to_string());
            }
            _ => {}
        }
    }
}

impl FaultObserver for Tally {
    fn fault(&self, fault: &InjectedFault) {
        let faults = &mut self.lock().faults;
        if faults.len() < FAULTS_MAX {
            faults.push(fault.clone());
        }
    }

    fn delivered_again(&self, queue: &Arc<str>, _worker: &Arc<str>, messages: &[(MessageId, u32)]) {
        self.lock().queue(queue).delivered += messages.len() as u64;
    }
}
