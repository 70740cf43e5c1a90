//! What a worker says.

use super::palette::{DIM, Palette, RED, YELLOW};
use crate::cli::lines::Lines;
use crate::cli::verbosity::Verbosity;
use crate::runtime::log::{LogLevel, LogSink};

/// The console lines of one worker.
pub struct WorkerLog {
    /// Where they go.
    pub lines: Lines,
    /// Their colours.
    pub palette: Palette,
    /// Which of them are shown.
    pub verbosity: Verbosity,
    /// What each begins with, where several workers run.
    pub prefix: Option<String>,
}

impl LogSink for WorkerLog {
    fn console(&self, level: LogLevel, text: &str) {
        let (least, style) = match level {
            LogLevel::Debug => (Verbosity::Debug, Some(DIM)),
            LogLevel::Log | LogLevel::Info => (Verbosity::Log, None),
            LogLevel::Warn => (Verbosity::Warn, Some(YELLOW)),
            LogLevel::Error => (Verbosity::Error, Some(RED)),
        };
        if self.verbosity > least {
            return;
        }
        let text = style.map_or_else(|| text.to_owned(), |style| self.palette.paint(style, text));
        let text = self.prefixed(text);
        match level {
            LogLevel::Warn | LogLevel::Error => self.lines.problem(text),
            LogLevel::Debug | LogLevel::Log | LogLevel::Info => self.lines.output(text),
        }
    }
}

impl WorkerLog {
    /// The text with each of its lines marked as this worker's.
    fn prefixed(&self, text: String) -> String {
        match &self.prefix {
            Some(prefix) => {
                text.split('\n').map(|line| format!("{prefix} {line}")).collect::<Vec<_>>().join("\n")
            }
            None => text,
        }
    }
}
