//! What a session reports, as JSON lines for programs.
//!
//! Each line is one object: `time` (RFC 3339), `level` (`debug`, `log`, `info`, `warn`, `error`), `kind`,
//! and what belongs to the kind. Everything goes to standard output.

mod entry;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use entry::Entry;

use super::announcement::Announcement;
use super::diagnostic_view::PlaceView;
use super::lines::Lines;
use super::session_output::SessionOutput;
use super::verbosity::Verbosity;
use crate::base::{Clock, Diagnostic, Severity};
use crate::broker::{Event, Observer};
use crate::chaos::{FaultObserver, InjectedFault};
use crate::dev::{Ready, Reporter, SystemClock};
use crate::http::{RequestLog, RequestRecord};
use crate::plan::Plan;
use crate::runtime::log::{LogLevel, LogSink};

/// Prints JSON lines.
pub struct JsonLog {
    writer: Writer,
    announcements: Vec<Announcement>,
}

/// Writes entries that are important enough.
#[derive(Clone)]
struct Writer {
    lines: Lines,
    verbosity: Verbosity,
    clock: SystemClock,
}

impl JsonLog {
    /// Prints to `lines` what is at least as important as `verbosity`; tells `announcements`, too, when a
    /// session is ready.
    pub fn new(lines: Lines, verbosity: Verbosity, announcements: Vec<Announcement>) -> Self {
        Self { writer: Writer { lines, verbosity, clock: SystemClock::new() }, announcements }
    }
}

impl Writer {
    fn write(&self, entry: Entry) {
        if self.verbosity <= entry.least_verbosity()
            && let Ok(line) = serde_json::to_string(&entry.at(self.clock.now()))
        {
            self.lines.output(line);
        }
    }
}

impl SessionOutput for JsonLog {
    fn flush(&self) {
        self.writer.lines.flush();
    }
}

impl Reporter for JsonLog {
    fn worker_log(&self, worker: &str) -> Arc<dyn LogSink> {
        Arc::new(WorkerLog { writer: self.writer.clone(), worker: worker.to_owned() })
    }

    fn plan(&self, _plan: &Plan) {}

    fn diagnostics(&self, diagnostics: &[Diagnostic]) {
        for diagnostic in diagnostics {
            let level = match diagnostic.severity {
                Severity::Warning => LogLevel::Warn,
                Severity::Error => LogLevel::Error,
            };
            self.writer.write(Entry {
                place: PlaceView::of(diagnostic),
                help: diagnostic.help.clone(),
                ..Entry::new(level, "diagnostic").text(&diagnostic.message)
            });
        }
    }

    fn ready(&self, ready: &Ready<'_>) {
        for announcement in &self.announcements {
            if let Err(error) = announcement.make(ready) {
                self.error(&error);
            }
        }
        self.writer.write(Entry {
            url: Some(ready.url.clone()),
            chaos: ready.chaos.clone(),
            state_directory: Some(PathBuf::from(&ready.state_directory).display().to_string()),
            workers: Some(ready.plan.workers.iter().map(|worker| worker.name.clone()).collect()),
            ..Entry::new(LogLevel::Log, "ready").took(ready.took)
        });
    }

    fn reloaded(&self, worker: &str, took: Duration) {
        self.writer.write(Entry::new(LogLevel::Log, "reloaded").worker(worker).took(took));
    }

    fn scheduled(&self, worker: &str, cron: &str, succeeded: bool, took: Duration) {
        let level = if succeeded { LogLevel::Log } else { LogLevel::Error };
        self.writer.write(Entry::new(level, "scheduled").worker(worker).text(cron).took(took));
    }

    fn build_output(&self, worker: &str, line: &str) {
        self.writer.write(Entry::new(LogLevel::Log, "build").worker(worker).text(line));
    }

    fn notice(&self, text: &str) {
        self.writer.write(Entry::new(LogLevel::Log, "notice").text(text));
    }

    fn error(&self, text: &str) {
        self.writer.write(Entry::new(LogLevel::Error, "error").text(text));
    }
}

impl FaultObserver for JsonLog {
    fn fault(&self, fault: &InjectedFault) {
        self.writer.write(Entry::new(LogLevel::Warn, "fault").text(&fault.to_string()));
    }
}

impl RequestLog for JsonLog {
    fn request(&self, record: RequestRecord) {
        self.writer.write(Entry {
            method: Some(record.method),
            path: Some(record.path),
            status: Some(record.status),
            ..Entry::new(LogLevel::Log, "request").took(record.duration)
        });
    }
}

impl Observer for JsonLog {
    fn event(&self, event: &Event) {
        if let Some(entry) = Entry::of(event) {
            self.writer.write(entry);
        }
    }
}

/// The console lines of one worker.
struct WorkerLog {
    writer: Writer,
    worker: String,
}

impl LogSink for WorkerLog {
    fn console(&self, level: LogLevel, text: &str) {
        self.writer.write(Entry::new(level, "console").worker(&self.worker).text(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{MessageId, Source, Timestamp};

    fn line(entry: Entry) -> String {
        serde_json::to_string(&entry.at(Timestamp::from_millis(1_700_000_000_123))).unwrap()
    }

    #[test]
    fn a_line_has_what_belongs_to_its_kind() {
        assert_eq!(
            line(Entry::new(LogLevel::Warn, "console").worker("w").text("a\n\"b\"")),
            r#"{"time":"2023-11-14T22:13:20.123000Z","level":"warn","kind":"console","worker":"w","text":"a\n\"b\""}"#
        );
        let finished = Event::DeliveryFinished {
            queue: "q".into(),
            worker: "w".into(),
            acked: 1,
            total: 2,
            duration_ms: 3,
            failure: Some("threw".to_owned()),
        };
        let text = line(Entry::of(&finished).unwrap());
        let expected = r#""kind":"delivery","worker":"w","queue":"q","text":"QUEUE q 1/2 (3ms)","acked":1,"total":2,"failure":"threw","duration_ms":3}"#;
        assert!(text.ends_with(expected), "{text}");
        let source = Source::new("a.json", "{}\n x");
        let place = PlaceView::of(&Diagnostic::error("wrong").at(&source, 4..5));
        let text = line(Entry { place, ..Entry::new(LogLevel::Error, "diagnostic") });
        assert!(text.ends_with(r#""place":{"file":"a.json","line":2,"column":2}}"#), "{text}");
    }

    #[test]
    fn events_for_counters_only_are_left_out() {
        assert!(Entry::of(&Event::Committed { records: 1, duration_us: 1 }).is_none());
        let dropped = Event::Dropped { id: MessageId::from_bytes([1; 16]), queue: "q".into(), attempts: 4 };
        let text = line(Entry::of(&dropped).unwrap());
        assert!(text.contains(r#""level":"warn","kind":"dropped","queue":"q""#), "{text}");
        assert!(text.contains(r#""id":"01010101010101010101010101010101","attempts":4"#), "{text}");
    }
}
