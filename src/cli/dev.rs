//! `qemu-dev dev`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use super::announcement::Announcement;
use super::clock_arguments::ClockArguments;
use super::exit::{self, Failure};
use super::experiment::ExperimentArguments;
use super::interrupt::{Impatience, interrupted, leave};
use super::keys::Keys;
use super::project::{ProjectArguments, ScriptArgument, VariableArguments};
use super::session_output::{Destination, LogFormat, SessionOutput};
use super::token_file;
use super::verbosity::Verbosity;
use crate::dev::{Session, SessionError, SessionOptions};

/// The arguments of `dev`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  qemu-dev dev                                   the nearest wrangler.json, wrangler.jsonc or wrangler.toml
  qemu-dev dev src/index.ts                      with this entry point in place of its main
  qemu-dev dev -c api/wrangler.jsonc -c consumer/wrangler.jsonc
                                                 two Workers sharing their queues; the first answers HTTP
  qemu-dev dev --port 0 --persist-to /tmp/state  a free port, state kept elsewhere
  qemu-dev dev --log-format json | jq 'select(.kind == \"delivery\")'

With --log-format json each line is an object with time (RFC 3339), level (debug, log, info, warn, error) and
kind; what else there is depends on the kind:
  console          worker, text
  request          method, path, status, duration_ms
  delivery         queue, worker, acked, total, duration_ms, failure, text
  retry, dead-letter, dropped    queue, id, attempts, text
  diagnostic       text, help, place {file, line, column}
  ready            url, workers, state_directory, chaos (what --chaos makes, with its seed), duration_ms
  reloaded         worker, duration_ms
  scheduled        worker, text (the cron expression), duration_ms
  build            worker, text (a line of its custom build)
  notice, error, fault, expired, damaged, storage-failed, storage-recovered    text")]
pub struct DevArguments {
    #[command(flatten)]
    script: ScriptArgument,
    #[command(flatten)]
    project: ProjectArguments,
    #[command(flatten)]
    variables: VariableArguments,
    /// The port to listen on; 0 picks a free one [default: dev.port of the configuration, else 8787]. Given
    /// several times, the ports of the Workers in the order of their configurations; when the last is 0, every
    /// other dev.port is a free one, too
    #[arg(short, long = "port", value_name = "PORT")]
    ports: Vec<u16>,
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
    #[arg(long, value_name = "NUMBER", value_parser = descriptor)]
    ready_fd: Option<u32>,
    /// A file that holds that token and nothing else
    #[arg(long, value_name = "FILE", conflicts_with = "api_token")]
    api_token_file: Option<PathBuf>,
    /// How to write what happens
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = LogFormat::Pretty)]
    log_format: LogFormat,
    /// The least important lines to show
    #[arg(long, value_enum, default_value_t = Verbosity::Log)]
    log_level: Verbosity,
    /// Run scheduled() when a cron trigger of the configuration is due [default: only when asked, as wrangler,
    /// unless --clock moves the time]
    #[arg(long)]
    crons: bool,
    /// Let /__scheduled?cron=… run scheduled()
    #[arg(long)]
    test_scheduled: bool,
    /// Do not reload when files change
    #[arg(long)]
    no_watch: bool,
}

fn descriptor(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| "write the number of an open file descriptor, such as 3".to_owned())
}

/// Runs a session until it is interrupted.
pub fn run(arguments: DevArguments) -> ExitCode {
    if let Some(problem) = ports_problem(&arguments.ports, arguments.project.configuration.config.len()) {
        let mut command = DevArguments::augment_args(clap::Command::new("qemu-dev dev"));
        command.error(clap::error::ErrorKind::ValueValidation, problem).exit();
    }
    let output = arguments.log_format.open(arguments.log_level, arguments.destination());
    let result = run_on_threads(arguments, &output);
    let code = exit::code(result, |text| output.error(text));
    output.flush();
    code
}

/// What is wrong with the ports of so many configurations; none is the one that is found.
fn ports_problem(ports: &[u16], configurations: usize) -> Option<String> {
    let workers = configurations.max(1);
    if ports.len() > workers {
        return Some(format!("--port is given {} times, for {workers} Worker(s)", ports.len()));
    }
    let mut fixed = ports.iter().filter(|port| **port != 0);
    let twice = fixed.find(|port| ports.iter().filter(|other| other == port).count() > 1)?;
    Some(format!("--port {twice} is asked for twice: each Worker needs a port of its own"))
}

fn run_on_threads(arguments: DevArguments, output: &Arc<dyn SessionOutput>) -> Result<(), Failure> {
    for announcement in arguments.destination().announcements {
        announcement.check().map_err(Failure::Mistake)?;
    }
    let options = arguments.options()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Mistake(format!("no threads to run on: {error}")))?;
    let result = runtime.block_on(session(options, output.clone()));
    // Guests that never end must not keep the process.
    runtime.shutdown_background();
    result
}

async fn session(options: SessionOptions, output: Arc<dyn SessionOutput>) -> Result<(), Failure> {
    let mut interrupted = Box::pin(interrupted());
    let impatience = Impatience::begin();
    let started = tokio::select! {
        started = Session::start(options, output.clone()) => started.map_err(failure)?,
        () = &mut interrupted => return Err(Failure::Interrupted),
    };
    drop(impatience);
    let keys = Keys { url: started.url().to_owned(), controls: started.controls(), output: output.clone() };
    let stop = async {
        tokio::select! {
            () = interrupted => {}
            () = keys.quit() => {}
        }
        output.notice("Shutting down: running handlers may finish; interrupt again to leave at once.");
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

impl DevArguments {
    fn destination(&self) -> Destination {
        let first_line = self.ready_json.then_some(Announcement::StandardOutput);
        let descriptor = self.ready_fd.map(Announcement::Descriptor);
        Destination {
            standard_error_only: self.ready_json,
            announcements: first_line.into_iter().chain(descriptor).collect(),
        }
    }

    fn options(self) -> Result<SessionOptions, Failure> {
        let api_token = match &self.api_token_file {
            Some(path) => Some(token_file::read(path)?),
            None => token_file::checked(self.api_token).map_err(Failure::Mistake)?,
        };
        Ok(SessionOptions {
            clock: self.clock.choice().map_err(Failure::Mistake)?,
            chaos: self.experiment.dice()?,
            record: self.experiment.record,
            script: self.script.script,
            ip: self.ip,
            ports: self.ports,
            messages_per_second: self.messages_per_second,
            api_token,
            crons: self.crons,
            test_scheduled: self.test_scheduled,
            watch: !self.no_watch,
            ..self.project.session_options(self.variables)
        })
    }
}

async fn leave_on_interrupt() {
    interrupted().await;
    leave();
}

#[cfg(test)]
mod tests {
    use super::ports_problem;

    #[test]
    fn each_worker_has_one_port_of_its_own() {
        for (ports, configurations) in [(&[][..], 0), (&[1], 0), (&[1, 2], 2), (&[0, 0], 2), (&[1], 2)] {
            assert_eq!(ports_problem(ports, configurations), None, "{ports:?}");
        }
        for (ports, configurations, expected) in [
            (&[1, 1][..], 2, "--port 1 is asked for twice"),
            (&[1, 2, 3], 2, "--port is given 3 times, for 2 Worker(s)"),
            (&[1, 2], 0, "--port is given 2 times, for 1 Worker(s)"),
        ] {
            let problem = ports_problem(ports, configurations).unwrap();
            assert!(problem.starts_with(expected), "{problem}");
        }
    }
}
