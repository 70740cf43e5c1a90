//! What a session prints for people.
//!
//! Standard output has what happens; standard error has problems, and what workers log as warnings and
//! errors, as with wrangler.

mod banner;
mod consumption;
mod palette;
mod prefixes;
mod reporter;
mod worker_log;

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use anstream::{AutoStream, ColorChoice};

use super::announcement::Announcement;
pub use super::lines::Lines;
use super::session_output::SessionOutput;
use super::verbosity::Verbosity;
use palette::{Palette, YELLOW};
use prefixes::Prefixes;

/// Prints to standard output, problems to standard error.
pub struct Terminal {
    lines: Lines,
    palette: Palette,
    /// That of standard error, which may be a file while standard output is none.
    problem_palette: Palette,
    verbosity: Verbosity,
    working_directory: PathBuf,
    /// The workers of this session.
    workers: RwLock<BTreeSet<String>>,
    prefixes: Prefixes,
    announcements: Vec<Announcement>,
}

impl Terminal {
    /// Prints what is at least as important as `verbosity`; coloured on a terminal, unless `NO_COLOR`
    /// says otherwise.
    pub fn new(verbosity: Verbosity) -> Self {
        Self {
            lines: Lines::start(),
            palette: Palette { color: AutoStream::choice(&io::stdout()) != ColorChoice::Never },
            problem_palette: Palette { color: AutoStream::choice(&io::stderr()) != ColorChoice::Never },
            verbosity,
            working_directory: std::env::current_dir().unwrap_or_default(),
            workers: RwLock::default(),
            prefixes: Prefixes::default(),
            announcements: Vec::new(),
        }
    }

    /// Prints to other places, without colours.
    pub fn plain(lines: Lines, verbosity: Verbosity) -> Self {
        Self {
            lines,
            palette: Palette { color: false },
            problem_palette: Palette { color: false },
            verbosity,
            working_directory: std::env::current_dir().unwrap_or_default(),
            workers: RwLock::default(),
            prefixes: Prefixes::default(),
            announcements: Vec::new(),
        }
    }

    /// Tells these, too, when a session is ready.
    pub fn announcing(self, announcements: Vec<Announcement>) -> Self {
        Self { announcements, ..self }
    }

    /// Waits until everything is written.
    pub fn flush(&self) {
        self.lines.flush();
    }

    fn workers(&self) -> RwLockReadGuard<'_, BTreeSet<String>> {
        self.workers.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The text, marked as this worker's where several run.
    fn of_worker(&self, worker: &str, text: &str) -> String {
        self.prefixes
            .of(worker, self.palette)
            .map_or_else(|| text.to_owned(), |prefix| format!("{prefix} {text}"))
    }

    fn shows(&self, least: Verbosity) -> bool {
        self.verbosity <= least
    }

    fn output(&self, text: String) {
        self.lines.output(text);
    }

    fn problem(&self, text: String) {
        self.lines.problem(text);
    }

    fn warning(&self, text: &str) {
        if self.shows(Verbosity::Warn) {
            self.problem(self.problem_palette.paint(YELLOW, text));
        }
    }
}

impl SessionOutput for Terminal {
    fn flush(&self) {
        Self::flush(self);
    }

    fn clear(&self) {
        const ALL: &str = "\x1b[2J\x1b[3J\x1b[H";
        self.lines.output(ALL.to_owned());
    }
}
