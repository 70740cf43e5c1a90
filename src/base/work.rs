//! What is being done at this moment, counted.
//!
//! Whoever hands work to another thread hands a [`Busy`] with it, and whoever takes it up keeps one until what
//! follows from it has been handed on. So the count is zero only when nothing moves by itself any more: what
//! is left waits for the clock, or for somebody outside.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use tokio::sync::Notify;

/// The count of what is being done in one session. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Work {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    count: AtomicUsize,
    settled: Notify,
    /// How often something began while nothing was being done.
    stirs: AtomicU64,
    stirred: Notify,
    /// Work that can take long, and what to call it.
    named: Mutex<BTreeMap<u64, String>>,
    next_name: AtomicU64,
}

/// Something is being done as long as this lives.
#[derive(Debug)]
#[must_use = "the work counts as done when this is dropped"]
pub struct Busy {
    shared: Arc<Shared>,
    name: Option<u64>,
}

impl Work {
    /// Something begins.
    pub fn begin(&self) -> Busy {
        if self.shared.count.fetch_add(1, Ordering::SeqCst) == 0 {
            self.shared.stirs.fetch_add(1, Ordering::SeqCst);
            self.shared.stirred.notify_waiters();
        }
        Busy { shared: self.shared.clone(), name: None }
    }

    /// Something begins that can take long, as it waits for the network.
    pub fn begin_named(&self, name: impl Into<String>) -> Busy {
        let mut busy = self.begin();
        let number = self.shared.next_name.fetch_add(1, Ordering::Relaxed);
        self.shared.names().insert(number, name.into());
        busy.name = Some(number);
        busy
    }

    /// Runs `future`, which counts as work from now until it first waits, and then from each time it is woken
    /// until it waits again: what it waits for counts by itself, or is the clock.
    pub fn track<Inner: Future>(&self, future: Inner) -> impl Future<Output = Inner::Output> + use<Inner> {
        let woken = Mutex::new(Woken { busy: Some(self.begin()), over: false });
        let wakes = Arc::new(Wakes { work: self.clone(), outer: Mutex::default(), woken });
        Tracked { inner: Box::pin(future), wakes }
    }

    /// Whether nothing is being done.
    pub fn is_settled(&self) -> bool {
        self.count() == 0
    }

    /// How much is being done.
    pub fn count(&self) -> usize {
        self.shared.count.load(Ordering::SeqCst)
    }

    /// Waits for a moment in which nothing is being done.
    pub async fn settled(&self) {
        loop {
            let mut notified = std::pin::pin!(self.shared.settled.notified());
            notified.as_mut().enable();
            if self.is_settled() {
                return;
            }
            notified.await;
        }
    }

    /// How often something began while nothing was being done.
    pub fn stirs(&self) -> u64 {
        self.shared.stirs.load(Ordering::SeqCst)
    }

    /// Waits until something has begun since [`Work::stirs`] was `stirs`.
    pub async fn stirred(&self, stirs: u64) {
        loop {
            let mut notified = std::pin::pin!(self.shared.stirred.notified());
            notified.as_mut().enable();
            if self.stirs() != stirs {
                return;
            }
            notified.await;
        }
    }

    /// What is being done that can take long, oldest first.
    pub fn names(&self) -> Vec<String> {
        self.shared.names().values().cloned().collect()
    }
}

/// A future that counts as work from when it is woken until it waits again; see [`Work::track`].
struct Tracked<Inner> {
    inner: Pin<Box<Inner>>,
    wakes: Arc<Wakes>,
}

/// What becomes of a wake of a tracked future.
struct Wakes {
    work: Work,
    outer: Mutex<Option<Waker>>,
    /// Held from a wake to the end of the poll that it leads to.
    woken: Mutex<Woken>,
}

#[derive(Default)]
struct Woken {
    busy: Option<Busy>,
    over: bool,
}

impl<Inner: Future> Future for Tracked<Inner> {
    type Output = Inner::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Inner::Output> {
        *lock(&self.wakes.outer) = Some(context.waker().clone());
        let busy = lock(&self.wakes.woken).busy.take();
        let waker = Waker::from(self.wakes.clone());
        let polled = self.inner.as_mut().poll(&mut Context::from_waker(&waker));
        drop(busy);
        polled
    }
}

impl<Inner> Drop for Tracked<Inner> {
    fn drop(&mut self) {
        *lock(&self.wakes.woken) = Woken { busy: None, over: true };
    }
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut woken = lock(&self.woken);
        if !woken.over {
            woken.busy.get_or_insert_with(|| self.work.begin());
        }
        drop(woken);
        if let Some(outer) = lock(&self.outer).as_ref() {
            outer.wake_by_ref();
        }
    }
}

fn lock<Value>(mutex: &Mutex<Value>) -> MutexGuard<'_, Value> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn names(&self) -> MutexGuard<'_, BTreeMap<u64, String>> {
        lock(&self.named)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        if let Some(name) = self.name {
            self.shared.names().remove(&name);
        }
        if self.shared.count.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.shared.settled.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn settled_when_the_last_is_done() {
        let work = Work::default();
        assert!(work.settled().now_or_never().is_some());
        let (first, second) = (work.begin(), work.begin_named("GET http://example.com/"));
        let mut settled = Box::pin(work.settled());
        assert!(settled.as_mut().now_or_never().is_none());
        drop(first);
        assert!(settled.as_mut().now_or_never().is_none());
        assert_eq!(work.names(), ["GET http://example.com/"]);
        drop(second);
        assert!(settled.as_mut().now_or_never().is_some());
        assert!(work.names().is_empty());
    }

    #[test]
    fn a_tracked_future_is_work_from_its_wake_to_its_wait() {
        let work = Work::default();
        let (sender, receiver) = tokio::sync::oneshot::channel::<u8>();
        let mut tracked = Box::pin(work.track(receiver));
        assert!(!work.is_settled());
        assert!(tracked.as_mut().now_or_never().is_none());
        assert!(work.is_settled());
        sender.send(7).unwrap();
        assert!(!work.is_settled());
        assert_eq!(tracked.as_mut().now_or_never(), Some(Ok(7)));
        assert!(work.is_settled());
    }

    #[test]
    fn a_tracked_future_that_is_dropped_is_no_work() {
        let work = Work::default();
        let (sender, receiver) = tokio::sync::oneshot::channel::<u8>();
        let mut tracked = Box::pin(work.track(receiver));
        assert!(tracked.as_mut().now_or_never().is_none());
        sender.send(7).unwrap();
        drop(tracked);
        assert!(work.is_settled());
    }
}
