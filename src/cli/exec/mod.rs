//! `qemu-dev exec`.

mod arguments;
mod outcome;
mod repeat;
mod reports;
mod runs;
mod signals;

use std::io::{self, BufReader};
use std::process::ExitCode;

pub use arguments::ExecArguments;

use outcome::Outcome;
use runs::Runner;

use crate::exec;

/// Runs the command, and answers with what it ended with.
pub fn run(arguments: ExecArguments) -> ExitCode {
    let outcome = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => {
            let outcome = runtime.block_on(execute(arguments));
            // Guests that never end must not keep the process.
            runtime.shutdown_background();
            outcome
        }
        Err(error) => Outcome::session_failed(&format!("no threads to run on: {error}")),
    };
    outcome.code()
}

async fn execute(arguments: ExecArguments) -> Outcome {
    // First of all, so that no signal comes too early.
    let signals = match signals::receive() {
        Ok(signals) => signals,
        Err(error) => return Outcome::session_failed(&format!("signals cannot be received: {error}")),
    };
    match Runner::new(arguments, signals) {
        Ok(runner) => runner.run().await,
        Err(error) => Outcome::session_failed(&error),
    }
}

/// Runs the guard that cleans up after a run that was killed.
pub fn guard() -> ExitCode {
    exec::guard::watch(BufReader::new(io::stdin().lock()));
    ExitCode::SUCCESS
}
