//! The order in which messages become ready and are delivered.

#[cfg(test)]
use super::Entry;
use super::{Backlog, Slot, State};
use crate::base::Timestamp;

impl Backlog {
    /// When the next delayed or pulled message wakes.
    pub fn next_waking(&self) -> Option<Timestamp> {
        self.waiting.first_key_value().map(|(instant, _)| *instant)
    }

    /// Makes messages ready whose delay is over at `now`.
    pub fn wake_delayed(&mut self, now: Timestamp) {
        let mut over = Vec::new();
        for list in self.waiting.range(..=now).map(|(_, list)| list) {
            let mut next = list.first();
            while let Some(slot) = next {
                next = list.after(&self.slab, slot);
                if self.slab[slot].state == State::Delayed {
                    over.push((slot, self.slab[slot].due));
                }
            }
        }
        for (slot, due) in over {
            self.put_back(slot, due, now);
        }
    }

    /// The next message whose lease to a pull is over at `now`, once no delay is.
    pub fn lease_over(&self, now: Timestamp) -> Option<Slot> {
        let (instant, list) = self.waiting.first_key_value()?;
        if *instant <= now { list.first() } else { None }
    }

    /// The ready messages, in the order in which they will be delivered.
    #[cfg(test)]
    pub fn by_readiness(&self) -> impl Iterator<Item = &Entry> {
        let mut next = self.ready.first();
        std::iter::from_fn(move || {
            let slot = next?;
            next = self.ready.after(&self.slab, slot);
            Some(&self.slab[slot])
        })
    }

    /// Puts ready messages in the order of their due times. After loading they are in that of their
    /// sequences, which is nearly the same.
    pub fn sort_ready(&mut self) {
        let mut late = Vec::new();
        let mut latest = Timestamp::default();
        let mut next = self.ready.first();
        while let Some(slot) = next {
            next = self.ready.after(&self.slab, slot);
            let entry = &self.slab[slot];
            if entry.due < latest {
                late.push((entry.due, entry.sequence, slot));
                self.ready.remove(&mut self.slab, slot);
            } else {
                latest = entry.due;
            }
        }
        late.sort_unstable();
        let mut place = self.ready.first();
        for (due, sequence, slot) in late {
            while let Some(other) = place {
                let entry = &self.slab[other];
                if (entry.due, entry.sequence) > (due, sequence) {
                    break;
                }
                place = self.ready.after(&self.slab, other);
            }
            self.ready.insert_before(&mut self.slab, place, slot);
        }
    }
}
