//! The command line: arguments in, lines and exit codes out.

mod arguments;
mod dev;
mod terminal;

pub use arguments::Arguments;

use std::process::ExitCode;

/// Runs the command that the arguments name.
pub fn run(arguments: Arguments) -> ExitCode {
    match arguments.command {
        arguments::Command::Dev(options) => dev::run(options),
    }
}
