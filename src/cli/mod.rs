//! The command line: arguments in, lines and exit codes out.
//!
//! - `arguments` lists the commands; each command is a file (`dev`, …) with its arguments and a `run`.
//! - `project` has the arguments that say which project is meant, `exit` how a command ends.
//! - `terminal` prints what a session reports.

mod arguments;
mod cache;
mod dev;
mod exit;
mod interrupt;
mod output;
mod project;
mod queues;
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
        Command::Queues(arguments) => queues::run(*arguments),
    }
}
