//! The way out of one running generation, which can be shut: nothing that a session began before it began anew
//! is to be seen afterwards.

use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::watch;

use super::log::{LogLevel, LogSink};
use crate::broker::{BrokerClosed, Failure, MetricsReply, Producer, SendReply, SendRequest};

/// Open until it is shut. Clones share it.
#[derive(Clone, Debug)]
pub struct Gate {
    shut: Arc<RwLock<bool>>,
    ended: Arc<watch::Sender<bool>>,
}

impl Default for Gate {
    fn default() -> Self {
        Self { shut: Arc::default(), ended: Arc::new(watch::Sender::new(false)) }
    }
}

impl Gate {
    /// From now on nothing passes; when this returns nothing is passing any more.
    pub fn shut(&self) {
        *self.shut.write().unwrap_or_else(PoisonError::into_inner) = true;
    }

    /// Whatever runs behind it is to end now.
    pub fn end(&self) {
        self.shut();
        self.ended.send_replace(true);
    }

    /// Tells when what runs behind the gate is to end; an error when nothing does any more.
    pub fn ended(&self) -> watch::Receiver<bool> {
        self.ended.subscribe()
    }

    /// Whether nothing passes any more.
    pub fn is_shut(&self) -> bool {
        *self.shut.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether something may still run behind it.
    pub fn is_used(&self) -> bool {
        Arc::strong_count(&self.shut) > 1
    }

    /// Does `work` unless the gate is shut; answers with what it was to be done with when it is.
    fn pass<Cargo>(&self, cargo: Cargo, work: impl FnOnce(Cargo)) -> Option<Cargo> {
        let shut = self.shut.read().unwrap_or_else(PoisonError::into_inner);
        if *shut {
            return Some(cargo);
        }
        work(cargo);
        None
    }
}

/// A producer behind a gate: once it is shut, sends are refused.
pub struct GatedProducer {
    /// The gate.
    pub gate: Gate,
    /// What is behind it.
    pub producer: Arc<dyn Producer>,
}

impl Producer for GatedProducer {
    fn send(&self, request: SendRequest, reply: SendReply) {
        let refused = self.gate.pass((request, reply), |(request, reply)| self.producer.send(request, reply));
        if let Some((_, reply)) = refused {
            reply(Err(Failure::Closed(BrokerClosed)));
        }
    }

    fn metrics(&self, queue: &str, reply: MetricsReply) {
        if let Some(reply) = self.gate.pass(reply, |reply| self.producer.metrics(queue, reply)) {
            reply(Err(Failure::Closed(BrokerClosed)));
        }
    }
}

/// A log behind a gate: once it is shut, lines are dropped.
pub struct GatedLog {
    /// The gate.
    pub gate: Gate,
    /// What is behind it.
    pub log: Arc<dyn LogSink>,
}

impl LogSink for GatedLog {
    fn console(&self, level: LogLevel, text: &str) {
        let _ = self.gate.pass((), |()| self.log.console(level, text));
    }

    fn exception(&self, text: &str) {
        let _ = self.gate.pass((), |()| self.log.exception(text));
    }
}
