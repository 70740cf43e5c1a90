//! A command run against a session of its own, for tests and CI.
//!
//! - [`run()`] is one run: fresh state, free port, session, command, queues, verdict.
//! - [`seeds`] is many: one for each seed, and from the first that fails to the fewest faults that still do.
//! - `command` runs the command in a process group of its own, `guard` ends it whatever happens to us.
//! - [`Tally`] counts what happens; [`FailOn`] says what must not.
//! - [`report`] is the verdict as JSON and as JUnit's XML.

mod command;
mod conditions;
mod drain;
pub mod guard;
mod log_book;
mod not_run;
pub mod report;
mod reporter;
mod run;
pub mod seeds;
mod strays;
mod tally;
#[cfg(test)]
mod tests;

pub use command::Ended;
pub use conditions::{FailOn, Failure, FailureKind};
pub use log_book::LogBook;
pub use not_run::NotRun;
pub use report::{Report, SeedRun};
pub use reporter::TallyingReporter;
pub use run::{Execution, RunError, Verdict, run};
pub use tally::Tally;
