//! Who moves the session's clock, where it does not go by itself.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::AbortHandle;

use crate::base::Work;
use crate::control::TimeTravel;

/// The clock's movement.
pub struct Timekeeping {
    travel: Option<Arc<TimeTravel>>,
    work: Work,
    automatic: Option<AbortHandle>,
}

impl Timekeeping {
    /// `travel` is there when the clock is moved by hand; `work` is the session's.
    pub fn new(travel: Option<Arc<TimeTravel>>, work: Work) -> Self {
        Self { travel, work, automatic: None }
    }

    /// Who moves the clock, where it can be moved.
    pub fn travel(&self) -> Option<Arc<TimeTravel>> {
        self.travel.clone()
    }

    /// From now on the clock is moved on whenever nothing is being done.
    pub fn automate(&mut self) {
        if let Some(travel) = self.travel.clone() {
            let task = tokio::spawn(async move { travel.go_by_itself().await });
            self.automatic = Some(task.abort_handle());
        }
    }

    /// The clock is not moved by itself any more.
    pub fn stop(&mut self) {
        if let Some(task) = self.automatic.take() {
            task.abort();
        }
    }

    /// Waits until nothing goes on that ends without the clock being moved; for ever when it goes by itself.
    pub async fn stands_still(&self) {
        match &self.travel {
            Some(_) => self.work.settled().await,
            None => std::future::pending().await,
        }
    }

    /// How long to wait for deliveries, given that `patience` is how long when the clock goes by itself.
    pub fn patience(&self, patience: Duration) -> Duration {
        if self.travel.is_some() { Duration::ZERO } else { patience }
    }
}
