//! The command line: arguments in, lines and exit codes out.
//!
//! - `arguments` lists the commands; each command is a file or a folder (`dev`, `queues`, …) with its arguments
//!   and a `run`.
//! - `project` has the arguments that say which project is meant, `clock_arguments` which clock it goes by;
//!   `session_client` asks a running session; `exit` how a command ends.
//! - `session_output` is where a session's reports go: `terminal` for people, `json_log` for programs; `keys`
//!   are what a person presses meanwhile.
//! - `output` and `table` print for commands that end by themselves.

mod announcement;
mod arguments;
mod build;
mod cache;
mod check;
mod clock;
mod clock_arguments;
mod completions;
mod dev;
mod diagnostic_view;
mod exec;
mod exit;
mod experiment;
mod interrupt;
mod json_log;
mod keys;
mod lines;
mod manual;
mod output;
mod project;
mod queues;
mod replay;
mod session_client;
mod session_output;
mod table;
mod terminal;
mod token_file;
mod verbosity;
mod versions;

pub use arguments::Arguments;

use std::process::ExitCode;

use arguments::Command;

/// Runs the command that the arguments name.
pub fn run(arguments: Arguments) -> ExitCode {
    if let Some(directory) = &arguments.cwd
        && let Err(error) = std::env::set_current_dir(directory)
    {
        let reason = format!("cannot work in {} ({error})", directory.display());
        return exit::code(Err(exit::Failure::Mistake(reason)), output::error);
    }
    match arguments.command {
        Command::Dev(arguments) => dev::run(*arguments),
        Command::Build(arguments) => build::run(arguments),
        Command::Check(arguments) => check::run(*arguments),
        Command::Queues(arguments) => queues::run(*arguments),
        Command::Clock(arguments) => clock::run(&arguments),
        Command::Exec(arguments) => exec::run(*arguments),
        Command::Replay(arguments) => replay::run(*arguments),
        Command::ExecGuard => exec::guard(),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man(arguments) => manual::run(&arguments),
    }
}
