//! What an isolate is busy with.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::value::RawValue;

use super::{FetchResponse, InvocationError, Reply};
use crate::broker::{Delivery, Outcome};
use crate::runtime::limits;

/// Who waits for an invocation.
pub enum Waiting {
    /// A client, for a response.
    Fetch(Reply<FetchResponse>),
    /// Another Worker, for a method's result.
    Call(Reply<Box<RawValue>>),
    /// The broker, for an outcome.
    Queue(Delivery),
    /// Whoever triggered a cron event.
    Scheduled(Reply<()>),
}

/// The invocations that have not settled yet.
#[derive(Default)]
pub struct Invocations {
    running: BTreeMap<u64, Invocation>,
}

struct Invocation {
    /// `None` once it was answered; promises given to `waitUntil` may still run.
    waiting: Option<Waiting>,
    ends_at: Instant,
}

impl Invocations {
    /// Begins an invocation that may take `wall_time`.
    pub fn begin(&mut self, invocation: u64, waiting: Waiting, wall_time: Duration) {
        let ends_at = Instant::now() + wall_time;
        self.running.insert(invocation, Invocation { waiting: Some(waiting), ends_at });
    }

    /// Takes whoever waits for the answer of `invocation`; `None` when it was answered before.
    pub fn take(&mut self, invocation: u64) -> Option<Waiting> {
        self.running.get_mut(&invocation)?.waiting.take()
    }

    /// The invocation is over.
    pub fn settle(&mut self, invocation: u64) -> Option<Waiting> {
        self.running.remove(&invocation)?.waiting
    }

    /// Whether nothing is running.
    pub fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// When the first invocation passes its wall time.
    pub fn next_end(&self) -> Option<Instant> {
        self.running.values().map(|invocation| invocation.ends_at).min()
    }

    /// Fails the invocations whose wall time is over.
    pub fn end_overdue(&mut self, now: Instant) {
        let overdue: Vec<_> = self
            .running
            .iter()
            .filter(|(_, invocation)| invocation.ends_at <= now)
            .map(|(number, _)| *number)
            .collect();
        for number in overdue {
            if let Some(waiting) = self.settle(number) {
                fail(waiting, limits::WALL_TIME_EXCEEDED);
            }
        }
    }

    /// Fails everything, because the isolate died.
    pub fn fail_all(&mut self, reason: &str) {
        for (_, invocation) in std::mem::take(&mut self.running) {
            if let Some(waiting) = invocation.waiting {
                fail(waiting, reason);
            }
        }
    }
}

/// Answers whoever waits that the isolate could not.
pub fn fail(waiting: Waiting, reason: &str) {
    let died = || InvocationError::Died(reason.to_owned());
    match waiting {
        Waiting::Fetch(reply) => drop(reply.send(Err(died()))),
        Waiting::Call(reply) => drop(reply.send(Err(died()))),
        Waiting::Scheduled(reply) => drop(reply.send(Err(died()))),
        Waiting::Queue(delivery) => delivery.finish(Outcome::failed(reason)),
    }
}
