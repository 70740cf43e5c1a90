//! `qemu-dev dev`.

use std::io;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use super::announcement::Announcement;
use super::clock_arguments::ClockArguments;
use super::exit::{self, EXIT_INTERRUPTED, Failure};
use super::experiment::ExperimentArguments;
use super::interrupt::interrupted;
use super::project::{ProjectArguments, VariableArguments};
use super::terminal::{Lines, Terminal};
use super::verbosity::Verbosity;
use crate::dev::{Reporter, Session, SessionError, SessionOptions};

/// The arguments of `dev`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  qemu-dev dev                                   the nearest wrangler.json, wrangler.jsonc or wrangler.toml
  qemu-dev dev -c api/wrangler.jsonc -c consumer/wrangler.jsonc
                                                 two Workers sharing their queues; the first answers HTTP
  qemu-dev dev --port 0 --persist-to /tmp/state  a free port, state kept elsewhere")]
pub struct DevArguments {
    #[command(flatten)]
    project: ProjectArguments,
    #[command(flatten)]
    variables: VariableArguments,
    /// The port to listen on; 0 picks a free one [default: dev.port of the configuration, else 8787]
    #[arg(short, long)]
    port: Option<u16>,
    /// The address to listen on [default: dev.ip of the configuration, else localhost]
    #[arg(long)]
    ip: Option<String>,
    /// Refuse more messages a second for one queue, as production does from 5000 on [default: take all]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    messages_per_second: Option<u32>,
    /// What callers of the REST API must send as "Authorization: Bearer TOKEN"; needed when --ip leaves
    /// this machine
    #[arg(long, value_name = "TOKEN", env = "QEMU_DEV_API_TOKEN", hide_env_values = true)]
    api_token: Option<String>,
    #[command(flatten)]
    clock: ClockArguments,
    #[command(flatten)]
    experiment: ExperimentArguments,
    /// Print where the session answers as the first line of standard output, as JSON; everything else goes
    /// to standard error
    #[arg(long)]
    ready_json: bool,
    /// Write that line to this open file descriptor, such as a pipe
    #[arg(long, value_name = "NUMBER")]
    ready_fd: Option<u32>,
    /// The least important lines to show
    #[arg(long, value_enum, default_value_t = Verbosity::Log)]
    log_level: Verbosity,
    /// Do not reload when files change
    #[arg(long)]
    no_watch: bool,
}

/// Runs a session until it is interrupted.
pub fn run(arguments: DevArguments) -> ExitCode {
    let terminal = Arc::new(terminal(&arguments));
    let result = run_on_threads(arguments, &terminal);
    let code = exit::code(result, |text| terminal.error(text));
    terminal.flush();
    code
}

fn terminal(arguments: &DevArguments) -> Terminal {
    let descriptor = arguments.ready_fd.map(Announcement::Descriptor);
    let first_line = arguments.ready_json.then_some(Announcement::StandardOutput);
    let terminal = if arguments.ready_json {
        Terminal::plain(Lines::to(io::stderr(), io::stderr()), arguments.log_level)
    } else {
        Terminal::new(arguments.log_level)
    };
    terminal.announcing(first_line.into_iter().chain(descriptor).collect())
}

fn run_on_threads(arguments: DevArguments, terminal: &Arc<Terminal>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Mistake(format!("no threads to run on: {error}")))?;
    let result = runtime.block_on(session(arguments, terminal.clone()));
    // Guests that never end must not keep the process.
    runtime.shutdown_background();
    result
}

async fn session(arguments: DevArguments, terminal: Arc<Terminal>) -> Result<(), Failure> {
    let mut interrupted = Box::pin(interrupted());
    let started = tokio::select! {
        started = Session::start(options(arguments)?, terminal.clone()) => started.map_err(failure)?,
        () = &mut interrupted => return Err(Failure::Interrupted),
    };
    let stop = async {
        interrupted.await;
        terminal.notice("Shutting down: running handlers may finish; interrupt again to leave at once.");
        tokio::spawn(leave_on_interrupt());
    };
    started.run(stop).await;
    Ok(())
}

fn failure(error: SessionError) -> Failure {
    match error {
        SessionError::Configuration => Failure::Told,
        error => Failure::mistake(error),
    }
}

fn options(arguments: DevArguments) -> Result<SessionOptions, Failure> {
    let chaos = arguments.experiment.dice()?;
    Ok(SessionOptions {
        clock: arguments.clock.choice().map_err(Failure::Mistake)?,
        chaos,
        record: arguments.experiment.record,
        ip: arguments.ip,
        port: arguments.port,
        messages_per_second: arguments.messages_per_second,
        api_token: arguments.api_token,
        watch: !arguments.no_watch,
        ..arguments.project.session_options(arguments.variables)
    })
}

async fn leave_on_interrupt() {
    interrupted().await;
    std::process::exit(i32::from(EXIT_INTERRUPTED));
}
