//! The messages of one queue and the orders they are in: by age, by readiness, by when they wake.
//!
//! Every message is in one slot and in exactly one place: the ready list, the list of the instant it waits
//! for, or a worker's hands. Counts are kept, never scanned for.

mod age;
#[cfg(test)]
mod check;
mod entry;
mod list;
mod readiness;
mod slab;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use entry::{Entry, Slot, State};
use list::{List, Thread};
use slab::Slab;

use super::identity::Sequence;
use super::metrics::Metrics;
use super::row::MessageRow;
use crate::base::{MessageId, Timestamp};

#[derive(Debug)]
pub(super) struct Backlog {
    slab: Slab,
    count: u64,
    bytes: u64,
    /// Everything but overdue messages, by sequence and so by the start of retention.
    ages: List,
    ready: List,
    ready_count: u64,
    /// Delayed and pulled messages by the instant they wake.
    waiting: BTreeMap<Timestamp, List>,
    /// Messages sent before one that stands ahead of them, as dead letters may be, or overdue. The oldest
    /// message is the first of these or the first by age.
    stragglers: BTreeSet<(Timestamp, Sequence)>,
    newest: Timestamp,
    /// Messages that have been pulled: a lease's token names the message by its sequence.
    pulled: BTreeMap<Sequence, Slot>,
}

impl Default for Backlog {
    fn default() -> Self {
        Self {
            slab: Slab::default(),
            count: 0,
            bytes: 0,
            ages: List::new(Thread::Age),
            ready: List::new(Thread::Place),
            ready_count: 0,
            waiting: BTreeMap::new(),
            stragglers: BTreeSet::new(),
            newest: Timestamp::default(),
            pulled: BTreeMap::new(),
        }
    }
}

impl Backlog {
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn ready_count(&self) -> u64 {
        self.ready_count
    }

    pub fn first_ready(&self) -> Option<Slot> {
        self.ready.first()
    }

    pub fn entry(&self, slot: Slot) -> &Entry {
        &self.slab[slot]
    }

    /// The message in the slot, if it is still this one.
    pub fn get(&self, slot: Slot, sequence: Sequence) -> Option<&Entry> {
        self.slab.get(slot, sequence)
    }

    /// Adds a message whose sequence is higher than all others'. Its state is that of the row at `now`.
    pub fn insert(&mut self, row: &MessageRow, now: Timestamp) -> Slot {
        let state = match (row.leased, row.due <= now) {
            (true, _) => State::Pulled,
            (false, true) => State::Ready,
            (false, false) => State::Delayed,
        };
        let slot = self.slab.insert(Entry::from_row(row, state));
        self.count += 1;
        self.bytes += u64::from(row.size);
        self.ages.push_back(&mut self.slab, slot);
        if row.timestamp < self.newest {
            self.mark_straggler(slot);
        }
        self.newest = self.newest.max(row.timestamp);
        if row.lease > 0 {
            self.pulled.insert(row.sequence, slot);
        }
        self.place(slot);
        slot
    }

    /// Whether a message of this id is here; scans from the newest.
    pub fn holds(&self, id: MessageId) -> bool {
        let newest = std::iter::successors(self.ages.last(), |slot| self.ages.before(&self.slab, *slot));
        newest.into_iter().any(|slot| self.slab[slot].id == id)
    }

    pub fn remove(&mut self, slot: Slot) -> Entry {
        self.displace(slot);
        if !self.slab[slot].overdue {
            self.ages.remove(&mut self.slab, slot);
        }
        let entry = self.slab.remove(slot);
        if entry.straggler {
            self.stragglers.remove(&(entry.timestamp, entry.sequence));
        }
        if entry.lease > 0 {
            self.pulled.remove(&entry.sequence);
        }
        self.count -= 1;
        self.bytes -= u64::from(entry.size);
        if self.count == 0 {
            self.clear();
        }
        entry
    }

    /// Forgets all messages and says how many there were.
    pub fn clear(&mut self) -> u64 {
        let count = self.count;
        let mut slab = std::mem::take(&mut self.slab);
        slab.clear();
        *self = Self { slab, ..Self::default() };
        count
    }

    /// Hands a ready message to a worker.
    pub fn deliver(&mut self, slot: Slot) {
        self.displace(slot);
        self.slab[slot].state = State::Delivered;
    }

    /// Leases a message to a pull.
    pub fn lease(&mut self, slot: Slot, until: Timestamp) -> &Entry {
        self.displace(slot);
        let entry = &mut self.slab[slot];
        entry.state = State::Pulled;
        entry.due = until;
        entry.lease = entry.lease.saturating_add(1);
        self.pulled.insert(entry.sequence, slot);
        self.place(slot);
        &self.slab[slot]
    }

    /// Makes a message ready, or lets it wait, until `due`.
    pub fn put_back(&mut self, slot: Slot, due: Timestamp, now: Timestamp) {
        self.displace(slot);
        let entry = &mut self.slab[slot];
        entry.due = due;
        entry.state = if due <= now { State::Ready } else { State::Delayed };
        if entry.overdue {
            self.back_among_ages(slot);
        }
        self.place(slot);
    }

    /// Counts a failed attempt and says how many there are.
    pub fn fail(&mut self, slot: Slot) -> u32 {
        let entry = &mut self.slab[slot];
        entry.failures = entry.failures.saturating_add(1);
        u32::from(entry.failures)
    }

    /// The message with this sequence that has been pulled at some time.
    pub fn find_pulled(&self, sequence: Sequence) -> Option<Slot> {
        self.pulled.get(&sequence).copied()
    }

    pub fn metrics(&self) -> Metrics {
        self.metrics_without(&[], 0)
    }

    /// The backlog without these messages, whose sizes add up to `bytes`.
    pub fn metrics_without(&self, slots: &[(Slot, Sequence)], bytes: u64) -> Metrics {
        let left_out = |sequence| slots.iter().any(|(_, other)| *other == sequence);
        let by_age = self.by_age().find(|(_, entry)| !left_out(entry.sequence));
        let by_age = by_age.map(|(_, entry)| entry.timestamp);
        let straggler = self.stragglers.iter().find(|(_, sequence)| !left_out(*sequence));
        let straggler = straggler.map(|(timestamp, _)| *timestamp);
        Metrics {
            backlog_count: self.count - slots.len() as u64,
            backlog_bytes: self.bytes - bytes,
            oldest_message_timestamp: by_age.into_iter().chain(straggler).min(),
        }
    }

    fn place(&mut self, slot: Slot) {
        match self.slab[slot].state {
            State::Ready => {
                self.ready.push_back(&mut self.slab, slot);
                self.ready_count += 1;
            }
            State::Delayed | State::Pulled => {
                let due = self.slab[slot].due;
                let list = self.waiting.entry(due).or_insert(List::new(Thread::Place));
                list.push_back(&mut self.slab, slot);
            }
            State::Delivered => {}
        }
    }

    fn displace(&mut self, slot: Slot) {
        match self.slab[slot].state {
            State::Ready => {
                self.ready.remove(&mut self.slab, slot);
                self.ready_count -= 1;
            }
            State::Delayed | State::Pulled => {
                let due = self.slab[slot].due;
                if let Some(list) = self.waiting.get_mut(&due) {
                    list.remove(&mut self.slab, slot);
                    if list.is_empty() {
                        self.waiting.remove(&due);
                    }
                }
            }
            State::Delivered => {}
        }
    }
}
