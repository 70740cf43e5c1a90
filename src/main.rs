//! The `qemu-dev` command.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    qemu_dev::cli::run(qemu_dev::cli::Arguments::parse())
}
