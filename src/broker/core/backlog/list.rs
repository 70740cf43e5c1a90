//! Doubly linked lists threaded through the entries: a message leaves one in constant time, and being in
//! one costs no memory of its own.

use super::entry::{Links, NOWHERE, Slot};
use super::slab::Slab;

/// Which of an entry's two threads a list runs along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thread {
    /// All messages of a queue, by sequence.
    Age,
    /// Messages that are ready, or that wait for one instant.
    Place,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct List {
    thread: Thread,
    first: Slot,
    last: Slot,
}

impl List {
    pub const fn new(thread: Thread) -> Self {
        Self { thread, first: NOWHERE, last: NOWHERE }
    }

    pub fn first(&self) -> Option<Slot> {
        (self.first != NOWHERE).then_some(self.first)
    }

    pub fn last(&self) -> Option<Slot> {
        (self.last != NOWHERE).then_some(self.last)
    }

    pub fn is_empty(&self) -> bool {
        self.first == NOWHERE
    }

    pub fn after(&self, slab: &Slab, slot: Slot) -> Option<Slot> {
        let after = slab[slot].links[self.thread as usize].after;
        (after != NOWHERE).then_some(after)
    }

    pub fn before(&self, slab: &Slab, slot: Slot) -> Option<Slot> {
        let before = slab[slot].links[self.thread as usize].before;
        (before != NOWHERE).then_some(before)
    }

    pub fn push_back(&mut self, slab: &mut Slab, slot: Slot) {
        self.insert_between(slab, self.last, slot, NOWHERE);
    }

    /// Inserts `slot` before `place`, or at the end when there is no place.
    pub fn insert_before(&mut self, slab: &mut Slab, place: Option<Slot>, slot: Slot) {
        match place {
            Some(place) => {
                let before = slab[place].links[self.thread as usize].before;
                self.insert_between(slab, before, slot, place);
            }
            None => self.push_back(slab, slot),
        }
    }

    pub fn remove(&mut self, slab: &mut Slab, slot: Slot) {
        let thread = self.thread as usize;
        let Links { before, after } = slab[slot].links[thread];
        match before {
            NOWHERE => self.first = after,
            before => slab[before].links[thread].after = after,
        }
        match after {
            NOWHERE => self.last = before,
            after => slab[after].links[thread].before = before,
        }
        slab[slot].links[thread] = Links::NONE;
    }

    fn insert_between(&mut self, slab: &mut Slab, before: Slot, slot: Slot, after: Slot) {
        let thread = self.thread as usize;
        slab[slot].links[thread] = Links { before, after };
        match before {
            NOWHERE => self.first = slot,
            before => slab[before].links[thread].after = slot,
        }
        match after {
            NOWHERE => self.last = slot,
            after => slab[after].links[thread].before = slot,
        }
    }
}
