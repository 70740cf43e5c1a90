//! `qemu-dev queues consumer http`.

use clap::{Args, Subcommand};

use super::list::{self, Kind};
use crate::base::limits;
use crate::broker::{ConsumerSettings, PullConsumer};
use crate::cli::exit::Failure;
use crate::cli::queues::context::Context;

/// The arguments of `consumer http`.
#[derive(Debug, Args)]
pub struct HttpArguments {
    #[command(subcommand)]
    command: HttpCommand,
}

/// What is to be done with the clients that pull a queue.
#[derive(Debug, Subcommand)]
enum HttpCommand {
    /// Let a queue be pulled over HTTP
    Add(AddArguments),
    /// Let a queue no longer be pulled over HTTP
    Remove(RemoveArguments),
    /// Show the HTTP pull consumer of a queue
    List(list::ListArguments),
}

/// The arguments of `consumer http add`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  qemu-dev queues consumer http add orders --batch-size 10 --visibility-timeout-secs 60")]
struct AddArguments {
    /// The name of the queue
    queue_name: String,
    /// Most messages in one pull that does not say, 1 to 100
    #[arg(long, value_name = "NUMBER", default_value_t = limits::PULL_BATCH_SIZE_DEFAULT,
        value_parser = clap::value_parser!(u32).range(1..=i64::from(limits::MAX_BATCH_SIZE_MAX)))]
    batch_size: u32,
    /// Retries of each message, 0 to 100
    #[arg(long, value_name = "NUMBER", default_value_t = limits::MAX_RETRIES_DEFAULT,
        value_parser = clap::value_parser!(u32).range(0..=i64::from(limits::MAX_RETRIES_MAX)))]
    message_retries: u32,
    /// The queue for messages that have no retries left [default: they are deleted]
    #[arg(long, value_name = "QUEUE")]
    dead_letter_queue: Option<String>,
    /// How long a pulled message stays leased, in seconds, up to 43200
    #[arg(long, value_name = "SECONDS", default_value_t = limits::VISIBILITY_TIMEOUT_MS_DEFAULT / 1000,
        value_parser = clap::value_parser!(u64).range(0..=limits::VISIBILITY_TIMEOUT_MS_MAX / 1000))]
    visibility_timeout_secs: u64,
    /// How long a retry waits, in seconds, 0 to 86400
    #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u32)
        .range(0..=i64::from(limits::DELAY_SECONDS_MAX)))]
    retry_delay_secs: u32,
}

/// The arguments of `consumer http remove`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  qemu-dev queues consumer http remove orders

The messages stay in the queue.")]
struct RemoveArguments {
    /// The name of the queue
    queue_name: String,
}

impl HttpArguments {
    /// The queue that a consumer is to be attached to, if one is.
    pub(super) fn added_to(&self) -> Option<&str> {
        match &self.command {
            HttpCommand::Add(arguments) => Some(&arguments.queue_name),
            HttpCommand::Remove(_) | HttpCommand::List(_) => None,
        }
    }
}

pub(super) async fn run(arguments: HttpArguments, context: &Context) -> Result<(), Failure> {
    match arguments.command {
        HttpCommand::Add(arguments) => add(arguments, context).await,
        HttpCommand::Remove(arguments) => {
            let is_meant = |settings: &ConsumerSettings| matches!(settings, ConsumerSettings::Pull(_));
            super::detach(&arguments.queue_name, is_meant, "an HTTP pull consumer", context).await
        }
        HttpCommand::List(arguments) => list::run(arguments, Kind::HttpPull, context).await,
    }
}

async fn add(arguments: AddArguments, context: &Context) -> Result<(), Failure> {
    let settings = ConsumerSettings::Pull(PullConsumer {
        max_batch_size: arguments.batch_size,
        visibility_timeout_ms: arguments.visibility_timeout_secs * 1000,
        max_retries: arguments.message_retries,
        retry_delay_seconds: arguments.retry_delay_secs,
        dead_letter_queue: arguments.dead_letter_queue,
    });
    super::attach(&arguments.queue_name, settings, context).await
}
