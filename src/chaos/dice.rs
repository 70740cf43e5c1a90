//! The decisions: a function of the seed and the fault's name.

use super::fault::{Fault, FaultKind};
use super::spec::Spec;

/// The rate that is certain.
const MILLION: u64 = 1_000_000;

/// Which of a fault's choices is made. Each has its own number, so that they do not depend on each other.
#[derive(Clone, Copy, Debug)]
enum Choice {
    Whether = 1,
    Amount = 2,
    Side = 3,
    /// And those that follow, one for each place of a shuffle.
    Place = 16,
}

/// When within an operation a fault happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Before it has any effect.
    Before,
    /// After all its effects.
    After,
}

/// Decides which faults happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dice {
    seed: u64,
    spec: Spec,
}

impl Dice {
    /// The decisions for one seed.
    pub fn new(spec: Spec, seed: u64) -> Self {
        Self { seed, spec }
    }

    /// What chooses the faults.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The specification that makes the same faults again.
    pub fn spec(&self) -> Spec {
        self.spec.with_seed(self.seed)
    }

    /// Whether this fault happens.
    pub fn happens(&self, fault: &Fault) -> bool {
        if let Some(only) = &self.spec.only {
            return only.contains(fault);
        }
        let rate = u64::from(self.spec.rate(fault.kind).parts_per_million);
        if fault.kind == FaultKind::Delay && self.delay_seconds(fault) == 0 {
            return false;
        }
        self.roll(fault, Choice::Whether as u64) % MILLION < rate
    }

    /// By how many seconds a message is late.
    pub fn delay_seconds(&self, fault: &Fault) -> u32 {
        let Some(range) = self.spec.delay else { return 0 };
        let span = u64::from(range.most - range.least) + 1;
        let more = self.roll(fault, Choice::Amount as u64) % span;
        range.least + u32::try_from(more).unwrap_or(0)
    }

    /// Whether a fault happens before or after what it disturbs.
    pub fn side(&self, fault: &Fault) -> Side {
        if self.roll(fault, Choice::Side as u64).is_multiple_of(2) { Side::Before } else { Side::After }
    }

    /// For a shuffle: which of the first `count` places changes with the last of them.
    pub fn place(&self, fault: &Fault, count: usize) -> usize {
        let roll = self.roll(fault, Choice::Place as u64 + count as u64);
        usize::try_from(roll % (count as u64).max(1)).unwrap_or(0)
    }

    /// Sixty-four bits for one choice about one fault: FNV-1a over everything, then the finalizer of
    /// SplitMix64. Both are fixed, so that a seed means the same in every version.
    fn roll(&self, fault: &Fault, choice: u64) -> u64 {
        let numbers = [self.seed, choice, fault.message, u64::from(fault.attempt)];
        let bytes = fault.kind.name().bytes().chain([0]).chain(fault.queue.bytes()).chain([0]);
        let bytes = bytes.chain(numbers.into_iter().flat_map(u64::to_be_bytes));
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        finalized(hash)
    }
}

fn finalized(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(kind: FaultKind, message: u64) -> Fault {
        Fault { kind, queue: "orders".into(), message, attempt: 1 }
    }

    fn chosen(spec: &str, seed: u64, kind: FaultKind) -> Vec<u64> {
        let dice = Dice::new(spec.parse().unwrap(), seed);
        (1..=10_000).filter(|message| dice.happens(&fault(kind, *message))).collect()
    }

    #[test]
    fn a_seed_means_the_same_in_every_version() {
        let first: Vec<u64> = chosen("duplicate=1%", 42, FaultKind::Duplicate).into_iter().take(5).collect();
        expect_test::expect!["[70, 72, 124, 152, 248]"].assert_eq(&format!("{first:?}"));
    }

    #[test]
    fn rates_hold_and_seeds_and_kinds_differ() {
        let spec = "duplicate=5%,drop-ack=5%";
        let duplicates = chosen(spec, 1, FaultKind::Duplicate);
        assert!((400..600).contains(&duplicates.len()), "{}", duplicates.len());
        assert_ne!(duplicates, chosen(spec, 2, FaultKind::Duplicate));
        assert_ne!(duplicates, chosen(spec, 1, FaultKind::DropAck));
        assert_eq!(chosen(spec, 1, FaultKind::FailSend), Vec::<u64>::new());
        assert_eq!(chosen("fail-send=100%", 1, FaultKind::FailSend).len(), 10_000);
    }

    #[test]
    fn delays_fill_their_range_and_none_is_no_fault() {
        let dice = Dice::new("delay=0..2s".parse().unwrap(), 7);
        let delays: Vec<u32> =
            (1..=300).map(|message| dice.delay_seconds(&fault(FaultKind::Delay, message))).collect();
        for seconds in 0..=2 {
            assert!(delays.iter().filter(|delay| **delay == seconds).count() > 60, "{seconds}");
        }
        let faults = (1..=300).filter(|message| dice.happens(&fault(FaultKind::Delay, *message))).count();
        assert_eq!(faults, delays.iter().filter(|delay| **delay > 0).count());
    }

    #[test]
    fn only_the_named_faults_happen() {
        let spec = "duplicate=100%,only=duplicate:orders:3:1+duplicate:orders:9:1";
        assert_eq!(chosen(spec, 1, FaultKind::Duplicate), [3, 9]);
    }
}
