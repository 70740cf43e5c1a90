//! What a worker says.

use anstyle::Style;

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
    /// The colours of warnings and errors.
    pub problem_palette: Palette,
    /// Which of them are shown.
    pub verbosity: Verbosity,
    /// What each begins with, where several workers run.
    pub prefix: Option<String>,
    /// The same, in the colours of warnings and errors.
    pub problem_prefix: Option<String>,
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
        match level {
            LogLevel::Warn | LogLevel::Error => {
                self.lines.problem(painted(
                    text,
                    style,
                    self.problem_palette,
                    self.problem_prefix.as_deref(),
                ));
            }
            LogLevel::Debug | LogLevel::Log | LogLevel::Info => {
                self.lines.output(painted(text, style, self.palette, self.prefix.as_deref()));
            }
        }
    }
}

/// The text in this style, each of its lines marked as a worker's where that is wanted.
fn painted(text: &str, style: Option<Style>, palette: Palette, prefix: Option<&str>) -> String {
    let text = style.map_or_else(|| text.to_owned(), |style| palette.paint(style, text));
    let Some(prefix) = prefix else { return text };
    text.split('\n').map(|line| format!("{prefix} {line}")).collect::<Vec<_>>().join("\n")
}
