//! The real clock: the only place that asks the system for the time of day.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::base::{Clock, Timestamp};

/// Real time. It follows the monotonic clock from the moment it was made, so that it never goes back
/// when the system's time of day is set.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    began: Instant,
    began_at: Duration,
}

impl SystemClock {
    /// The clock, set by the system's time of day.
    #[expect(clippy::disallowed_methods, reason = "this is the one place where the time of day enters")]
    pub fn new() -> Self {
        let began_at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { began: Instant::now(), began_at }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let now = self.began_at + self.began.elapsed();
        Timestamp::from_millis(u64::try_from(now.as_millis()).unwrap_or(u64::MAX))
    }

    fn real_time_until(&self, deadline: Timestamp) -> Option<Duration> {
        let now = self.began_at + self.began.elapsed();
        Some(Duration::from_millis(deadline.as_millis()).saturating_sub(now))
    }
}
