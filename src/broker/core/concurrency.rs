//! How many deliveries of one queue run at a time.
//!
//! Source: Cloudflare's documentation, "Consumer concurrency": more while the backlog grows, fewer when
//! handlers fail; explicit retries are no failures.

use crate::base::{Timestamp, limits};

/// How long a batch waits for a running delivery before another may run beside it, in milliseconds.
const PATIENCE_MS: u64 = 50;

/// For each so many messages that are ready another delivery may run at once, as long as none fails.
const BACKLOG_MESSAGES: u64 = 1000;
/// As many deliveries may work off a backlog without having waited.
const BACKLOG_DELIVERIES_MAX: u64 = 4;

/// The deliveries of one queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Concurrency {
    limit: u32,
    running: u32,
    blocked_since: Option<Timestamp>,
    /// Whether the last delivery that ended failed.
    failed: bool,
}

impl Default for Concurrency {
    fn default() -> Self {
        Self { limit: 1, running: 0, blocked_since: None, failed: false }
    }
}

impl Concurrency {
    pub fn limit(&self) -> u32 {
        self.limit
    }

    pub fn running(&self) -> u32 {
        self.running
    }

    /// Whether another delivery may begin now, with so many messages `ready`. Being refused starts the patience that
    /// raises the limit.
    pub fn admits(&mut self, max: Option<u32>, ready: u64, now: Timestamp) -> bool {
        let max = max.unwrap_or(limits::MAX_CONCURRENCY_MAX).max(1);
        self.limit = self.limit.min(max);
        if self.running < self.limit {
            return true;
        }
        if self.limit == max {
            self.blocked_since = None;
            return false;
        }
        let for_backlog = (1 + ready / BACKLOG_MESSAGES).min(BACKLOG_DELIVERIES_MAX);
        if u64::from(self.limit) < for_backlog && !self.failed {
            self.limit += 1;
            return true;
        }
        let since = *self.blocked_since.get_or_insert(now);
        if since.plus_millis(PATIENCE_MS) > now {
            return false;
        }
        self.limit += 1;
        self.blocked_since = None;
        self.running < self.limit
    }

    /// When patience ends, while a batch waits for a running delivery.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.blocked_since.map(|since| since.plus_millis(PATIENCE_MS))
    }

    pub fn begin(&mut self) {
        self.running += 1;
        self.blocked_since = None;
    }

    /// A delivery ended. `waiting` says whether another batch is ready.
    pub fn end(&mut self, succeeded: bool, duration_ms: u64, waiting: bool) {
        self.running = self.running.saturating_sub(1);
        self.failed = !succeeded;
        if !succeeded {
            self.limit = (self.limit / 2).max(1);
        } else if waiting && duration_ms > PATIENCE_MS {
            self.limit = self.limit.saturating_add(1).min(limits::MAX_CONCURRENCY_MAX);
        }
    }

    /// A delivery was taken back before it began.
    pub fn cancel(&mut self) {
        self.running = self.running.saturating_sub(1);
    }

    /// No batch waits.
    pub fn unblock(&mut self) {
        self.blocked_since = None;
    }

    /// Nothing is ready and nothing runs.
    pub fn rest(&mut self) {
        self.limit = 1;
        self.blocked_since = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Timestamp {
        Timestamp::from_millis(milliseconds)
    }

    #[test]
    fn one_is_strictly_serial() {
        let mut concurrency = Concurrency::default();
        assert!(concurrency.admits(Some(1), 1, at(0)));
        concurrency.begin();
        assert!(!concurrency.admits(Some(1), 1, at(1_000_000)));
        assert_eq!(concurrency.deadline(), None);
        concurrency.end(true, 1_000_000, true);
        assert!(concurrency.admits(Some(1), 1, at(1_000_001)));
        concurrency.begin();
        assert!(!concurrency.admits(Some(1), u64::MAX, at(2_000_000)));
    }

    #[test]
    fn grows_after_patience_and_halves_on_failure() {
        let mut concurrency = Concurrency::default();
        concurrency.begin();
        assert!(!concurrency.admits(None, 1, at(100)));
        assert_eq!(concurrency.deadline(), Some(at(150)));
        assert!(!concurrency.admits(None, 1, at(149)));
        assert!(concurrency.admits(None, 1, at(150)));
        concurrency.begin();
        assert_eq!((concurrency.limit(), concurrency.running()), (2, 2));
        concurrency.end(true, 51, true);
        concurrency.end(true, 50, true);
        assert_eq!((concurrency.limit(), concurrency.running()), (3, 0));
        concurrency.begin();
        concurrency.end(false, 1, true);
        assert_eq!(concurrency.limit(), 1);
    }

    #[test]
    fn never_passes_the_maximum() {
        let mut concurrency = Concurrency::default();
        for step in 0..2000 {
            if concurrency.admits(Some(3), 1, at(step * 60)) {
                concurrency.begin();
            }
        }
        assert_eq!((concurrency.limit(), concurrency.running()), (3, 3));
    }

    #[test]
    fn a_long_backlog_is_worked_off_by_up_to_four_unless_they_fail() {
        let mut concurrency = Concurrency::default();
        concurrency.begin();
        assert!(!concurrency.admits(None, 999, at(0)));
        assert!(concurrency.admits(None, 1000, at(0)));
        concurrency.begin();
        assert!(!concurrency.admits(None, 1999, at(0)));
        for _ in 0..2 {
            assert!(concurrency.admits(None, 1_000_000, at(0)));
            concurrency.begin();
        }
        assert!(!concurrency.admits(None, 1_000_000, at(0)));
        concurrency.end(false, 1, true);
        assert_eq!(concurrency.limit(), 2);
        assert!(!concurrency.admits(None, 1_000_000, at(1)));
        concurrency.end(true, 1, true);
        assert!(concurrency.admits(None, 1_000_000, at(1)));
    }
}
