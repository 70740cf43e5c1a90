//! What a session tells the person in front of it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::in_effect::QueueInEffect;
use crate::base::Diagnostic;
use crate::broker::Observer;
use crate::chaos::FaultObserver;
use crate::http::RequestLog;
use crate::plan::Plan;
use crate::recording::RecordError;
use crate::runtime::log::LogSink;

/// A session that answers requests.
#[derive(Clone, Debug)]
pub struct Ready<'a> {
    /// Where the primary worker answers.
    pub url: String,
    /// Other workers with a port of their own, and where they answer.
    pub further: Vec<(String, String)>,
    /// Whether cron triggers fire when they are due.
    pub crons: bool,
    /// What runs.
    pub plan: &'a Plan,
    /// Which faults are made, with their seed, as `--chaos` is told; `None` when there are none.
    pub chaos: Option<String>,
    /// The workers that have no code that runs yet.
    pub unbuilt: Vec<String>,
    /// What holds for the queues.
    pub queues: Vec<QueueInEffect>,
    /// Where state is kept.
    pub state_directory: PathBuf,
    /// How long the start took.
    pub took: Duration,
}

/// Is told what happens. Called from several threads; must not wait.
pub trait Reporter: RequestLog + Observer + FaultObserver {
    /// Where the console lines of this worker go.
    fn worker_log(&self, worker: &str) -> Arc<dyn LogSink>;

    /// What the session is to run, or runs from now on; told before anything else is.
    fn plan(&self, plan: &Plan);

    /// Problems in the user's files.
    fn diagnostics(&self, diagnostics: &[Diagnostic]);

    /// The session answers requests.
    fn ready(&self, ready: &Ready<'_>);

    /// A worker's new code is live.
    fn reloaded(&self, worker: &str, took: Duration);

    /// A cron trigger was due, and this came of it.
    fn scheduled(&self, worker: &str, cron: &str, succeeded: bool, took: Duration);

    /// A line of a worker's custom build.
    fn build_output(&self, worker: &str, line: &str);

    /// Something worth a line.
    fn notice(&self, text: &str);

    /// Something that went wrong.
    fn error(&self, text: &str);

    /// The recording cannot be written any further.
    fn recording_failed(&self, error: &RecordError) {
        self.error(&error.to_string());
    }
}
