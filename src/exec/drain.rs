//! Waiting until the queues are empty.

use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::broker::{Broker, ConsumerSettings};
use crate::control::{Goal, Occupation, TimeTravel};

/// How often it is looked whether handlers still run.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A queue with messages in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Remainder {
    /// The queue.
    pub queue: String,
    /// How many messages, be they ready, delayed or held.
    pub messages: u64,
    /// Whether somebody consumes the queue.
    pub has_consumer: bool,
    /// Whether its messages go away by themselves: a worker consumes it, and its delivery is not paused.
    pub drains: bool,
}

/// What every queue holds; nothing once the queues are closed.
pub(super) async fn remainders(broker: &Broker) -> Vec<Remainder> {
    let mut remainders = Vec::new();
    for row in broker.queues().await.unwrap_or_default() {
        // A queue that was deleted meanwhile holds nothing.
        let messages = broker.metrics(&row.name).await.map_or(0, |metrics| metrics.backlog_count);
        let consumer = row.consumer.as_ref().map(|consumer| &consumer.settings);
        remainders.push(Remainder {
            queue: row.name.to_string(),
            messages,
            has_consumer: consumer.is_some(),
            drains: matches!(consumer, Some(ConsumerSettings::Worker(_))) && !row.settings.delivery_paused,
        });
    }
    remainders
}

/// Waits until the queues that drain are empty and no handler runs; whether that was in time. A clock that can be
/// moved is moved there.
pub(super) async fn drained(
    occupation: &Occupation,
    travel: Option<&TimeTravel>,
    changed: &Notify,
    patience: Duration,
) -> bool {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(travel) = travel {
            travel.go(Goal::Idle, deadline.saturating_duration_since(Instant::now())).await;
        }
        let left = remainders(&occupation.broker).await;
        let rests = occupation
            .look()
            .await
            .is_ok_and(|occupied| occupied.handlers == 0 && occupied.queues.running == 0);
        if rests && left.iter().all(|queue| queue.messages == 0 || !queue.drains) {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        // The end of a handler's `waitUntil()` is no event of the queues.
        let look_again = (Instant::now() + LOOK_AGAIN).min(deadline);
        let _ = timeout_at(look_again, changed.notified()).await;
    }
}
