//! The arguments of sessions that something is tried out with: faults, and a recording.

use std::path::PathBuf;

use clap::Args;

use super::exit::Failure;
use crate::chaos::{Dice, Seeds, Spec};

/// Faults and a recording.
#[derive(Clone, Debug, Default, Args)]
pub struct ExperimentArguments {
    /// Make faults that at-least-once delivery allows, chosen by a seed:
    /// seed=42,duplicate=5%,reorder,delay=0..2s,drop-ack=1%,crash-isolate=1%,fail-send=1% or fewer of them; all
    /// of these when none is named
    #[arg(long, value_name = "SPEC")]
    pub chaos: Option<Spec>,
    /// Record sends, deliveries, outcomes, faults and logs, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
}

impl ExperimentArguments {
    /// The faults to make in one session.
    ///
    /// # Errors
    ///
    /// When several seeds are asked for.
    pub fn dice(&self) -> Result<Option<Dice>, Failure> {
        let Some(spec) = &self.chaos else { return Ok(None) };
        let seed = match spec.seeds {
            Seeds::Any => any_seed(),
            Seeds::One(seed) => seed,
            Seeds::Range(..) => {
                let text = "--chaos seeds=… makes a run for each seed, which is for `qemu-dev exec`; \
                            write seed=… here";
                return Err(Failure::Mistake(text.to_owned()));
            }
        };
        Ok(Some(Dice::new(spec.clone(), seed)))
    }
}

/// A seed that nobody has chosen, short enough to be typed.
pub fn any_seed() -> u64 {
    let mut bits = [0_u8; 4];
    // Without randomness it is always the same one, which is a seed like any other.
    let _ = getrandom::fill(&mut bits);
    u64::from(u32::from_be_bytes(bits))
}
