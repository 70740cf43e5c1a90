//! Faults of sends.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::Chaos;
use super::dice::Side;
use super::fault::{Fault, FaultKind};
use crate::broker::{Failure, MetricsReply, NewMessage, Producer, SendReply, SendRequest};

/// How much later an overtaken message becomes visible, in seconds: the smallest delay there is.
const OVERTAKEN_SECONDS: u32 = 1;

/// The queues, with sends that fail and messages that are late.
pub(super) struct ChaosProducer {
    chaos: Arc<Chaos>,
    queues: Arc<dyn Producer>,
    counts: Mutex<HashMap<Arc<str>, Counts>>,
}

/// What was sent to a queue so far.
#[derive(Clone, Copy, Default)]
struct Counts {
    sends: u64,
    messages: u64,
}

impl ChaosProducer {
    pub fn new(chaos: Arc<Chaos>, queues: Arc<dyn Producer>) -> Self {
        Self { chaos, queues, counts: Mutex::default() }
    }

    /// Numbers a send and its messages: the send's number, and that of the message before its first.
    fn count(&self, request: &SendRequest) -> Counts {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = counts.entry(request.queue.clone()).or_default();
        let numbered = Counts { sends: counts.sends + 1, messages: counts.messages };
        counts.sends = numbered.sends;
        counts.messages += request.messages.len() as u64;
        numbered
    }

    /// The side on which this send fails, if it does.
    fn failing(&self, queue: &Arc<str>, send: u64) -> Option<Side> {
        let fault = fault(FaultKind::FailSend, queue, send);
        if !self.chaos.dice.happens(&fault) {
            return None;
        }
        let side = self.chaos.dice.side(&fault);
        self.chaos.inject(
            fault,
            match side {
                Side::Before => "the send was rejected, and nothing was stored",
                Side::After => "the send was rejected, although its messages were stored",
            },
        );
        Some(side)
    }

    /// Makes a message late, beyond whatever delay it has.
    fn hold_back(&self, queue: &Arc<str>, number: u64, message: &mut NewMessage) {
        let late = fault(FaultKind::Delay, queue, number);
        if self.chaos.dice.happens(&late) {
            let seconds = self.chaos.dice.delay_seconds(&late);
            message.held_back_seconds += seconds;
            self.chaos.inject(late, format!("the message becomes visible {seconds} s later"));
        }
        let overtaken = fault(FaultKind::ReorderMessage, queue, number);
        if self.chaos.dice.happens(&overtaken) {
            message.held_back_seconds += OVERTAKEN_SECONDS;
            self.chaos.inject(overtaken, "messages sent later overtake this one");
        }
    }
}

impl Producer for ChaosProducer {
    fn send(&self, mut request: SendRequest, reply: SendReply) {
        let counts = self.count(&request);
        let failing = self.failing(&request.queue, counts.sends);
        if failing == Some(Side::Before) {
            return reply(Err(Failure::Injected));
        }
        for (number, message) in (counts.messages + 1..).zip(&mut request.messages) {
            self.hold_back(&request.queue, number, message);
        }
        let reply: SendReply = match failing {
            Some(_) => Box::new(move |result| reply(result.and(Err(Failure::Injected)))),
            None => reply,
        };
        self.queues.send(request, reply);
    }

    fn metrics(&self, queue: &str, reply: MetricsReply) {
        self.queues.metrics(queue, reply);
    }
}

fn fault(kind: FaultKind, queue: &Arc<str>, message: u64) -> Fault {
    Fault { kind, queue: queue.clone(), message, attempt: 1 }
}
