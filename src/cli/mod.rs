//! The command line: arguments in, lines and exit codes out.
//!
//! - `arguments` lists the commands; each command is a file (`dev`, …) with its arguments and a `run`.
//! - `project` has the arguments that say which project is meant, `clock_arguments` which clock it goes by;
//!   `session_client` asks a running session; `exit` how a command ends.
//! - `terminal` prints what a session reports.

mod announcement;
mod arguments;
mod build;
mod cache;
mod clock;
mod clock_arguments;
mod dev;
mod exec;
mod exit;
mod experiment;
mod interrupt;
mod output;
mod project;
mod queues;
mod replay;
mod session_client;
mod table;
mod terminal;
mod verbosity;

pub use arguments::Arguments;

use std::process::ExitCode;

use arguments::Command;

/// Runs the command that the arguments name.
pub fn run(arguments: Arguments) -> ExitCode {
    match arguments.command {
        Command::Dev(arguments) => dev::run(*arguments),
        Command::Build(arguments) => build::run(arguments),
        Command::Queues(arguments) => queues::run(*arguments),
        Command::Clock(arguments) => clock::run(&arguments),
        Command::Exec(arguments) => exec::run(*arguments),
        Command::Replay(arguments) => replay::run(*arguments),
        Command::ExecGuard => exec::guard(),
    }
}
