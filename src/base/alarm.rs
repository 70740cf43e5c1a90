//! Who is to be woken when a clock that is moved by hand reaches an instant.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Busy, Timestamp};

/// Wakes whoever waits for an instant. Called on the thread that moves the clock, so it must return at once;
/// the [`Busy`] is kept until everything that was due has been done and the alarm is set anew.
pub type Wake = Box<dyn Fn(Busy) + Send + Sync>;

/// What waits for an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AlarmKind {
    /// The queues: delays, batches, leases, retention.
    Queues,
    /// Cron triggers.
    Crons,
    /// Timers of a Worker.
    Timers,
}

impl AlarmKind {
    /// `queues`, `crons` or `timers`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queues => "queues",
            Self::Crons => "crons",
            Self::Timers => "timers",
        }
    }
}

/// One place in a clock's list of alarms; leaves it when dropped. The default rings for nobody, as with a
/// clock that goes by itself.
#[derive(Debug, Default)]
pub struct Alarm(Option<(Alarms, u64)>);

impl Alarm {
    /// Sets the instant to be woken at; `None` when there is none.
    pub fn set(&self, at: Option<Timestamp>) {
        if let Some((alarms, number)) = &self.0
            && let Some(entry) = alarms.lock().entries.get_mut(number)
        {
            entry.at = at;
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if let Some((alarms, number)) = &self.0 {
            alarms.lock().entries.remove(number);
        }
    }
}

/// The alarms of one clock. Clones share them.
#[derive(Clone, Default)]
pub struct Alarms(Arc<Mutex<List>>);

#[derive(Default)]
struct List {
    next: u64,
    entries: BTreeMap<u64, Entry>,
}

struct Entry {
    kind: AlarmKind,
    at: Option<Timestamp>,
    wake: Arc<dyn Fn(Busy) + Send + Sync>,
}

/// An alarm that is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// The instant.
    pub at: Timestamp,
    /// What waits for it.
    pub kind: AlarmKind,
    number: u64,
}

impl Alarms {
    /// A place in the list.
    pub fn add(&self, kind: AlarmKind, wake: Wake) -> Alarm {
        let mut list = self.lock();
        let number = list.next;
        list.next += 1;
        list.entries.insert(number, Entry { kind, at: None, wake: wake.into() });
        Alarm(Some((self.clone(), number)))
    }

    /// Those that are set, by instant; at one instant the queues come first, then crons, then timers, each in
    /// the order in which they were made.
    pub fn due(&self) -> Vec<Due> {
        let list = self.lock();
        let set = list
            .entries
            .iter()
            .filter_map(|(number, entry)| entry.at.map(|at| Due { at, kind: entry.kind, number: *number }));
        let mut due: Vec<Due> = set.collect();
        due.sort_unstable();
        due
    }

    /// Wakes the one who set this alarm, if he is still there.
    pub fn ring(&self, due: Due, busy: Busy) {
        let wake = self.lock().entries.get(&due.number).map(|entry| entry.wake.clone());
        if let Some(wake) = wake {
            wake(busy);
        }
    }

    /// Every alarm, set or not: the clock was set to another time.
    pub fn all(&self) -> Vec<Due> {
        let list = self.lock();
        let all = list.entries.iter().map(|(number, entry)| Due {
            at: entry.at.unwrap_or_default(),
            kind: entry.kind,
            number: *number,
        });
        all.collect()
    }

    fn lock(&self) -> MutexGuard<'_, List> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Alarms {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Alarms").field(&self.due()).finish()
    }
}
