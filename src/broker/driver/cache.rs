//! Bodies of fresh messages, so that they need not be read back.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::broker::core::{Payload, Sequence};

/// What one body costs beside its bytes.
const OVERHEAD_BYTES: usize = 128;
/// How long a body may keep others out.
const STALE_AFTER: Duration = Duration::from_secs(5);

/// A bounded cache. When it is full, newcomers stay out: of a long backlog the oldest messages are
/// delivered next. A body leaves when it is taken, or makes room once it has lain too long.
#[derive(Debug)]
pub(super) struct BodyCache {
    bytes_max: usize,
    bytes: usize,
    /// By their sequence numbers, which grow.
    entries: VecDeque<Entry>,
    /// How many entries have a payload.
    present: usize,
}

#[derive(Debug)]
struct Entry {
    sequence: Sequence,
    since: Instant,
    /// None when it was taken.
    payload: Option<Payload>,
}

impl BodyCache {
    pub fn new(bytes_max: usize) -> Self {
        Self { bytes_max, bytes: 0, entries: VecDeque::new(), present: 0 }
    }

    /// Keeps the body of a message, which is newer than all that it knows.
    pub fn insert(&mut self, sequence: Sequence, payload: Payload, now: Instant) {
        let cost = cost(&payload);
        self.make_room(cost, now);
        let is_newest = self.entries.back().is_none_or(|newest| newest.sequence < sequence);
        if is_newest && self.bytes + cost <= self.bytes_max {
            self.bytes += cost;
            self.present += 1;
            self.entries.push_back(Entry { sequence, since: now, payload: Some(payload) });
        }
    }

    pub fn take(&mut self, sequence: Sequence) -> Option<Payload> {
        let index = self.entries.binary_search_by_key(&sequence, |entry| entry.sequence).ok()?;
        self.take_at(index)
    }

    fn take_at(&mut self, index: usize) -> Option<Payload> {
        let payload = self.entries.get_mut(index)?.payload.take()?;
        self.bytes -= cost(&payload);
        self.present -= 1;
        Some(payload)
    }

    fn make_room(&mut self, cost: usize, now: Instant) {
        if self.entries.len() > 2 * self.present + 64 {
            self.entries.retain(|entry| entry.payload.is_some());
        }
        while let Some(oldest) = self.entries.front() {
            let stale = now.duration_since(oldest.since) > STALE_AFTER;
            let in_the_way = stale && self.bytes + cost > self.bytes_max;
            if oldest.payload.is_some() && !in_the_way {
                return;
            }
            self.take_at(0);
            self.entries.pop_front();
        }
    }
}

fn cost(payload: &Payload) -> usize {
    payload.body.len() + OVERHEAD_BYTES
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::broker::core::MessageOrigin;

    fn payload(length: usize) -> Payload {
        Payload {
            body: Bytes::from(vec![7; length]),
            origin: MessageOrigin::Worker,
            delay_seconds: None,
            dead_letter_of: None,
        }
    }

    #[test]
    fn keeps_the_oldest_until_they_are_taken_or_stale() {
        let mut cache = BodyCache::new(2 * (1000 + OVERHEAD_BYTES));
        let start = Instant::now();
        for sequence in 1..=3 {
            cache.insert(Sequence(sequence), payload(1000), start);
        }
        assert!(cache.take(Sequence(3)).is_none());
        assert!(cache.take(Sequence(1)).is_some());
        cache.insert(Sequence(4), payload(1000), start);
        cache.insert(Sequence(5), payload(1000), start + STALE_AFTER * 2);
        assert!(cache.take(Sequence(2)).is_none());
        assert!(cache.take(Sequence(4)).is_some());
        assert!(cache.take(Sequence(5)).is_some());
        assert_eq!(cache.bytes, 0);
    }
}
