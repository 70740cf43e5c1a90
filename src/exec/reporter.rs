//! What a session reports, counted on its way to the log.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::tally::Tally;
use crate::base::{Diagnostic, MessageId};
use crate::broker::{Event, Observer};
use crate::chaos::{FaultObserver, InjectedFault};
use crate::dev::{Ready, Reporter};
use crate::http::{RequestLog, RequestRecord};
use crate::plan::Plan;
use crate::recording::RecordError;
use crate::runtime::log::{LogLevel, LogSink};

/// Counts what it is told, and tells it on.
pub struct TallyingReporter {
    log: Arc<dyn Reporter>,
    tally: Arc<Tally>,
    changed: Arc<Notify>,
    url: Mutex<Option<String>>,
    unrecorded: Mutex<Option<String>>,
}

impl TallyingReporter {
    /// Tells everything on to `log`.
    pub fn new(log: Arc<dyn Reporter>) -> Self {
        Self {
            log,
            tally: Arc::default(),
            changed: Arc::default(),
            url: Mutex::default(),
            unrecorded: Mutex::default(),
        }
    }

    /// What was counted.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Where the session answers, once it does.
    pub fn url(&self) -> Option<String> {
        self.url.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Why the recording is cut off, if it is.
    pub fn unrecorded(&self) -> Option<String> {
        self.unrecorded.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Is told of each change in the queues.
    pub fn changed(&self) -> Arc<Notify> {
        self.changed.clone()
    }
}

impl Reporter for TallyingReporter {
    fn worker_log(&self, worker: &str) -> Arc<dyn LogSink> {
        Arc::new(TallyingLog {
            worker: worker.to_owned(),
            log: self.log.worker_log(worker),
            tally: self.tally.clone(),
        })
    }

    fn plan(&self, plan: &Plan) {
        self.log.plan(plan);
    }

    fn diagnostics(&self, diagnostics: &[Diagnostic]) {
        self.log.diagnostics(diagnostics);
    }

    fn ready(&self, ready: &Ready<'_>) {
        *self.url.lock().unwrap_or_else(PoisonError::into_inner) = Some(ready.url.clone());
        self.log.ready(ready);
    }

    fn reloaded(&self, worker: &str, took: Duration) {
        self.log.reloaded(worker, took);
    }

    fn scheduled(&self, worker: &str, cron: &str, succeeded: bool, took: Duration) {
        self.log.scheduled(worker, cron, succeeded, took);
    }

    fn build_output(&self, worker: &str, line: &str) {
        self.log.build_output(worker, line);
    }

    fn notice(&self, text: &str) {
        self.log.notice(text);
    }

    fn error(&self, text: &str) {
        self.log.error(text);
    }

    fn recording_failed(&self, error: &RecordError) {
        *self.unrecorded.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
        self.log.recording_failed(error);
    }
}

impl RequestLog for TallyingReporter {
    fn request(&self, record: RequestRecord) {
        self.log.request(record);
    }
}

impl Observer for TallyingReporter {
    fn event(&self, event: &Event) {
        self.tally.event(event);
        self.log.event(event);
        self.changed.notify_one();
    }
}

impl FaultObserver for TallyingReporter {
    fn fault(&self, fault: &InjectedFault) {
        self.tally.fault(fault);
        self.log.fault(fault);
    }

    fn delivered_again(&self, queue: &Arc<str>, worker: &Arc<str>, messages: &[(MessageId, u32)]) {
        self.tally.delivered_again(queue, worker, messages);
        self.log.delivered_again(queue, worker, messages);
    }
}

struct TallyingLog {
    worker: String,
    log: Arc<dyn LogSink>,
    tally: Arc<Tally>,
}

impl LogSink for TallyingLog {
    fn console(&self, level: LogLevel, text: &str) {
        self.log.console(level, text);
    }

    fn exception(&self, text: &str) {
        self.tally.exception(&self.worker, text);
        self.log.exception(text);
    }
}
