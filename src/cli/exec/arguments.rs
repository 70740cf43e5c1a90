//! The arguments of `exec`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::base::time_text::{TimeTextError, parse_span_ms};
use crate::cli::clock_arguments::ClockArguments;
use crate::cli::experiment::ExperimentArguments;
use crate::cli::project::{ConfigurationArguments, VariableArguments};
use crate::cli::token_file;
use crate::dev::SessionOptions;
use crate::exec::FailOn;

/// The address that is listened on: a name could mean two of them.
const ADDRESS: &str = "127.0.0.1";

/// The arguments of `exec`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "The command finds QEMU_DEV_URL, CLOUDFLARE_API_BASE_URL, CLOUDFLARE_API_TOKEN and
CLOUDFLARE_ACCOUNT_ID in its environment. Queues are empty at the start and gone at the end, unless --persist-to
keeps them.

Exit codes:
  the command's own, 128 + N after signal N
  120  the command succeeded, and --drain or --fail-on did not
  125  the session could not be started; or all is well, and a report, log or recording could not be written
  126  the command could not be started
  127  there is no such command

Examples:
  qemu-dev exec -- npm test
  qemu-dev exec -c api/wrangler.jsonc -c consumer/wrangler.jsonc --drain 30s \\
      --fail-on dead-letter,dropped,exception,undelivered --report-junit report.xml -- npx vitest run
  qemu-dev exec --chaos seeds=1..100 -- npm test
                                       a run for each seed; the first that fails is shrunk and shown
  qemu-dev exec --chaos seeds=1..100,duplicate=5%,drop-ack=1% -- npm test
                                       with no other faults than these")]
pub struct ExecArguments {
    #[command(flatten)]
    pub configuration: ConfigurationArguments,
    #[command(flatten)]
    pub variables: VariableArguments,
    #[command(flatten)]
    pub experiment: ExperimentArguments,
    #[command(flatten)]
    pub clock: ClockArguments,
    /// Keep the queues in this folder, with what is in it [default: a temporary one]
    #[arg(long, value_name = "DIRECTORY")]
    pub persist_to: Option<PathBuf>,
    /// The port to listen on [default: a free one]
    #[arg(short, long, default_value_t = 0, hide_default_value = true)]
    pub port: u16,
    /// What callers of the REST API must send; the command finds it in CLOUDFLARE_API_TOKEN
    #[arg(long, value_name = "TOKEN", env = "QEMU_DEV_API_TOKEN", hide_env_values = true)]
    pub api_token: Option<String>,
    /// Once the command has ended, wait so long for the queues that Workers consume to be empty, moving a clock
    /// that can be moved, and fail when they are not
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub drain: Option<Duration>,
    /// Fail when one of these has happened: dead-letter, dropped, exception, undelivered
    #[arg(long, value_name = "LIST")]
    pub fail_on: Option<FailOn>,
    /// Write a JUnit report
    #[arg(long, value_name = "FILE")]
    pub report_junit: Option<PathBuf>,
    /// Write a JSON report
    #[arg(long, value_name = "FILE")]
    pub report_json: Option<PathBuf>,
    /// Write the session's log
    #[arg(long, value_name = "FILE")]
    pub log_file: Option<PathBuf>,
    /// When the session's log is shown, on standard error
    #[arg(long, value_enum, default_value_t = ShowLogs::OnFailure)]
    pub logs: ShowLogs,
    /// Show nothing but errors
    #[arg(short, long, conflicts_with = "logs")]
    pub quiet: bool,
    /// The command and its arguments
    #[arg(required = true, trailing_var_arg = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

/// When the log is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ShowLogs {
    /// Its end, when the run has failed
    OnFailure,
    /// While it runs
    Always,
    /// Never
    Never,
}

impl ExecArguments {
    /// When the log is shown.
    pub fn shows_logs(&self) -> ShowLogs {
        if self.quiet { ShowLogs::Never } else { self.logs }
    }

    /// The options of a session without faults.
    ///
    /// # Errors
    ///
    /// When real time is to begin elsewhere.
    pub fn session_options(&self) -> Result<SessionOptions, String> {
        Ok(SessionOptions {
            clock: self.clock.choice()?,
            ip: Some(ADDRESS.to_owned()),
            ports: vec![self.port],
            api_token: token_file::checked(self.api_token.clone())?,
            record: self.experiment.record.clone(),
            persist_to: self.persist_to.clone(),
            // A recording is to have the ends of the handlers that still run.
            discarded: self.persist_to.is_none() && self.experiment.record.is_none(),
            ..self.configuration.clone().session_options(self.variables.clone())
        })
    }
}

/// A length of time such as `500ms`, `30s` or `1h30m`.
fn duration(text: &str) -> Result<Duration, TimeTextError> {
    parse_span_ms(text).map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_those_of_the_clock() {
        assert_eq!(duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("1m30s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("2d"), Ok(Duration::from_secs(2 * 86_400)));
        for wrong in ["30", "s", "-1s", "99999999999999999999s", "18446744073709551615h"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
