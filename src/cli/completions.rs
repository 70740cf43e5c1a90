//! `qemu-dev completions`.

use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::arguments::Arguments;
use super::{exit, output};

/// The arguments of `completions`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  qemu-dev completions bash > ~/.local/share/bash-completion/completions/qemu-dev
  qemu-dev completions zsh > \"${fpath[1]}/_qemu-dev\"
  qemu-dev completions fish > ~/.config/fish/completions/qemu-dev.fish")]
pub struct CompletionsArguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script that completes this program's arguments.
pub fn run(arguments: &CompletionsArguments) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "qemu-dev", &mut script);
    exit::code(output::print(&String::from_utf8_lossy(&script)), output::error)
}
