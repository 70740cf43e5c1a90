//! Where a Worker's console lines go.

/// The level of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// `console.debug`.
    Debug,
    /// `console.log`.
    Log,
    /// `console.info`.
    Info,
    /// `console.warn`.
    Warn,
    /// `console.error`, and exceptions nobody caught.
    Error,
}

impl LogLevel {
    /// The level's name, as the prelude and JSON logs spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Log => "log",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }

    /// The level called `name`; [`LogLevel::Log`] for any other text.
    pub fn from_name(name: &str) -> Self {
        [Self::Debug, Self::Info, Self::Warn, Self::Error]
            .into_iter()
            .find(|level| level.name() == name)
            .unwrap_or(Self::Log)
    }
}

/// Takes the console lines of one Worker.
pub trait LogSink: Send + Sync + 'static {
    /// One call of a console method; `text` may have several lines.
    fn console(&self, level: LogLevel, text: &str);

    /// An exception that no code of the Worker caught, or the end of an isolate that passed a limit.
    fn exception(&self, text: &str) {
        self.console(LogLevel::Error, text);
    }
}
