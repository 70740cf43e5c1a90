//! Ids that nobody else has.

use std::hash::{BuildHasher, Hasher};

use crate::broker::core::FreshIds;

/// Sixteen random bytes from the operating system.
pub(in crate::broker) fn random_bits() -> [u8; 16] {
    let mut bits = [0; 16];
    if getrandom::fill(&mut bits).is_err() {
        // The standard library keeps keys of its own that differ from process to process.
        let half = || std::hash::RandomState::new().build_hasher().finish();
        let mut source = IdSource { state: [half(), half() | 1] };
        bits = source.next();
    }
    bits
}

/// So many ids for what a command makes.
pub(in crate::broker) fn fresh_ids(count: usize) -> FreshIds {
    FreshIds::new((0..count).map(|_| random_bits()).collect())
}

/// Makes message ids: one system call at the start, none for each message (xoroshiro128++).
#[derive(Debug)]
pub(in crate::broker) struct IdSource {
    state: [u64; 2],
}

impl IdSource {
    pub fn new() -> Self {
        let bits = random_bits();
        let half =
            |from: usize| bits[from..from + 8].iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte));
        Self { state: [half(0), half(8) | 1] }
    }

    #[cfg(test)]
    pub fn seeded(seed: u64) -> Self {
        Self { state: [seed, 1] }
    }

    pub fn next(&mut self) -> [u8; 16] {
        let mut bits = [0; 16];
        bits[..8].copy_from_slice(&self.half().to_be_bytes());
        bits[8..].copy_from_slice(&self.half().to_be_bytes());
        bits
    }

    fn half(&mut self) -> u64 {
        let [first, mut second] = self.state;
        let result = first.wrapping_add(second).rotate_left(17).wrapping_add(first);
        second ^= first;
        self.state = [first.rotate_left(49) ^ second ^ (second << 21), second.rotate_left(28)];
        result
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_hundred_thousand_ids_differ() {
        let mut source = IdSource::new();
        let ids: BTreeSet<[u8; 16]> = (0..100_000).map(|_| source.next()).collect();
        assert_eq!(ids.len(), 100_000);
        assert_ne!(random_bits(), random_bits());
    }
}
