//! `qemu-dev replay`.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use super::exit::{self, Failure};
use super::interrupt::interrupted;
use super::project::{ConfigurationArguments, VariableArguments};
use super::terminal::{Lines, Terminal};
use super::verbosity::Verbosity;
use crate::base::Timestamp;
use crate::dev::{ClockChoice, Reporter, Session, SessionError, SessionOptions};
use crate::recording::{self, Step};
use crate::replay::{Replayed, replay};

/// The address of the session, which nobody asks.
const ADDRESS: &str = "127.0.0.1";

/// The arguments of `replay`.
#[derive(Debug, Args)]
#[command(
    after_help = "The batches are delivered in the recorded order, with the recorded messages, attempts and
timestamps, to queues and Workers of their own; nothing of the project's state is touched. The Workers' clock shows
the recorded time, and skips what nothing happens in. What Workers log goes to standard error.

Exit codes: 0 when every batch ends as it was recorded, 1 when one does not.

Examples:
  qemu-dev exec --record run.ndjson -- npm test
  qemu-dev replay run.ndjson -c wrangler.jsonc"
)]
pub struct ReplayArguments {
    /// The recording, made with --record; - reads it from standard input
    #[arg(value_name = "FILE")]
    recording: PathBuf,
    #[command(flatten)]
    configuration: ConfigurationArguments,
    #[command(flatten)]
    variables: VariableArguments,
    /// The least important lines to show
    #[arg(long, value_enum, default_value_t = Verbosity::Log)]
    log_level: Verbosity,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Replays a recording.
pub fn run(arguments: ReplayArguments) -> ExitCode {
    let lines = Lines::to(io::stderr(), io::stderr());
    let terminal = Arc::new(Terminal::plain(lines, arguments.log_level));
    let result = run_on_threads(&arguments, &terminal);
    let code = exit::code(result, |text| terminal.error(text));
    terminal.flush();
    code
}

fn run_on_threads(arguments: &ReplayArguments, terminal: &Arc<Terminal>) -> Result<(), Failure> {
    let steps = read(&arguments.recording)?;
    let folder = tempfile::Builder::new().prefix("qemu-dev-replay-").tempdir().map_err(Failure::mistake)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Mistake(format!("no threads to run on: {error}")))?;
    let options = SessionOptions {
        ip: Some(ADDRESS.to_owned()),
        ports: vec![0],
        persist_to: Some(folder.path().join("state")),
        holds_deliveries: true,
        discarded: true,
        clock: ClockChoice::Manual { start: recorded_start(&steps) },
        ..arguments.configuration.clone().session_options(arguments.variables.clone())
    };
    let result = runtime.block_on(session(options, steps, terminal.clone()));
    // Guests that never end must not keep the process.
    runtime.shutdown_background();
    tell(&result?, arguments.json)
}

fn recorded_start(steps: &[Step]) -> Option<Timestamp> {
    steps.iter().find_map(|step| match step {
        Step::Deliver(delivery) => Some(delivery.at),
        Step::Finish { .. } => None,
    })
}

fn read(path: &Path) -> Result<Vec<Step>, Failure> {
    if path == Path::new("-") {
        return recording::read(io::stdin().lock())
            .map_err(|error| Failure::Mistake(format!("standard input: {error}")));
    }
    let told = |problem: &dyn std::fmt::Display| Failure::Mistake(format!("{}: {problem}", path.display()));
    let file = File::open(path).map_err(|error| told(&error))?;
    recording::read(BufReader::new(file)).map_err(|error| told(&error))
}

async fn session(
    options: SessionOptions,
    steps: Vec<Step>,
    terminal: Arc<Terminal>,
) -> Result<Replayed, Failure> {
    let mut interrupted = Box::pin(interrupted());
    let session = tokio::select! {
        started = Session::start(options, terminal) => started.map_err(|error| match error {
            SessionError::Configuration => Failure::Told,
            error => Failure::mistake(error),
        })?,
        () = &mut interrupted => return Err(Failure::Interrupted),
    };
    let replayed = tokio::select! {
        replayed = replay(&session, steps) => Ok(replayed),
        () = &mut interrupted => Err(Failure::Interrupted),
    };
    session.run(async {}).await;
    replayed
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonReplayed<'a> {
    deliveries: u64,
    not_compared: u64,
    differences: Vec<JsonDifference<'a>>,
}

#[derive(Serialize)]
struct JsonDifference<'a> {
    delivery: u64,
    queue: &'a str,
    worker: &'a str,
    difference: &'a str,
}

fn tell(replayed: &Replayed, json: bool) -> Result<(), Failure> {
    use io::Write;
    let mut output = io::stdout().lock();
    if json {
        serde_json::to_writer(&mut output, &as_json(replayed)).map_err(io::Error::from)?;
        writeln!(output)?;
    } else {
        for difference in &replayed.differences {
            writeln!(output, "{difference}")?;
        }
        writeln!(output, "{}", summary(replayed))?;
    }
    if replayed.differences.is_empty() { Ok(()) } else { Err(Failure::Told) }
}

fn as_json(replayed: &Replayed) -> JsonReplayed<'_> {
    let differences = replayed.differences.iter().map(|difference| JsonDifference {
        delivery: difference.delivery,
        queue: &difference.queue,
        worker: &difference.worker,
        difference: &difference.what,
    });
    JsonReplayed {
        deliveries: replayed.deliveries,
        not_compared: replayed.not_compared,
        differences: differences.collect(),
    }
}

fn summary(replayed: &Replayed) -> String {
    let Replayed { deliveries, not_compared, differences } = replayed;
    let batches = if *deliveries == 1 { "1 batch".to_owned() } else { format!("{deliveries} batches") };
    let not_compared = match not_compared {
        0 => String::new(),
        count => format!(", {count} without a recorded outcome"),
    };
    match differences.len() {
        0 => format!("{batches} delivered{not_compared}: all ended as recorded"),
        count => format!("{batches} delivered{not_compared}: {count} ended differently"),
    }
}
