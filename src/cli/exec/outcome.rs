//! What `exec` ends with.

use std::io::{self, Write};
use std::process::ExitCode;

use crate::exec::{Report, RunError};

/// The command succeeded, but what happened in the queues must not have.
const EXIT_QUEUES: u8 = 120;
/// The session could not be started; `env` and others say it with this as well.
const EXIT_SESSION: u8 = 125;
/// The command was found, but could not be started.
const EXIT_NOT_STARTED: u8 = 126;
/// The command was not found.
const EXIT_NOT_FOUND: u8 = 127;

/// How `exec` ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome(u8);

impl Outcome {
    /// All is well, but what was to be written about it was not.
    pub const UNWRITTEN: Self = Self(EXIT_SESSION);

    /// A run ended with this report.
    pub fn reported(report: &Report) -> Self {
        match report.exit_code {
            0 if !report.failures.is_empty() => Self(EXIT_QUEUES),
            code => Self(code),
        }
    }

    /// No run could be made.
    pub fn not_run(error: &RunError) -> Self {
        match error {
            RunError::Session(_) | RunError::Preparation(_) => Self(EXIT_SESSION),
            RunError::Command { cause, .. } if cause.kind() == io::ErrorKind::NotFound => {
                Self(EXIT_NOT_FOUND)
            }
            RunError::Command { .. } => Self(EXIT_NOT_STARTED),
            RunError::Interrupted(signal) => Self(128 + signal.number()),
        }
    }

    /// Tells why there can be no session.
    pub fn session_failed(reason: &str) -> Self {
        tell(&format!("error: {reason}"));
        Self(EXIT_SESSION)
    }

    /// The process's exit code as a number.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The process's exit code.
    pub fn code(self) -> ExitCode {
        ExitCode::from(self.0)
    }
}

/// Says something on standard error. A reader that has gone, as in `2>&1 | head`, changes nothing about the run.
pub fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
