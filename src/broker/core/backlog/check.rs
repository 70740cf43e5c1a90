//! Checks that everything kept equals what a scan finds.

use std::collections::BTreeSet;

use super::{Backlog, Entry, State};
use crate::base::Timestamp;

impl Backlog {
    /// Every message, overdue ones too.
    pub fn all(&self) -> impl Iterator<Item = &Entry> {
        self.slab.iter()
    }

    pub fn check(&self, now: Timestamp) {
        let all: Vec<&Entry> = self.all().collect();
        assert_eq!(self.count, all.len() as u64, "count");
        assert_eq!(self.bytes, all.iter().map(|entry| u64::from(entry.size)).sum::<u64>(), "bytes");
        let oldest = all.iter().map(|entry| entry.timestamp).min();
        assert_eq!(self.metrics().oldest_message_timestamp, oldest, "oldest");
        let ready: BTreeSet<_> = self.by_readiness().map(|entry| entry.sequence).collect();
        assert_eq!(self.ready_count, ready.len() as u64, "ready count");
        let by_age: Vec<_> = self.by_age().map(|(_, entry)| entry.sequence).collect();
        assert!(by_age.is_sorted(), "ages");
        let waiting: usize = self.waiting.values().map(|list| self.length(list)).sum();
        let mut expected_waiting = 0;
        for entry in &all {
            assert_eq!(ready.contains(&entry.sequence), entry.state == State::Ready, "{entry:?}");
            assert_ne!(entry.overdue, by_age.contains(&entry.sequence), "{entry:?}");
            expected_waiting += usize::from(matches!(entry.state, State::Delayed | State::Pulled));
            assert!(entry.state != State::Ready || entry.due <= now, "ready before it is due: {entry:?}");
            assert!(entry.state != State::Delayed || entry.due > now, "delayed too long: {entry:?}");
        }
        assert_eq!(waiting, expected_waiting, "waiting");
        let due: Vec<_> = self.by_readiness().map(|entry| entry.due).collect();
        assert!(due.is_sorted(), "ready messages are not in the order of their due times");
    }

    fn length(&self, list: &super::list::List) -> usize {
        let mut next = list.first();
        std::iter::from_fn(|| {
            let slot = next?;
            next = list.after(&self.slab, slot);
            Some(slot)
        })
        .count()
    }
}
