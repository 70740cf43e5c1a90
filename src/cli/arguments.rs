//! The arguments, with their help texts.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// The local Cloudflare Queues: runs Workers against durable queues on this machine.
#[derive(Debug, Parser)]
#[command(version, about, propagate_version = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run Workers locally, with their queues, and reload them when their files change
    Dev(DevArguments),
}

/// The arguments of `dev`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  qemu-dev dev                                   the nearest wrangler.json, wrangler.jsonc or wrangler.toml
  qemu-dev dev -c api/wrangler.jsonc -c consumer/wrangler.jsonc
                                                 two Workers sharing their queues; the first answers HTTP
  qemu-dev dev --port 0 --persist-to /tmp/state  a free port, state kept elsewhere")]
pub struct DevArguments {
    /// A configuration file; several run several Workers, the first of which answers HTTP requests
    #[arg(short, long = "config", value_name = "FILE")]
    pub config: Vec<PathBuf>,
    /// The environment of the configuration to use
    #[arg(short, long = "env", value_name = "NAME", env = "CLOUDFLARE_ENV")]
    pub environment: Option<String>,
    /// The port to listen on; 0 picks a free one [default: dev.port of the configuration, else 8787]
    #[arg(short, long)]
    pub port: Option<u16>,
    /// The address to listen on [default: dev.ip of the configuration, else localhost]
    #[arg(long)]
    pub ip: Option<String>,
    /// The folder to keep the queues in [default: .wrangler/state beside the first configuration]
    #[arg(long, value_name = "DIRECTORY")]
    pub persist_to: Option<PathBuf>,
    /// A variable for env, as NAME:value; beats every other definition
    #[arg(long = "var", value_name = "NAME:VALUE")]
    pub vars: Vec<String>,
    /// A file with variables; replaces .dev.vars and .env
    #[arg(long = "env-file", value_name = "FILE")]
    pub env_files: Vec<PathBuf>,
    /// Refuse more messages a second for one queue, as production does from 5000 on [default: take all]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub messages_per_second: Option<u32>,
    /// What callers of the REST API must send as "Authorization: Bearer TOKEN"; needed when --ip leaves
    /// this machine
    #[arg(long, value_name = "TOKEN", env = "QEMU_DEV_API_TOKEN", hide_env_values = true)]
    pub api_token: Option<String>,
    /// The least important lines to show
    #[arg(long, value_enum, default_value_t = Verbosity::Log)]
    pub log_level: Verbosity,
    /// Do not reload when files change
    #[arg(long)]
    pub no_watch: bool,
}

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Verbosity {
    /// Everything, retries included
    Debug,
    /// What Workers log, requests and deliveries
    Log,
    /// Warnings and errors
    Warn,
    /// Errors
    Error,
    /// Nothing
    None,
}
