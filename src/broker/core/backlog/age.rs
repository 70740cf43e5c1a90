//! The order by age, in which retention ends.

use super::{Backlog, Entry, Slot};
use crate::base::Timestamp;
use crate::broker::core::identity::Sequence;

impl Backlog {
    /// When the retention of the oldest message is over, if all are kept for `retention_seconds`.
    pub fn next_expiry(&self, retention_seconds: u64) -> Option<Timestamp> {
        let oldest = self.ages.first()?;
        Some(self.slab[oldest].retained_since.plus_seconds(retention_seconds))
    }

    /// The oldest message whose retention is over at `now`. Leased ones are passed over: they are deleted
    /// when their lease ends.
    pub fn expired(&mut self, retention_seconds: u64, now: Timestamp) -> Option<Slot> {
        while let Some(slot) = self.ages.first() {
            let entry = &self.slab[slot];
            if entry.retained_since.plus_seconds(retention_seconds) > now {
                return None;
            }
            if !entry.is_leased() {
                return Some(slot);
            }
            self.ages.remove(&mut self.slab, slot);
            self.slab[slot].overdue = true;
            self.mark_straggler(slot);
        }
        None
    }

    /// The message with this sequence, looked for from the newest on.
    pub fn find_newest(&self, sequence: Sequence) -> Option<Slot> {
        let mut next = self.ages.last();
        while let Some(slot) = next {
            let found = self.slab[slot].sequence;
            if found <= sequence {
                return (found == sequence).then_some(slot);
            }
            next = self.ages.before(&self.slab, slot);
        }
        None
    }

    /// The messages, oldest first; overdue ones are left out.
    pub fn by_age(&self) -> impl Iterator<Item = (Slot, &Entry)> {
        let mut next = self.ages.first();
        std::iter::from_fn(move || {
            let slot = next?;
            next = self.ages.after(&self.slab, slot);
            Some((slot, &self.slab[slot]))
        })
    }

    /// The messages after this one, oldest first, from the oldest on without one. A message that is gone
    /// meanwhile has still its place in the order.
    pub fn by_age_after(&self, after: Option<(Slot, Sequence)>) -> impl Iterator<Item = (Slot, &Entry)> {
        let known = after.and_then(|(slot, sequence)| self.get(slot, sequence).map(|entry| (slot, entry)));
        let mut next = match known {
            Some((slot, entry)) if !entry.overdue => self.ages.after(&self.slab, slot),
            _ => {
                let behind = after.map_or(Sequence(0), |(_, sequence)| sequence);
                self.by_age().find(|(_, entry)| entry.sequence > behind).map(|(slot, _)| slot)
            }
        };
        std::iter::from_fn(move || {
            let slot = next?;
            next = self.ages.after(&self.slab, slot);
            Some((slot, &self.slab[slot]))
        })
    }

    pub(super) fn mark_straggler(&mut self, slot: Slot) {
        let entry = &mut self.slab[slot];
        entry.straggler = true;
        self.stragglers.insert((entry.timestamp, entry.sequence));
    }

    /// Retention was extended while the message was leased beyond the old one.
    pub(super) fn back_among_ages(&mut self, slot: Slot) {
        let sequence = self.slab[slot].sequence;
        let place = self.by_age().find(|(_, entry)| entry.sequence > sequence).map(|(slot, _)| slot);
        self.ages.insert_before(&mut self.slab, place, slot);
        self.slab[slot].overdue = false;
    }
}
