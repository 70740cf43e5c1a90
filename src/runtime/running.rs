//! Which handlers run at this moment.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What kind of event a handler runs for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HandlerKind {
    /// `fetch()`.
    Fetch,
    /// A method that another Worker called.
    Call,
    /// `queue()`.
    Queue,
    /// `scheduled()`.
    Scheduled,
    /// It has answered; promises given to `waitUntil()` have not settled.
    WaitUntil,
}

impl HandlerKind {
    /// The handler's name; `waitUntil` for what it left behind.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Call => "call",
            Self::Queue => "queue",
            Self::Scheduled => "scheduled",
            Self::WaitUntil => "waitUntil",
        }
    }
}

/// The handlers that run, of all isolates of a session. Clones share the list.
#[derive(Clone, Debug, Default)]
pub struct RunningHandlers(Arc<Mutex<Counts>>);

type Counts = BTreeMap<(Arc<str>, HandlerKind), u64>;

/// A handler runs as long as this lives.
#[derive(Debug)]
pub struct RunningHandler {
    list: RunningHandlers,
    worker: Arc<str>,
    kind: HandlerKind,
}

impl RunningHandlers {
    /// A handler of this worker begins.
    pub fn begin(&self, worker: &Arc<str>, kind: HandlerKind) -> RunningHandler {
        *self.lock().entry((worker.clone(), kind)).or_default() += 1;
        RunningHandler { list: self.clone(), worker: worker.clone(), kind }
    }

    /// How many run.
    pub fn count(&self) -> u64 {
        self.lock().values().sum()
    }

    /// How many run of each worker and kind.
    pub fn list(&self) -> Vec<(Arc<str>, HandlerKind, u64)> {
        self.lock().iter().map(|((worker, kind), count)| (worker.clone(), *kind, *count)).collect()
    }

    fn end(&self, worker: &Arc<str>, kind: HandlerKind) {
        let mut counts = self.lock();
        let key = (worker.clone(), kind);
        if let Some(count) = counts.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&key);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RunningHandler {
    /// The handler has answered; what it gave to `waitUntil()` may still run.
    pub fn answered(&mut self) {
        if self.kind != HandlerKind::WaitUntil {
            let next = self.list.begin(&self.worker, HandlerKind::WaitUntil);
            // The one that is replaced ends here.
            *self = next;
        }
    }
}

impl Drop for RunningHandler {
    fn drop(&mut self) {
        self.list.end(&self.worker, self.kind);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_by_worker_and_kind_until_they_end() {
        let running = RunningHandlers::default();
        let worker: Arc<str> = "w".into();
        let mut first = running.begin(&worker, HandlerKind::Queue);
        let second = running.begin(&worker, HandlerKind::Queue);
        assert_eq!(running.list(), [(worker.clone(), HandlerKind::Queue, 2)]);
        first.answered();
        drop(second);
        assert_eq!(running.list(), [(worker, HandlerKind::WaitUntil, 1)]);
        drop(first);
        assert_eq!((running.count(), running.list()), (0, Vec::new()));
    }
}
