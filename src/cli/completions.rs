//! `qemu-dev completions`.

use std::process::ExitCode;

use clap::{Args, Command, CommandFactory};
use clap_complete::Shell;

use super::arguments::Arguments;
use super::{exit, output};

/// The program's name.
const NAME: &str = "qemu-dev";

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
    clap_complete::generate(arguments.shell, &mut shown(), NAME, &mut script);
    let script = String::from_utf8_lossy(&script);
    let script = if arguments.shell == Shell::Bash { with_one_name(&script) } else { script.into_owned() };
    exit::code(output::print(&script), output::error)
}

/// The commands that help shows.
fn shown() -> Command {
    let all = Arguments::command();
    let shown = all.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
    Command::new(NAME).version(env!("CARGO_PKG_VERSION")).subcommands(shown)
}

/// The generator takes the dash in the program's name for a border between commands in some places and not in
/// others, so that nothing below the first command would be completed.
fn with_one_name(script: &str) -> String {
    script.replace("qemu__subcmd__dev", "qemu__dev")
}
