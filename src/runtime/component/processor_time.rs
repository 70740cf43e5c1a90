//! Processor time of one invocation.
//!
//! A component that waits uses none, so the clock runs only while its future is polled.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use crate::runtime::processor_clock;

/// Measures what an instance uses. Clones share the measure.
#[derive(Clone, Debug, Default)]
pub struct ProcessorTime {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    limit_ms: AtomicU64,
    running: Mutex<Running>,
}

#[derive(Debug, Default)]
struct Running {
    used: Duration,
    since: Option<Duration>,
}

impl ProcessorTime {
    /// Begins an invocation that may use `limit_ms` milliseconds.
    pub fn begin(&self, limit_ms: u64) {
        self.shared.limit_ms.store(limit_ms, Ordering::Relaxed);
        *self.running() = Running::default();
    }

    /// Whether the invocation has used more than it may.
    pub fn exceeded(&self) -> bool {
        let running = self.running();
        let used = running.used + running.since.map(computed_since).unwrap_or_default();
        used > Duration::from_millis(self.shared.limit_ms.load(Ordering::Relaxed))
    }

    /// Runs `future` with the clock running while it is polled.
    pub fn measure<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<'_, F> {
        let mut future = Box::pin(future);
        std::future::poll_fn(move |context| self.poll(future.as_mut(), context))
    }

    fn poll<F: Future>(&self, future: Pin<&mut F>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.running().since = Some(processor_clock::of_this_thread());
        let polled = future.poll(context);
        let mut running = self.running();
        let just_used = running.since.take().map(computed_since);
        running.used += just_used.unwrap_or_default();
        polled
    }

    fn running(&self) -> std::sync::MutexGuard<'_, Running> {
        self.shared.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A poll runs on one thread from its begin to its end.
fn computed_since(begin: Duration) -> Duration {
    processor_clock::of_this_thread().saturating_sub(begin)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[tokio::test]
    async fn only_work_counts_not_waiting() {
        let time = ProcessorTime::default();
        time.begin(1);
        time.measure(tokio::time::sleep(Duration::from_millis(20))).await;
        assert!(!time.exceeded());
        let began = Instant::now();
        time.measure(async { while !time.exceeded() && began.elapsed() < Duration::from_secs(60) {} }).await;
        assert!(time.exceeded());
        time.begin(1);
        assert!(!time.exceeded());
    }
}
