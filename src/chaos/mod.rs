//! Chaos: faults that at-least-once delivery allows, chosen by a seed.
//!
//! - [`Spec`] is what a person asks for: a seed, and how often each kind of fault happens.
//! - [`Dice`] decides. Whether a fault happens depends on the seed, the kind, the queue, the number of the
//!   message in its queue and the attempt, and on nothing else: not on time, threads or random ids.
//! - [`Chaos`] stands between the workers and the queues, at the ports [`Producer`] and [`Consumer`], and
//!   makes the faults happen. Each one is told with its name, a [`Fault`]; a run that is told only some of
//!   the names (`only=…`) makes only those.
//! - [`Shrinking`] finds the fewest faults that still make a run fail.
//!
//! [`Producer`]: crate::broker::Producer
//! [`Consumer`]: crate::broker::Consumer

mod consumer;
mod dice;
mod fault;
mod numbers;
mod order;
mod producer;
mod shrinking;
mod spec;
mod spec_error;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use dice::Dice;
pub use fault::{Fault, FaultKind, InjectedFault, UnknownFault};
pub use shrinking::Shrinking;
pub use spec::{DelayRange, Rate, Seeds, Spec};
pub use spec_error::SpecError;

use crate::base::MessageId;
use crate::broker::{Consumer, Producer};

/// Is told each fault when it is made.
pub trait FaultObserver: Send + Sync {
    /// A fault was made. Called from several threads; must not wait.
    fn fault(&self, fault: &InjectedFault);

    /// Copies of these messages were handed to a worker, each with its attempt. The queues know nothing of it: for them
    /// it is one delivery.
    fn delivered_again(&self, queue: &Arc<str>, worker: &Arc<str>, messages: &[(MessageId, u32)]) {
        let _ = (queue, worker, messages);
    }
}

/// Kills what runs a worker's code.
pub trait Crash: Send + Sync {
    /// Ends the isolate that runs now: everything it is busy with fails.
    fn crash(&self);
}

/// Makes faults between the workers and the queues.
pub struct Chaos {
    dice: Dice,
    observer: Arc<dyn FaultObserver>,
}

impl Chaos {
    /// Faults chosen by `dice`, told to `observer`.
    pub fn new(dice: Dice, observer: Arc<dyn FaultObserver>) -> Arc<Self> {
        Arc::new(Self { dice, observer })
    }

    /// The queues as workers see them: sends may fail, before or after their messages are stored, and
    /// messages may be late.
    pub fn producer(self: &Arc<Self>, queues: Arc<dyn Producer>) -> Arc<dyn Producer> {
        Arc::new(producer::ChaosProducer::new(self.clone(), queues))
    }

    /// A worker as the queues see it: deliveries may be in another order, come twice, lose their outcome, or
    /// kill the isolate.
    pub fn consumer(self: &Arc<Self>, worker: Arc<dyn Consumer>, crash: Arc<dyn Crash>) -> Arc<dyn Consumer> {
        Arc::new(consumer::ChaosConsumer::new(self.clone(), worker, crash))
    }

    /// Tells that a fault is made.
    fn inject(&self, fault: Fault, effect: impl Into<String>) {
        self.observer.fault(&InjectedFault { fault, effect: effect.into() });
    }
}
