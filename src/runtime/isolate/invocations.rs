//! What an isolate is busy with.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::value::RawValue;

use super::{FetchResponse, InvocationError, Reply};
use crate::broker::{Delivery, Outcome};
use crate::runtime::limits;
use crate::runtime::running::{HandlerKind, RunningHandler, RunningHandlers};

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

impl Waiting {
    const fn kind(&self) -> HandlerKind {
        match self {
            Self::Fetch(_) => HandlerKind::Fetch,
            Self::Call(_) => HandlerKind::Call,
            Self::Queue(_) => HandlerKind::Queue,
            Self::Scheduled(_) => HandlerKind::Scheduled,
        }
    }
}

/// The invocations that have not settled yet.
pub struct Invocations {
    running: BTreeMap<u64, Invocation>,
    worker: Arc<str>,
    handlers: RunningHandlers,
}

struct Invocation {
    /// `None` once it was answered; promises given to `waitUntil` may still run.
    waiting: Option<Waiting>,
    ends_at: Instant,
    handler: RunningHandler,
    /// Processor time that was certainly its own.
    processor_time: Duration,
}

impl Invocations {
    /// None yet, of the worker of this name; they are counted among `handlers`.
    pub fn new(worker: Arc<str>, handlers: RunningHandlers) -> Self {
        Self { running: BTreeMap::new(), worker, handlers }
    }

    /// Begins an invocation that may take `wall_time`.
    pub fn begin(&mut self, invocation: u64, waiting: Waiting, wall_time: Duration) {
        let ends_at = Instant::now() + wall_time;
        let handler = self.handlers.begin(&self.worker, waiting.kind());
        let processor_time = Duration::ZERO;
        self.running
            .insert(invocation, Invocation { waiting: Some(waiting), ends_at, handler, processor_time });
    }

    /// Takes whoever waits for the answer of `invocation`; `None` when it was answered before.
    pub fn take(&mut self, invocation: u64) -> Option<Waiting> {
        let running = self.running.get_mut(&invocation)?;
        running.handler.answered();
        running.waiting.take()
    }

    /// The invocation is over.
    pub fn settle(&mut self, invocation: u64) -> Option<Waiting> {
        self.running.remove(&invocation)?.waiting
    }

    /// Whether nothing is running.
    pub fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// The invocation that runs when no other does, and the processor time that it has used. What JavaScript
    /// does then is done for it; of several, the engine does not tell whose work it does after a wait.
    pub fn alone(&self) -> Option<(u64, Duration)> {
        let (number, invocation) = self.running.first_key_value()?;
        (self.running.len() == 1).then_some((*number, invocation.processor_time))
    }

    /// Counts processor time that `invocation` used; answers with all that it has.
    pub fn charge(&mut self, invocation: u64, used: Duration) -> Duration {
        let Some(running) = self.running.get_mut(&invocation) else { return Duration::ZERO };
        running.processor_time += used;
        running.processor_time
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
