//! One run of a command against a session of its own.

use std::ffi::OsString;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;

use super::command::{self, CommandSettings, Ended};
use super::conditions::{FailOn, Failure, FailureKind};
use super::drain::{self, Remainder};
use super::guard::{Guard, Signal};
use super::report::Report;
use super::reporter::TallyingReporter;
use crate::control::{Occupation, TimeTravel};
use crate::dev::{Reporter, Session, SessionError, SessionOptions};
use crate::http::api::API_BASE;

/// The account that is told to clients; the session takes any.
const ACCOUNT_ID: &str = "00000000000000000000000000000000";
/// The token that is told to clients when none is asked for; the session takes any.
const TOKEN: &str = "local";
/// What a run is called among temporary folders.
const FOLDER_PREFIX: &str = "qemu-dev-exec-";

/// What to run and how to judge it.
#[derive(Clone, Debug)]
pub struct Execution {
    /// The session. Without a folder for its state it has a temporary one.
    pub session: SessionOptions,
    /// The command with its arguments.
    pub command: Vec<OsString>,
    /// How long the queues may take to be empty once the command has ended; `None` does not wait for them.
    pub drain: Option<Duration>,
    /// What must not happen.
    pub fail_on: FailOn,
    /// Whether the command's output is thrown away.
    pub silent: bool,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// What there is to say about it.
    pub report: Report,
}

/// A run could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The session could not be started.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The command could not be started.
    #[error("the command {} cannot be run: {cause}", command.display())]
    Command {
        /// The command.
        command: OsString,
        /// Why not.
        cause: io::Error,
    },
    /// There is no temporary folder, or no guard.
    #[error("a run cannot be prepared: {0}")]
    Preparation(io::Error),
    /// We were told to end before the command was started.
    #[error("interrupted before the command was started")]
    Interrupted(Signal),
}

/// The session of a run, as far as the run looks at it.
struct Observed {
    occupation: Occupation,
    /// Where the clock can be moved.
    travel: Option<Arc<TimeTravel>>,
    /// When everything began.
    began: Instant,
}

/// Starts a session, runs the command, judges what happened and cleans up.
///
/// # Errors
///
/// When the session or the command cannot be started. A command that fails is a verdict.
pub async fn run(
    execution: &Execution,
    log: Arc<dyn Reporter>,
    signals: &mut UnboundedReceiver<Signal>,
) -> Result<Verdict, RunError> {
    let folder = tempfile::Builder::new().prefix(FOLDER_PREFIX).tempdir().map_err(RunError::Preparation)?;
    let mark = mark();
    let mut guard = Guard::start(Some(folder.path()), &mark).map_err(RunError::Preparation)?;
    let result = guarded(execution, log, signals, &folder, &mark, &mut guard).await;
    // An error leaves a temporary folder behind that the system will remove.
    let _ = folder.close();
    guard.dismiss();
    result
}

async fn guarded(
    execution: &Execution,
    log: Arc<dyn Reporter>,
    signals: &mut UnboundedReceiver<Signal>,
    folder: &TempDir,
    mark: &str,
    guard: &mut Guard,
) -> Result<Verdict, RunError> {
    let began = Instant::now();
    let reporter = Arc::new(TallyingReporter::new(log));
    let options = session_options(&execution.session, folder);
    let session = tokio::select! {
        session = Session::start(options, reporter.clone()) => session?,
        Some(signal) = signals.recv() => return Err(RunError::Interrupted(signal)),
    };
    let observed = Observed { occupation: session.occupation(), travel: session.travel(), began };
    let (stop, stopped) = oneshot::channel::<()>();
    let running = session.run(async { drop(stopped.await) });
    let work = async {
        let verdict = against_session(execution, &reporter, &observed, signals, mark, guard).await;
        // The session ends when this is dropped as well.
        let _ = stop.send(());
        verdict
    };
    let ((), verdict) = tokio::join!(running, work);
    // The end of the recording is written with the end of the session.
    verdict.map(|verdict| Verdict { report: Report { unrecorded: reporter.unrecorded(), ..verdict.report } })
}

fn session_options(options: &SessionOptions, folder: &TempDir) -> SessionOptions {
    let fresh = || folder.path().join("state");
    SessionOptions {
        persist_to: Some(options.persist_to.clone().unwrap_or_else(fresh)),
        watch: false,
        ..options.clone()
    }
}

async fn against_session(
    execution: &Execution,
    reporter: &TallyingReporter,
    observed: &Observed,
    signals: &mut UnboundedReceiver<Signal>,
    mark: &str,
    guard: &mut Guard,
) -> Result<Verdict, RunError> {
    let Observed { occupation, travel, began } = observed;
    let settings = CommandSettings {
        words: &execution.command,
        variables: variables(&reporter.url().unwrap_or_default(), execution.session.api_token.as_deref()),
        mark,
        silent: execution.silent,
    };
    let command_began = Instant::now();
    let mut ended = command::run(settings, guard, signals).await.map_err(|cause| RunError::Command {
        command: execution.command.first().cloned().unwrap_or_default(),
        cause,
    })?;
    let command_took = command_began.elapsed();
    let changed = reporter.changed();
    let drained = match execution.drain.filter(|_| !ended.interrupted) {
        Some(patience) => tokio::select! {
            drained = drain::drained(occupation, travel.as_deref(), &changed, patience) => Some(drained),
            Some(signal) = signals.recv() => {
                ended = ended.interrupted_by(signal);
                None
            }
        },
        None => None,
    };
    let report = judge(execution, reporter, occupation, ended, drained).await;
    Ok(Verdict { report: Report { command_took, took: began.elapsed(), ..report } })
}

/// What the command finds in its environment.
fn variables(url: &str, token: Option<&str>) -> Vec<(&'static str, String)> {
    let mut variables = vec![
        ("QEMU_DEV_URL", url.to_owned()),
        ("CLOUDFLARE_API_BASE_URL", format!("{url}{API_BASE}")),
        ("CLOUDFLARE_API_TOKEN", token.unwrap_or(TOKEN).to_owned()),
        ("CLOUDFLARE_ACCOUNT_ID", ACCOUNT_ID.to_owned()),
    ];
    // For `qemu-dev clock` and others of our own.
    variables.extend(token.map(|token| ("QEMU_DEV_API_TOKEN", token.to_owned())));
    variables
}

async fn judge(
    execution: &Execution,
    reporter: &TallyingReporter,
    occupation: &Occupation,
    ended: Ended,
    drained: Option<bool>,
) -> Report {
    let left = drain::remainders(&occupation.broker).await;
    let mut counted = reporter.tally().counted();
    for queue in &left {
        counted.leave(&queue.queue, queue.messages, queue.has_consumer);
    }
    let mut failures = counted.failures(&execution.fail_on);
    if drained == Some(false) {
        failures.push(undrained(&left, &occupation.waits_for()));
    }
    let checked = execution.fail_on.0.iter().copied().chain(drained.map(|_| FailureKind::Drain));
    Report {
        command: execution.command.iter().map(|word| word.to_string_lossy().into_owned()).collect(),
        exit_code: ended.code,
        interrupted: ended.interrupted,
        command_took: Duration::ZERO,
        took: Duration::ZERO,
        checked: checked.collect(),
        failures,
        unrecorded: None,
        chaos: execution.session.chaos.as_ref().map(|dice| dice.spec().to_string()),
        counted,
        seeds: Vec::new(),
    }
}

/// What a drain was still waiting for.
fn undrained(left: &[Remainder], waits_for: &[String]) -> Failure {
    let consumed: Vec<_> = left.iter().filter(|queue| queue.drains && queue.messages > 0).collect();
    let messages = consumed.iter().map(|queue| format!("{} in queue \"{}\"", queue.messages, queue.queue));
    let details = messages.chain(waits_for.iter().cloned()).collect();
    let count = consumed.iter().map(|queue| queue.messages).sum();
    Failure { kind: FailureKind::Drain, count, details }
}

/// What the processes of this run are found by; nobody else's has the same.
fn mark() -> String {
    let mut bits = [0_u8; 16];
    // Without randomness the process id still tells runs apart.
    let _ = getrandom::fill(&mut bits);
    format!("{:032x}-{}", u128::from_be_bytes(bits), std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_drain_is_told_with_the_handlers_that_run() {
        let queue = |queue: &str, messages, drains| Remainder {
            queue: queue.to_owned(),
            messages,
            has_consumer: true,
            drains,
        };
        let waits_for = ["1 queue handler of worker \"w\"".to_owned()];
        let failure = undrained(&[queue("a", 2, true), queue("paused", 5, false)], &waits_for);
        assert_eq!(failure.to_string(), "the queues did not drain: 2 messages left");
        assert_eq!(failure.details, ["2 in queue \"a\"", "1 queue handler of worker \"w\""]);
        let failure = undrained(&[queue("a", 0, true)], &waits_for);
        assert_eq!(failure.to_string(), "the queues did not drain: what runs did not end");
    }
}
