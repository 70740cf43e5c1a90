//! The time of a replay: that of the recording, without waiting for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::base::{Clock, Timestamp};
use crate::broker::Outcome;
use crate::control::{Arrival, Goal, Occupation, TimeTravel};

/// How long what runs may hold up the clock, in real time, before it goes on all the same.
const PATIENCE: Duration = Duration::from_secs(5);

/// Moves the clock of a replay.
pub(super) struct Pace {
    occupation: Occupation,
    travel: Option<Arc<TimeTravel>>,
}

impl Pace {
    /// The pace of a session; one whose clock cannot be moved replays in real time.
    pub fn new(occupation: Occupation, travel: Option<Arc<TimeTravel>>) -> Self {
        Self { occupation, travel }
    }

    /// Goes to an instant of the recording: timers that are due until then come first. Requests to the outside take the
    /// time that they take, so the clock does not wait for them.
    pub async fn reach(&self, at: Timestamp) {
        let Some(travel) = &self.travel else { return };
        tokio::select! {
            _ = travel.go(Goal::At(at), PATIENCE) => {}
            () = self.waits_for_the_outside() => {}
        }
        if travel.clock().now() < at {
            travel.clock().move_to(at);
            travel.wake_all();
        }
    }

    /// The outcome of a delivery. A handler that needs more time than it did is given it.
    pub async fn outcome(&self, mut outcome: oneshot::Receiver<Outcome>) -> Option<Outcome> {
        while let Some(travel) = &self.travel {
            tokio::select! {
                biased;
                outcome = &mut outcome => return outcome.ok(),
                () = self.occupation.work.settled() => {}
            }
            if let Ok(outcome) = outcome.try_recv() {
                return Some(outcome);
            }
            if travel.go(Goal::Next, PATIENCE).await.arrival == Arrival::NoDeadline {
                break;
            }
        }
        // The ticket is finished even when it is dropped.
        outcome.await.ok()
    }

    /// Waits until nothing moves but requests to the outside.
    async fn waits_for_the_outside(&self) {
        const LOOK_AGAIN: Duration = Duration::from_millis(5);
        loop {
            let work = &self.occupation.work;
            let (count, outside) = (work.count(), work.names().len());
            if outside > 0 && count == outside {
                return;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}
