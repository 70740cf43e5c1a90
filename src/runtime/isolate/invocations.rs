//! What an isolate is busy with.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::value::RawValue;

use super::{FetchResponse, InvocationError, Reply};
use crate::broker::{BatchDecision, Decision, Delivery, Outcome};
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
    /// What a queue handler has said so far, should it never answer.
    decided: Option<Decided>,
}

/// What a queue handler says of its messages.
pub struct Decided {
    /// Of the whole batch.
    pub batch: Option<BatchDecision>,
    /// Of single messages.
    pub messages: Vec<(u32, Decision)>,
}

impl Invocation {
    fn fail(self, reason: &str) {
        let Self { waiting, decided, handler, .. } = self;
        // Whoever is told finds it ended.
        drop(handler);
        match (waiting, decided) {
            (Some(Waiting::Queue(delivery)), Some(Decided { batch, messages })) => {
                delivery.finish(Outcome { batch, messages, ..Outcome::failed(reason) });
            }
            (Some(waiting), _) => fail(waiting, reason),
            (None, _) => {}
        }
    }
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
        let begun = Invocation {
            waiting: Some(waiting),
            ends_at,
            handler,
            processor_time: Duration::ZERO,
            decided: None,
        };
        self.running.insert(invocation, begun);
    }

    /// How many messages a delivery has that is not finished.
    pub fn messages(&self, invocation: u64) -> Option<usize> {
        match &self.running.get(&invocation)?.waiting {
            Some(Waiting::Queue(delivery)) => Some(delivery.messages.len()),
            _ => None,
        }
    }

    /// What a queue handler has said so far counts even if it never answers.
    pub fn decide(&mut self, invocation: u64, decided: Decided) {
        if let Some(running) = self.running.get_mut(&invocation) {
            running.decided = Some(decided);
        }
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

    /// The invocation that runs when no other does. What JavaScript does then is done for it; of several, the
    /// engine does not tell whose work it does after a wait.
    pub fn alone(&self) -> Option<u64> {
        let (number, _) = self.running.first_key_value()?;
        (self.running.len() == 1).then_some(*number)
    }

    /// The processor time that `invocation` has certainly used.
    pub fn used(&self, invocation: u64) -> Duration {
        self.running.get(&invocation).map_or(Duration::ZERO, |running| running.processor_time)
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

    /// Fails the invocations whose wall time is over; answers with their numbers.
    pub fn end_overdue(&mut self, now: Instant) -> Vec<u64> {
        let overdue = |invocation: &Invocation| invocation.ends_at <= now;
        self.fail_those(overdue, limits::WALL_TIME_EXCEEDED)
    }

    /// Whether somebody waits for an answer.
    pub fn any_unanswered(&self) -> bool {
        self.running.values().any(|invocation| invocation.waiting.is_some())
    }

    /// Fails all of them, as nothing can end them any more; answers with their numbers.
    pub fn end_hung(&mut self) -> Vec<u64> {
        self.fail_those(|_| true, limits::HUNG)
    }

    fn fail_those(&mut self, chosen: impl Fn(&Invocation) -> bool, reason: &str) -> Vec<u64> {
        let ended: Vec<_> = self.running.extract_if(.., |_, invocation| chosen(invocation)).collect();
        let failed = |(number, invocation): (u64, Invocation)| {
            invocation.fail(reason);
            number
        };
        ended.into_iter().map(failed).collect()
    }

    /// Fails everything, because the isolate died: those of the `culprit`, if it is known, for this reason.
    pub fn fail_all(&mut self, reason: &str, culprit: Option<u64>) {
        let others = limits::ended_by_another(reason);
        for (number, invocation) in std::mem::take(&mut self.running) {
            let is_other = culprit.is_some_and(|culprit| culprit != number);
            invocation.fail(if is_other { &others } else { reason });
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
