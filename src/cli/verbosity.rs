//! How much a session shows.

use clap::ValueEnum;

/// The least important lines that are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Verbosity {
    /// Everything, retries included
    Debug,
    /// What Workers log, requests and deliveries; "info" is the same
    #[value(alias = "info")]
    Log,
    /// Warnings and errors
    Warn,
    /// Errors
    Error,
    /// Nothing
    None,
}
