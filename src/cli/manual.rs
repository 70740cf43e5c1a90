//! `qemu-dev man`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, CommandFactory};

use super::arguments::Arguments;
use super::exit::{self, Failure};
use super::output;

/// The arguments of `man`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  qemu-dev man | man -l -
  qemu-dev man --output ~/.local/share/man/man1")]
pub struct ManualArguments {
    /// Write a page for each command into this folder
    #[arg(short, long, value_name = "DIRECTORY")]
    output: Option<PathBuf>,
}

/// Prints the manual page of the program, or writes those of all commands.
pub fn run(arguments: &ManualArguments) -> ExitCode {
    let written = match &arguments.output {
        Some(directory) => write_all(directory),
        None => print_main(),
    };
    exit::code(written, output::error)
}

fn print_main() -> Result<(), Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Arguments::command()).render(&mut page)?;
    output::print(&String::from_utf8_lossy(&page))
}

fn write_all(directory: &Path) -> Result<(), Failure> {
    let cannot = |error| Failure::Mistake(format!("{} cannot be written: {error}", directory.display()));
    std::fs::create_dir_all(directory).map_err(cannot)?;
    clap_mangen::generate_to(Arguments::command(), directory).map_err(cannot)
}
