//! The messages of one queue, each in a slot that stays the same while the message lives.

use std::ops::{Index, IndexMut};

use super::entry::{Entry, Links, NOWHERE, Slot};
use super::list::Thread;
use crate::broker::core::identity::Sequence;

/// Entries in one chunk. Chunks grow one after the other, so that a large backlog is never copied and a
/// small queue costs little.
const CHUNK_ENTRIES: usize = 4096;
/// Entries whose memory an empty queue keeps.
const KEPT_ENTRIES: usize = 128;

#[derive(Debug)]
pub(in crate::broker::core) struct Slab {
    chunks: Vec<Vec<Entry>>,
    used: Slot,
    free: Slot,
}

impl Default for Slab {
    fn default() -> Self {
        Self { chunks: Vec::new(), used: 0, free: NOWHERE }
    }
}

impl Slab {
    pub fn insert(&mut self, entry: Entry) -> Slot {
        if self.free != NOWHERE {
            let slot = self.free;
            self.free = self[slot].links[Thread::Age as usize].after;
            self[slot] = entry;
            return slot;
        }
        let slot = self.used;
        if self.chunks.last().is_none_or(|chunk| chunk.len() == CHUNK_ENTRIES) {
            // The first one grows: many queues are small.
            let entries = if self.chunks.is_empty() { 0 } else { CHUNK_ENTRIES };
            self.chunks.push(Vec::with_capacity(entries));
        }
        if let Some(chunk) = self.chunks.last_mut() {
            chunk.push(entry);
        }
        self.used += 1;
        slot
    }

    /// Frees a slot. Its sequence becomes one that no message has.
    pub fn remove(&mut self, slot: Slot) -> Entry {
        let free = self.free;
        let place = &mut self[slot];
        let entry = *place;
        place.sequence = Sequence(0);
        place.links = [Links { before: NOWHERE, after: free }; 2];
        self.free = slot;
        entry
    }

    /// Forgets everything and gives the memory back.
    pub fn clear(&mut self) {
        self.chunks.truncate(1);
        if let Some(chunk) = self.chunks.first_mut() {
            chunk.clear();
            chunk.shrink_to(KEPT_ENTRIES);
        }
        self.used = 0;
        self.free = NOWHERE;
    }

    /// The slot's message, if it is still the one with this sequence.
    pub fn get(&self, slot: Slot, sequence: Sequence) -> Option<&Entry> {
        let chunk = self.chunks.get(slot as usize / CHUNK_ENTRIES)?;
        chunk.get(slot as usize % CHUNK_ENTRIES).filter(|entry| entry.sequence == sequence)
    }
}

#[cfg(test)]
impl Slab {
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.chunks.iter().flatten().filter(|entry| entry.sequence != Sequence(0))
    }
}

impl Index<Slot> for Slab {
    type Output = Entry;

    fn index(&self, slot: Slot) -> &Entry {
        &self.chunks[slot as usize / CHUNK_ENTRIES][slot as usize % CHUNK_ENTRIES]
    }
}

impl IndexMut<Slot> for Slab {
    fn index_mut(&mut self, slot: Slot) -> &mut Entry {
        &mut self.chunks[slot as usize / CHUNK_ENTRIES][slot as usize % CHUNK_ENTRIES]
    }
}
