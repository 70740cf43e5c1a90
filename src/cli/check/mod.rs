//! `qemu-dev check`.

mod pretty;
mod view;

use std::process::ExitCode;

use clap::Args;

use super::exit::{self, Failure};
use super::interrupt::{Impatience, interrupted};
use super::output;
use super::project::{ProjectArguments, ScriptArgument, VariableArguments};
use crate::base::Severity;
use crate::dev::{Check, SessionOptions};

/// The arguments of `check`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  qemu-dev check                                   the nearest wrangler.json, wrangler.jsonc or wrangler.toml
  qemu-dev check -c api/wrangler.jsonc -c consumer/wrangler.jsonc --env staging
  qemu-dev check --json | jq '.workers[].queues'

Custom builds (`build.command`) are run before the code is bundled, as for a deployment; what they print goes to
standard error. The Workers are not run and no state is written. The exit code is 1 when there are errors. The
values of variables are not shown: they may be secrets.

With --json standard output is one object:
  ok               whether a session would start
  diagnostics      [{ severity: \"error\" | \"warning\", message, place?: { file, line, column }, help? }]
  workers          [{ name, main, code_bytes (null where it is not built), compatibility_date, compatibility_flags,
                     cpu_ms, vars (names), crons, port, custom_build: { command, directory, watched } | null,
                     queues: { producers: [{ binding, queue, delivery_delay }],
                               consumers: [{ queue, max_batch_size, max_batch_timeout (seconds), max_retries,
                                             max_concurrency (null: automatic), retry_delay, dead_letter_queue }] },
                     services: [{ binding, service, entrypoint }], not_emulated (names) }]
  queues           all queues, by name
  state_directory  where a session would keep its state
  port, ip         what the configuration asks for, or null")]
pub struct CheckArguments {
    #[command(flatten)]
    script: ScriptArgument,
    #[command(flatten)]
    project: ProjectArguments,
    #[command(flatten)]
    variables: VariableArguments,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Checks a project and shows what a session would run.
pub fn run(arguments: CheckArguments) -> ExitCode {
    // The bundler wants threads.
    let result = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(check(arguments)),
        Err(error) => Err(Failure::mistake(error)),
    };
    exit::code(result, output::error)
}

async fn check(arguments: CheckArguments) -> Result<(), Failure> {
    let script = arguments.script.script;
    let options = SessionOptions { script, ..arguments.project.session_options(arguments.variables) };
    let tell = |worker: Option<&str>, line: &str| {
        let worker = worker.map(|worker| format!("[{worker}] ")).unwrap_or_default();
        output::notice(&format!("{worker}[custom build] {line}"));
    };
    let _impatience = Impatience::begin();
    let check = tokio::select! {
        check = Check::run(&options, &tell) => check,
        () = interrupted() => return Err(Failure::Interrupted),
    };
    if arguments.json {
        output::print_json(&view::CheckView::new(&check))?;
    } else {
        output::diagnostics(&check.diagnostics);
        if let Some(plan) = &check.plan {
            output::print(&pretty::shown(plan))?;
        }
        output::print_line(&summary(&check))?;
    }
    if check.succeeded() { Ok(()) } else { Err(Failure::Told) }
}

fn summary(check: &Check) -> String {
    let count = |severity| check.diagnostics.iter().filter(|each| each.severity == severity).count();
    let said = |count: usize, what: &str| match count {
        0 => None,
        1 => Some(format!("1 {what}")),
        _ => Some(format!("{count} {what}s")),
    };
    let parts = [said(count(Severity::Error), "error"), said(count(Severity::Warning), "warning")];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "No problems.".to_owned() } else { format!("{}.", parts.join(", ")) }
}
