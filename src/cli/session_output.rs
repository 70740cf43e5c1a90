//! Where a session's reports go.

use std::io;
use std::sync::Arc;

use clap::ValueEnum;

use super::announcement::Announcement;
use super::json_log::JsonLog;
use super::lines::Lines;
use super::terminal::Terminal;
use super::verbosity::Verbosity;
use crate::dev::Reporter;

/// Takes a session's reports.
pub trait SessionOutput: Reporter {
    /// Waits until everything is written.
    fn flush(&self);

    /// Makes a terminal empty, where it is one.
    fn clear(&self) {}
}

/// How reports are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    Pretty,
    /// For programs: one JSON object a line, everything on standard output
    Json,
}

/// Where reports are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Destination {
    /// Everything goes to standard error: standard output has another use.
    pub standard_error_only: bool,
    /// Who is told, too, when a session is ready.
    pub announcements: Vec<Announcement>,
}

impl LogFormat {
    /// Writes what is at least as important as `verbosity`.
    pub fn open(self, verbosity: Verbosity, destination: Destination) -> Arc<dyn SessionOutput> {
        let Destination { standard_error_only, announcements } = destination;
        let elsewhere = standard_error_only.then(|| Lines::to(io::stderr(), io::stderr()));
        match (self, elsewhere) {
            (Self::Pretty, None) => Arc::new(Terminal::new(verbosity).announcing(announcements)),
            (Self::Pretty, Some(lines)) => {
                Arc::new(Terminal::plain(lines, verbosity).announcing(announcements))
            }
            (Self::Json, lines) => {
                Arc::new(JsonLog::new(lines.unwrap_or_else(Lines::start), verbosity, announcements))
            }
        }
    }
}
