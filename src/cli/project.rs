//! The arguments that say which project is meant; the same for every command that reads one.

use std::path::PathBuf;

use clap::Args;

use super::cache::cache_directory;
use crate::dev::SessionOptions;

/// Which configuration files and which of their environments; for sessions whose state is their own.
#[derive(Clone, Debug, Default, Args)]
pub struct ConfigurationArguments {
    /// A configuration file; several run several Workers, the first of which answers HTTP requests
    #[arg(short, long = "config", value_name = "FILE", global = true)]
    pub config: Vec<PathBuf>,
    /// The environment of the configuration to use
    #[arg(short, long = "env", value_name = "NAME", env = "CLOUDFLARE_ENV", global = true)]
    pub environment: Option<String>,
}

/// Which configuration files, which of their environments and which state.
#[derive(Clone, Debug, Default, Args)]
pub struct ProjectArguments {
    #[command(flatten)]
    pub configuration: ConfigurationArguments,
    /// The folder to keep the queues in [default: .wrangler/state beside the first configuration]
    #[arg(long, value_name = "DIRECTORY", global = true)]
    pub persist_to: Option<PathBuf>,
}

/// The entry point, as with `wrangler dev SCRIPT`.
#[derive(Clone, Debug, Default, Args)]
pub struct ScriptArgument {
    /// The entry point, relative to the working directory [default: main of the configuration]
    #[arg(value_name = "SCRIPT")]
    pub script: Option<PathBuf>,
}

/// The variables that Workers find in `env`.
#[derive(Clone, Debug, Default, Args)]
pub struct VariableArguments {
    /// A variable for env, as NAME:value; beats every other definition
    #[arg(long = "var", value_name = "NAME:VALUE")]
    pub vars: Vec<String>,
    /// A file with variables; replaces .dev.vars and .env
    #[arg(long = "env-file", value_name = "FILE")]
    pub env_files: Vec<PathBuf>,
}

impl ProjectArguments {
    /// The options of a session of this project, everything else as it is by default.
    pub fn session_options(self, variables: VariableArguments) -> SessionOptions {
        SessionOptions { persist_to: self.persist_to, ..self.configuration.session_options(variables) }
    }
}

impl ConfigurationArguments {
    /// The options of a session of these configurations, everything else as it is by default.
    pub fn session_options(self, variables: VariableArguments) -> SessionOptions {
        SessionOptions {
            configs: self.config,
            environment: self.environment,
            vars: variables.vars,
            env_files: variables.env_files,
            cache_directory: cache_directory(),
            ..SessionOptions::default()
        }
    }
}
