//! Waiting until a session has nothing to do.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::activity::{Occupation, Occupied};

/// How often a session is looked at that does something without anything being handed on.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What counts as something to do beside handlers that run and messages that are held or ready.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IdleWhen {
    /// Whether messages whose delay or batch timeout runs count.
    pub none_delayed: bool,
    /// Whether the clock is moved by hand: a batch that fills is then not due before somebody does.
    pub manual: bool,
}

impl IdleWhen {
    fn holds(self, occupied: &Occupied) -> bool {
        let queues = &occupied.queues;
        let ready = !self.manual && queues.deliverable > 0;
        let delayed = self.none_delayed && queues.pending > 0;
        occupied.handlers == 0 && queues.running == 0 && !ready && !delayed
    }
}

impl Occupation {
    /// Waits until nothing is to be done, at most for `patience` in real time. Answers with what there is at the
    /// end, and whether that is idle.
    pub async fn idle(&self, when: IdleWhen, patience: Duration) -> (Occupied, bool) {
        let limit = Instant::now() + patience;
        loop {
            let settled = timeout_at(limit, self.work.settled()).await.is_ok();
            let stirs = self.work.stirs();
            // Closed queues have nothing left to do.
            let occupied = self.look().await.unwrap_or_default();
            if settled && self.work.is_settled() && self.work.stirs() == stirs && when.holds(&occupied) {
                return (occupied, true);
            }
            if Instant::now() >= limit {
                return (occupied, false);
            }
            let next = limit.min(Instant::now() + LOOK_EVERY);
            let _ = timeout_at(next, self.work.stirred(stirs)).await;
        }
    }
}
