//! What a session prints.
//!
//! Lines are handed to a thread that writes them, many at once when many come: nobody who serves a
//! request or a queue waits for a terminal.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Color, Style};

use super::arguments::Verbosity;
use crate::base::Diagnostic;
use crate::broker::{Event, Observer};
use crate::dev::{Ready, Reporter};
use crate::http::{RequestLog, RequestRecord};
use crate::report;
use crate::runtime::log::{LogLevel, LogSink};

const GREEN: Style = colored(AnsiColor::Green);
const YELLOW: Style = colored(AnsiColor::Yellow);
const RED: Style = colored(AnsiColor::Red);
const CYAN: Style = colored(AnsiColor::Cyan);
const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();

const fn colored(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(Color::Ansi(color)))
}

/// Prints to standard output, problems to standard error.
pub struct Terminal {
    lines: Sender<Line>,
    palette: Palette,
    verbosity: Verbosity,
    working_directory: PathBuf,
    several_workers: std::sync::atomic::AtomicBool,
}

enum Line {
    Output(String),
    Problem(String),
    Flush(SyncSender<()>),
}

impl Terminal {
    /// Prints what is at least as important as `verbosity`; coloured on a terminal, unless `NO_COLOR`
    /// says otherwise.
    pub fn new(verbosity: Verbosity) -> Self {
        let (lines, received) = mpsc::channel();
        std::thread::spawn(move || write(&received));
        let color = AutoStream::choice(&io::stdout()) != ColorChoice::Never;
        Self {
            lines,
            palette: Palette { color },
            verbosity,
            working_directory: std::env::current_dir().unwrap_or_default(),
            several_workers: std::sync::atomic::AtomicBool::new(false),
        }
    }

    /// Waits until everything is written.
    pub fn flush(&self) {
        let (written, wait) = mpsc::sync_channel(0);
        if self.lines.send(Line::Flush(written)).is_ok() {
            let _ = wait.recv_timeout(Duration::from_secs(2));
        }
    }

    fn shows(&self, least: Verbosity) -> bool {
        self.verbosity <= least
    }

    fn output(&self, text: String) {
        let _ = self.lines.send(Line::Output(text));
    }

    fn problem(&self, text: String) {
        let _ = self.lines.send(Line::Problem(text));
    }

    fn warning(&self, text: &str) {
        if self.shows(Verbosity::Warn) {
            self.problem(self.palette.paint(YELLOW, text));
        }
    }
}

impl Reporter for Terminal {
    fn worker_log(&self, worker: &str) -> Arc<dyn LogSink> {
        Arc::new(WorkerLog {
            lines: self.lines.clone(),
            palette: self.palette,
            verbosity: self.verbosity,
            prefix: self
                .several_workers
                .load(std::sync::atomic::Ordering::Relaxed)
                .then(|| self.palette.paint(CYAN, &format!("[{worker}]"))),
        })
    }

    fn plan(&self, plan: &crate::plan::Plan) {
        self.several_workers.store(plan.workers.len() > 1, std::sync::atomic::Ordering::Relaxed);
    }

    fn diagnostics(&self, diagnostics: &[Diagnostic]) {
        if !diagnostics.is_empty() && self.shows(Verbosity::Error) {
            let text = report::render(diagnostics, self.palette.color, &self.working_directory);
            self.problem(text.trim_end().to_owned());
        }
    }

    fn ready(&self, ready: &Ready<'_>) {
        if !self.shows(Verbosity::Log) {
            return;
        }
        for worker in &ready.plan.workers {
            self.output(self.palette.paint(BOLD, &worker.name));
            for producer in &worker.setup.producers {
                self.output(format!("  env.{}  sends to queue {}", producer.binding, producer.queue));
            }
            for consumer in &worker.consumers {
                let dead = consumer.dead_letter_queue.as_ref();
                let dead = dead.map(|queue| format!(", dead letters to {queue}")).unwrap_or_default();
                self.output(format!("  queue()  consumes {}{dead}", consumer.queue));
            }
        }
        self.output(format!("Queues are kept in {}", ready.state_directory.display()));
        let took = format!("({} ms)", ready.took.as_millis());
        self.output(format!(
            "Ready on {} {}",
            self.palette.paint(BOLD, &ready.url),
            self.palette.paint(DIM, &took)
        ));
    }

    fn reloaded(&self, worker: &str, took: Duration) {
        if self.shows(Verbosity::Log) {
            self.output(format!("Reloaded {worker} ({} ms)", took.as_millis()));
        }
    }

    fn notice(&self, text: &str) {
        if self.shows(Verbosity::Log) {
            self.output(text.to_owned());
        }
    }

    fn error(&self, text: &str) {
        if self.shows(Verbosity::Error) {
            self.problem(format!("{} {text}", self.palette.paint(RED, "error:")));
        }
    }
}

impl RequestLog for Terminal {
    fn request(&self, record: RequestRecord) {
        if !self.shows(Verbosity::Log) {
            return;
        }
        let reason = hyper::StatusCode::from_u16(record.status)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or_default();
        let style = match record.status {
            500.. => RED,
            400.. => YELLOW,
            _ => GREEN,
        };
        let status = self.palette.paint(style, format!("{} {reason}", record.status).trim_end());
        self.output(format!(
            "{} {} {status} ({}ms)",
            record.method,
            record.path,
            record.duration.as_millis()
        ));
    }
}

impl Observer for Terminal {
    fn event(&self, event: &Event) {
        match event {
            Event::DeliveryFinished { queue, acked, total, duration_ms, .. }
                if self.shows(Verbosity::Log) =>
            {
                let style = match *acked {
                    0 => RED,
                    acked if acked < *total => YELLOW,
                    _ => GREEN,
                };
                let fraction = self.palette.paint(style, &format!("{acked}/{total}"));
                self.output(format!("QUEUE {queue} {fraction} ({duration_ms}ms)"));
            }
            Event::Retried { .. } if self.shows(Verbosity::Debug) => self.output(event.to_string()),
            Event::DeadLettered { .. } | Event::Dropped { .. } | Event::Expired { .. } => {
                self.warning(&event.to_string());
            }
            Event::StorageFailed { .. } | Event::Damaged { .. } => self.error(&event.to_string()),
            Event::StorageRecovered => self.notice(&event.to_string()),
            _ => {}
        }
    }
}

/// The console lines of one worker.
struct WorkerLog {
    lines: Sender<Line>,
    palette: Palette,
    verbosity: Verbosity,
    prefix: Option<String>,
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
        let line = match &self.prefix {
            Some(prefix) => {
                text.split('\n').map(|line| format!("{prefix} {line}")).collect::<Vec<_>>().join("\n")
            }
            None => text,
        };
        let _ = self.lines.send(Line::Output(line));
    }
}

/// Paints text, or leaves it plain.
#[derive(Clone, Copy)]
struct Palette {
    color: bool,
}

impl Palette {
    fn paint(self, style: Style, text: &str) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

fn write(lines: &Receiver<Line>) {
    let mut output = io::BufWriter::with_capacity(64 * 1024, io::stdout().lock());
    while let Ok(line) = lines.recv() {
        write_line(line, &mut output);
        while let Ok(line) = lines.try_recv() {
            write_line(line, &mut output);
        }
        let _ = output.flush();
    }
}

/// A reader that has gone is no reason to stop serving.
fn write_line(line: Line, output: &mut impl Write) {
    match line {
        Line::Output(text) => drop(writeln!(output, "{text}")),
        Line::Problem(text) => {
            let _ = output.flush();
            drop(writeln!(io::stderr().lock(), "{text}"));
        }
        Line::Flush(written) => {
            let _ = output.flush();
            let _ = written.send(());
        }
    }
}
