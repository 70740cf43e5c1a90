//! Bodies of fresh messages, so that they need not be read back.

use std::collections::{HashMap, VecDeque};
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
    payloads: HashMap<Sequence, Payload>,
    order: VecDeque<(Sequence, Instant)>,
}

impl BodyCache {
    pub fn new(bytes_max: usize) -> Self {
        Self { bytes_max, bytes: 0, payloads: HashMap::new(), order: VecDeque::new() }
    }

    pub fn insert(&mut self, sequence: Sequence, payload: Payload, now: Instant) {
        let cost = payload.body.len() + OVERHEAD_BYTES;
        self.make_room(cost, now);
        if self.bytes + cost <= self.bytes_max {
            self.bytes += cost;
            self.payloads.insert(sequence, payload);
            self.order.push_back((sequence, now));
        }
    }

    pub fn take(&mut self, sequence: Sequence) -> Option<Payload> {
        let payload = self.payloads.remove(&sequence)?;
        self.bytes -= payload.body.len() + OVERHEAD_BYTES;
        Some(payload)
    }

    fn make_room(&mut self, cost: usize, now: Instant) {
        if self.order.len() > 2 * self.payloads.len() + 64 {
            self.order.retain(|(sequence, _)| self.payloads.contains_key(sequence));
        }
        while let Some((sequence, since)) = self.order.front().copied() {
            let taken = !self.payloads.contains_key(&sequence);
            let stale = now.duration_since(since) > STALE_AFTER;
            let in_the_way = stale && self.bytes + cost > self.bytes_max;
            if !taken && !in_the_way {
                return;
            }
            self.order.pop_front();
            self.take(sequence);
        }
    }
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
