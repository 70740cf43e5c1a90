//! A run for each seed, until one fails; then the fewest of its faults that still make it fail.

use std::collections::BTreeSet;

use super::run::{RunError, Verdict};
use crate::chaos::{Fault, Seeds, Shrinking, Spec};

/// Most runs spent on finding fewer faults.
const SHRINKING_RUNS_MAX: usize = 200;

/// Why a run is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To see whether this seed makes the command fail.
    Search,
    /// To see whether fewer faults do.
    Shrink,
}

/// Makes runs, and is told how it goes.
pub trait Runs {
    /// Makes one run with these faults.
    ///
    /// # Errors
    ///
    /// When the run cannot be made.
    fn run(
        &mut self,
        spec: &Spec,
        seed: u64,
        purpose: Purpose,
    ) -> impl Future<Output = Result<Verdict, RunError>>;

    /// A run has ended.
    fn ended(&mut self, spec: &Spec, verdict: &Verdict, purpose: Purpose);
}

/// What a search found.
#[derive(Debug)]
pub enum Found {
    /// Every seed passed; the last verdict.
    Nothing(Verdict),
    /// A run that fails.
    Failing {
        /// What repeats it.
        spec: Spec,
        /// How it ended.
        verdict: Verdict,
        /// Whether it failed again when it was repeated.
        repeatable: bool,
    },
    /// We were told to end before there was an answer.
    Interrupted {
        /// How the run ended that was under way.
        verdict: Verdict,
        /// The smallest run known to fail, if one is.
        failing: Option<Spec>,
    },
}

/// Makes a run for each seed and stops at the first that fails; `any` is the seed where none is named.
///
/// # Errors
///
/// When a run cannot be made.
pub async fn search(spec: &Spec, any: u64, runs: &mut impl Runs) -> Result<Found, RunError> {
    let (first, last) = match spec.seeds {
        Seeds::Any => (any, any),
        Seeds::One(seed) => (seed, seed),
        Seeds::Range(first, last) => (first, last),
    };
    let mut seed = first;
    loop {
        let one = spec.with_seed(seed);
        let verdict = runs.run(&one, seed, Purpose::Search).await?;
        runs.ended(&one, &verdict, Purpose::Search);
        if verdict.report.interrupted {
            return Ok(Found::Interrupted { verdict, failing: None });
        }
        if !verdict.report.passed() {
            return shrink(one, seed, verdict, runs).await;
        }
        if seed == last {
            return Ok(Found::Nothing(verdict));
        }
        seed += 1;
    }
}

/// Looks for the fewest faults with which the run still fails.
async fn shrink(spec: Spec, seed: u64, failing: Verdict, runs: &mut impl Runs) -> Result<Found, RunError> {
    let faults: BTreeSet<Fault> =
        failing.report.counted.faults.iter().map(|fault| fault.fault.clone()).collect();
    let mut shrinking = Shrinking::new(faults.into_iter().collect::<Vec<_>>());
    let mut smallest = failing;
    // Candidates come again in later passes; one that has failed does not, since it is the smallest from then on.
    let mut passing = BTreeSet::new();
    let mut made = 0;
    while made < SHRINKING_RUNS_MAX {
        let Some(candidate) = shrinking.candidate() else { break };
        let only = spec.with_only(candidate);
        if passing.contains(&only.only) {
            shrinking.report(false);
            continue;
        }
        made += 1;
        let verdict = runs.run(&only, seed, Purpose::Shrink).await?;
        runs.ended(&only, &verdict, Purpose::Shrink);
        if verdict.report.interrupted {
            let failing = spec.with_only(shrinking.smallest().iter().cloned());
            return Ok(Found::Interrupted { verdict, failing: Some(failing) });
        }
        if verdict.report.passed() {
            shrinking.report(false);
            passing.insert(only.only);
        } else {
            shrinking.report(true);
            smallest = verdict;
        }
    }
    let spec = spec.with_only(shrinking.smallest().iter().cloned());
    let again = runs.run(&spec, seed, Purpose::Shrink).await?;
    if again.report.interrupted {
        return Ok(Found::Interrupted { verdict: again, failing: Some(spec) });
    }
    Ok(Found::Failing { spec, verdict: smallest, repeatable: !again.report.passed() })
}
