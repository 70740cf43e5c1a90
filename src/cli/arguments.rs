//! The commands. Each has a file of its own with its arguments, their help texts and what it does.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::build::BuildArguments;
use super::check::CheckArguments;
use super::clock::ClockArguments;
use super::completions::CompletionsArguments;
use super::dev::DevArguments;
use super::exec::ExecArguments;
use super::manual::ManualArguments;
use super::queues::QueuesArguments;
use super::replay::ReplayArguments;
use super::versions;
use crate::exec;

/// The local Cloudflare Queues: runs Workers against durable queues on this machine.
#[derive(Debug, Parser)]
#[command(name = "qemu-dev", version, long_version = versions::text(), about)]
pub struct Arguments {
    /// The folder to work in, as if the program were started there
    #[arg(long, value_name = "DIRECTORY", global = true)]
    pub cwd: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run Workers locally, with their queues, and reload them when their files change
    Dev(Box<DevArguments>),
    /// Compile a Worker to a WebAssembly component, which any session runs
    Build(BuildArguments),
    /// Look at the clock of a running session, or let time pass in it
    Clock(ClockArguments),
    /// Check the configuration and the code of Workers, and show what a session would run
    Check(Box<CheckArguments>),
    /// Look at the queues on this machine and change them
    Queues(Box<QueuesArguments>),
    /// Run a command, such as a project's tests, against Workers and queues of its own
    Exec(Box<ExecArguments>),
    /// Deliver the batches of a recording again, and tell which end differently
    Replay(Box<ReplayArguments>),
    /// Cleans up after a run that was killed
    #[command(name = exec::guard::COMMAND, hide = true)]
    ExecGuard,
    /// Print the script that completes this program's arguments in a shell
    Completions(CompletionsArguments),
    /// Print the manual page
    Man(ManualArguments),
}
