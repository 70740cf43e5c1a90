//! What is said about a session.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::Terminal;
use super::banner;
use super::palette::{BLUE, BOLD, DIM, GREEN, RED, YELLOW};
use super::worker_log::WorkerLog;
use crate::base::{Diagnostic, Severity};
use crate::broker::{Event, Observer};
use crate::chaos::{FaultObserver, InjectedFault};
use crate::cli::verbosity::Verbosity;
use crate::dev::{Ready, Reporter};
use crate::http::{RequestLog, RequestRecord};
use crate::plan::Plan;
use crate::report;
use crate::runtime::log::LogSink;

impl Reporter for Terminal {
    fn worker_log(&self, worker: &str) -> Arc<dyn LogSink> {
        Arc::new(WorkerLog {
            lines: self.lines.clone(),
            palette: self.palette,
            problem_palette: self.problem_palette,
            verbosity: self.verbosity,
            prefix: self.prefixes.of(worker, self.palette),
            problem_prefix: self.prefixes.of(worker, self.problem_palette),
        })
    }

    fn plan(&self, plan: &Plan) {
        let workers = plan.workers.iter().map(|worker| worker.name.clone()).collect();
        *self.workers.write().unwrap_or_else(PoisonError::into_inner) = workers;
        self.prefixes.learn(plan);
    }

    fn diagnostics(&self, diagnostics: &[Diagnostic]) {
        let least = |diagnostic: &Diagnostic| match diagnostic.severity {
            Severity::Error => Verbosity::Error,
            Severity::Warning => Verbosity::Warn,
        };
        let shown: Vec<Diagnostic> =
            diagnostics.iter().filter(|diagnostic| self.shows(least(diagnostic))).cloned().collect();
        if !shown.is_empty() {
            let text = report::render(&shown, self.problem_palette.color, &self.working_directory);
            self.problem(text.trim_end().to_owned());
        }
    }

    fn ready(&self, ready: &Ready<'_>) {
        for announcement in &self.announcements {
            if let Err(error) = announcement.make(ready) {
                self.error(&error);
            }
        }
        if !self.shows(Verbosity::Log) {
            return;
        }
        for worker in &ready.plan.workers {
            self.output(self.palette.paint(BOLD, &worker.name));
            if ready.unbuilt.contains(&worker.name) {
                self.output("  does not run until the errors above are mended".to_owned());
            }
            banner::lines(worker, &ready.queues, ready.crons).into_iter().for_each(|line| self.output(line));
            let own = ready.further.iter().find(|(name, _)| *name == worker.name);
            if let Some((_, url)) = own {
                self.output(format!("  fetch()  answers on {}", self.palette.paint(BOLD, url)));
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

    fn scheduled(&self, worker: &str, cron: &str, succeeded: bool, took: Duration) {
        if self.shows(Verbosity::Log) {
            let (style, outcome) = if succeeded { (GREEN, "ok") } else { (RED, "failed") };
            let outcome = self.palette.paint(style, outcome);
            self.output(self.of_worker(worker, &format!("CRON {cron} {outcome} ({}ms)", took.as_millis())));
        }
    }

    fn build_output(&self, worker: &str, line: &str) {
        if self.shows(Verbosity::Log) {
            let prefix = self.palette.paint(BLUE, "[custom build]");
            self.output(self.of_worker(worker, &format!("{prefix} {line}")));
        }
    }

    fn notice(&self, text: &str) {
        if self.shows(Verbosity::Log) {
            self.output(text.to_owned());
        }
    }

    fn error(&self, text: &str) {
        if self.shows(Verbosity::Error) {
            self.problem(format!("{} {text}", self.problem_palette.paint(RED, "error:")));
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
        let line = format!("{} {} {status} ({}ms)", record.method, record.path, record.duration.as_millis());
        self.output(match &record.worker {
            Some(worker) => self.of_worker(worker, &line),
            None => line,
        });
    }
}

impl FaultObserver for Terminal {
    fn fault(&self, fault: &InjectedFault) {
        self.warning(&fault.to_string());
    }
}

impl Observer for Terminal {
    fn event(&self, event: &Event) {
        match event {
            // What the workers of another process do is shown there.
            Event::DeliveryFinished { queue, worker, acked, total, duration_ms, .. }
                if self.shows(Verbosity::Log) && self.workers().contains(&**worker) =>
            {
                let style = match *acked {
                    0 => RED,
                    acked if acked < *total => YELLOW,
                    _ => GREEN,
                };
                let fraction = self.palette.paint(style, &format!("{acked}/{total}"));
                self.output(self.of_worker(worker, &format!("QUEUE {queue} {fraction} ({duration_ms}ms)")));
            }
            Event::Retried { .. } if self.shows(Verbosity::Debug) => self.output(event.to_string()),
            Event::DeadLettered { .. }
            | Event::Dropped { .. }
            | Event::Expired { .. }
            | Event::QueueRecovered { .. } => {
                self.warning(&event.to_string());
            }
            Event::ConfigurationRefused { .. } | Event::StorageFailed { .. } | Event::Damaged { .. } => {
                self.error(&event.to_string());
            }
            Event::StorageRecovered => self.notice(&event.to_string()),
            _ => {}
        }
    }
}
