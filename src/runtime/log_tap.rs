//! Reading along with a Worker's log.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::log::{LogLevel, LogSink};

/// Most lines that one reader is given.
const LINES_MAX: usize = 1000;

/// A log that others may read along with.
pub struct TappedLog {
    log: Arc<dyn LogSink>,
    taps: Mutex<Vec<Weak<Tap>>>,
}

/// The lines since it was made, at most a thousand.
#[derive(Default)]
pub struct Tap(Mutex<Vec<(LogLevel, String)>>);

impl TappedLog {
    /// A log whose lines go to `log`.
    pub fn new(log: Arc<dyn LogSink>) -> Self {
        Self { log, taps: Mutex::default() }
    }

    /// Reads along from now on, as long as the answer lives.
    pub fn tap(&self) -> Arc<Tap> {
        let tap = Arc::new(Tap::default());
        lock(&self.taps).push(Arc::downgrade(&tap));
        tap
    }
}

impl Tap {
    /// The lines so far.
    pub fn lines(&self) -> Vec<(LogLevel, String)> {
        lock(&self.0).clone()
    }
}

impl LogSink for TappedLog {
    fn console(&self, level: LogLevel, text: &str) {
        self.tap_line(level, text);
        self.log.console(level, text);
    }

    fn exception(&self, text: &str) {
        self.tap_line(LogLevel::Error, text);
        self.log.exception(text);
    }
}

impl TappedLog {
    fn tap_line(&self, level: LogLevel, text: &str) {
        lock(&self.taps).retain(|tap| {
            let Some(tap) = tap.upgrade() else { return false };
            let mut lines = lock(&tap.0);
            if lines.len() < LINES_MAX {
                lines.push((level, text.to_owned()));
            }
            true
        });
    }
}

fn lock<Value>(mutex: &Mutex<Value>) -> MutexGuard<'_, Value> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
