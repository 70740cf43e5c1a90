//! How commands end.
//!
//! 0: done. 1: a mistake in the user's files or surroundings. 2: a mistake in the arguments (clap's).
//! 130: interrupted, as shells show SIGINT.

use std::io;
use std::process::ExitCode;

/// Exit code of a mistake in the user's files or surroundings.
const EXIT_MISTAKE: u8 = 1;
/// Exit code after an interrupt.
pub const EXIT_INTERRUPTED: u8 = 130;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub enum Failure {
    /// What went wrong, in one line that is still to be printed.
    Mistake(String),
    /// The user has been told already.
    Told,
    /// The user interrupted it.
    Interrupted,
    /// Whoever read the output has what was wanted, as in `… | head -1`.
    ReaderGone,
}

impl Failure {
    /// A failure that is explained by `error`.
    pub fn mistake(error: impl std::fmt::Display) -> Self {
        Self::Mistake(error.to_string())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::ReaderGone,
            _ => Self::Mistake(error.to_string()),
        }
    }
}

/// The exit code for how a command ended. What is still to be told goes to `tell`.
pub fn code(result: Result<(), Failure>, tell: impl FnOnce(&str)) -> ExitCode {
    match result {
        Ok(()) | Err(Failure::ReaderGone) => ExitCode::SUCCESS,
        Err(Failure::Interrupted) => ExitCode::from(EXIT_INTERRUPTED),
        Err(Failure::Told) => ExitCode::from(EXIT_MISTAKE),
        Err(Failure::Mistake(text)) => {
            tell(&text);
            ExitCode::from(EXIT_MISTAKE)
        }
    }
}
