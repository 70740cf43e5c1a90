//! A recording delivered again.
//!
//! The batches of a recording are handed to the workers of a session in the recorded order and composition,
//! with the recorded ids, attempts and timestamps. A batch that began before another had ended does so again.
//! What the workers send goes to queues that nobody delivers. Time is the recording's, see `pace`.

mod pace;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use self::pace::Pace;
use crate::broker::{Delivery, HandlerResult, Outcome, Ticket};
use crate::dev::Session;
use crate::recording::{RecordedDelivery, Step, difference};
use crate::runtime::isolate::KILLED;

/// How long deliveries may take, in real time, that had not ended when the recording did.
const LEFT_OVER_PATIENCE: Duration = Duration::from_secs(2);

/// How a replay went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Batches that were delivered.
    pub deliveries: u64,
    /// Those of them that have no recorded outcome to compare with.
    pub not_compared: u64,
    /// Those that ended differently.
    pub differences: Vec<Difference>,
}

/// A delivery that ended differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its number in the recording.
    pub delivery: u64,
    /// The queue.
    pub queue: String,
    /// The worker.
    pub worker: String,
    /// What differs.
    pub what: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { delivery, queue, worker, what } = self;
        write!(formatter, "delivery {delivery} of queue \"{queue}\" to worker \"{worker}\": {what}")
    }
}

/// A delivery that has not ended.
struct Running {
    delivery: RecordedDelivery,
    outcome: oneshot::Receiver<Outcome>,
}

/// Delivers what was recorded to the workers of a session that holds deliveries back.
pub async fn replay(session: &Session, steps: Vec<Step>) -> Replayed {
    let mut replayed = Replayed::default();
    let mut running = BTreeMap::new();
    let pace = Pace::new(session.occupation(), session.travel());
    for step in steps {
        match step {
            Step::Deliver(delivery) => {
                replayed.deliveries += 1;
                pace.reach(delivery.at).await;
                match deliver(session, &delivery) {
                    Some(outcome) => drop(running.insert(delivery.number, Running { delivery, outcome })),
                    None => replayed.differs(&delivery, "this configuration has no such worker".to_owned()),
                }
            }
            Step::Finish { number, at, outcome } => {
                if let Some(Running { delivery, outcome: replayed_outcome }) = running.remove(&number) {
                    pace.reach(at).await;
                    if let Some(now) = pace.outcome(replayed_outcome).await {
                        replayed.compare(&delivery, &outcome, &now);
                    }
                }
            }
        }
    }
    // Ended by a crash when they were recorded: there is nothing to compare with, but what they log may be of use.
    replayed.not_compared += running.len() as u64;
    let outcomes = running.into_values().map(|running| pace.outcome(running.outcome));
    let _ = tokio::time::timeout(LEFT_OVER_PATIENCE, futures::future::join_all(outcomes)).await;
    replayed
}

fn deliver(session: &Session, recorded: &RecordedDelivery) -> Option<oneshot::Receiver<Outcome>> {
    let consumer = session.consumer(&recorded.worker)?;
    let (sender, outcome) = oneshot::channel();
    consumer.deliver(Delivery {
        queue: Arc::from(recorded.queue.as_str()),
        worker: Arc::from(recorded.worker.as_str()),
        messages: recorded.messages.clone(),
        metrics: recorded.metrics,
        ticket: Ticket::new(move |outcome| drop(sender.send(outcome))),
    });
    Some(outcome)
}

impl Replayed {
    fn compare(&mut self, delivery: &RecordedDelivery, recorded: &Outcome, outcome: &Outcome) {
        if recorded.result == HandlerResult::Failed(KILLED.to_owned()) {
            self.not_compared += 1;
        } else if let Some(what) = difference(recorded, outcome, delivery.messages.len()) {
            self.differs(delivery, what);
        }
    }

    fn differs(&mut self, delivery: &RecordedDelivery, what: String) {
        self.differences.push(Difference {
            delivery: delivery.number,
            queue: delivery.queue.clone(),
            worker: delivery.worker.clone(),
            what,
        });
    }
}
