//! Calling a Worker's `queue()` once, with messages that are in no queue.

use std::sync::Arc;

use tokio::sync::oneshot;

use crate::broker::{Consumer, DeliveredMessage, Delivery, Metrics, Outcome, Ticket};
use crate::runtime::log::LogLevel;
use crate::runtime::worker::Worker;

/// What a handler that was called by hand said and logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handled {
    /// What it said.
    pub outcome: Outcome,
    /// What the Worker logged meanwhile.
    pub logs: Vec<(LogLevel, String)>,
}

/// Hands `messages` to the Worker's `queue()` as a batch of `queue`. No stored message is touched; what the handler
/// sends is sent.
pub async fn deliver(
    worker: &Worker,
    queue: Arc<str>,
    messages: Vec<DeliveredMessage>,
    metrics: Metrics,
) -> Handled {
    let tap = worker.tap_log();
    let (sender, outcome) = oneshot::channel();
    // Whoever asked may have gone.
    let ticket = Ticket::new(move |outcome| drop(sender.send(outcome)));
    worker.deliver(Delivery { queue, worker: worker.name().clone(), messages, metrics, ticket });
    let outcome = outcome.await.unwrap_or_else(|_| Outcome::failed("the handler ended without an outcome"));
    Handled { outcome, logs: tap.lines() }
}
