//! `qemu-dev queues consumer worker`, and `add` and `remove` without it.

use clap::{Args, Subcommand};

use super::list::{self, Kind};
use crate::base::limits;
use crate::broker::{ConsumerSettings, WorkerConsumer};
use crate::cli::exit::Failure;
use crate::cli::queues::context::Context;

/// The arguments of `consumer worker`.
#[derive(Debug, Args)]
pub struct WorkerArguments {
    #[command(subcommand)]
    command: WorkerCommand,
}

/// What is to be done with a Worker that consumes a queue.
#[derive(Debug, Subcommand)]
enum WorkerCommand {
    /// Attach a Worker to a queue
    Add(AddArguments),
    /// Detach a Worker from a queue
    Remove(RemoveArguments),
    /// Show the Worker that consumes a queue
    List(list::ListArguments),
}

/// The arguments of `consumer add`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  qemu-dev queues consumer add orders order-worker --batch-size 20 --batch-timeout 1
  qemu-dev queues consumer add orders order-worker --message-retries 5 --dead-letter-queue dead-letters")]
pub struct AddArguments {
    /// The name of the queue
    queue_name: String,
    /// The name of the Worker
    script_name: String,
    /// Most messages in one batch, 1 to 100
    #[arg(long, value_name = "NUMBER", default_value_t = limits::MAX_BATCH_SIZE_DEFAULT,
        value_parser = clap::value_parser!(u32).range(1..=i64::from(limits::MAX_BATCH_SIZE_MAX)))]
    batch_size: u32,
    /// How long a batch waits to fill, in seconds, 0 to 60
    #[arg(long, value_name = "SECONDS", default_value_t = limits::MAX_BATCH_TIMEOUT_MS_DEFAULT / 1000,
        value_parser = clap::value_parser!(u64).range(0..=limits::MAX_BATCH_TIMEOUT_MS_MAX / 1000))]
    batch_timeout: u64,
    /// Retries of each message, 0 to 100
    #[arg(long, value_name = "NUMBER", default_value_t = limits::MAX_RETRIES_DEFAULT,
        value_parser = clap::value_parser!(u32).range(0..=i64::from(limits::MAX_RETRIES_MAX)))]
    message_retries: u32,
    /// The queue for messages that have no retries left [default: they are deleted]
    #[arg(long, value_name = "QUEUE")]
    dead_letter_queue: Option<String>,
    /// Most batches at a time, 1 to 250 [default: as many as help]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32)
        .range(1..=i64::from(limits::MAX_CONCURRENCY_MAX)))]
    max_concurrency: Option<u32>,
    /// How long a retry waits, in seconds, 0 to 86400
    #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u32)
        .range(0..=i64::from(limits::DELAY_SECONDS_MAX)))]
    retry_delay_secs: u32,
}

/// The arguments of `consumer remove`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  qemu-dev queues consumer remove orders order-worker

The messages stay in the queue.")]
pub struct RemoveArguments {
    /// The name of the queue
    queue_name: String,
    /// The name of the Worker
    script_name: String,
}

impl AddArguments {
    /// The queue that is meant.
    pub fn queue(&self) -> &str {
        &self.queue_name
    }
}

impl WorkerArguments {
    /// The queue that a consumer is to be attached to, if one is.
    pub(super) fn added_to(&self) -> Option<&str> {
        match &self.command {
            WorkerCommand::Add(arguments) => Some(arguments.queue()),
            WorkerCommand::Remove(_) | WorkerCommand::List(_) => None,
        }
    }
}

pub(super) async fn run(arguments: WorkerArguments, context: &Context) -> Result<(), Failure> {
    match arguments.command {
        WorkerCommand::Add(arguments) => add(arguments, context).await,
        WorkerCommand::Remove(arguments) => remove(arguments, context).await,
        WorkerCommand::List(arguments) => list::run(arguments, Kind::Worker, context).await,
    }
}

pub(super) async fn add(arguments: AddArguments, context: &Context) -> Result<(), Failure> {
    let settings = ConsumerSettings::Worker(WorkerConsumer {
        worker: arguments.script_name,
        max_batch_size: arguments.batch_size,
        max_batch_timeout_ms: arguments.batch_timeout * 1000,
        max_retries: arguments.message_retries,
        max_concurrency: arguments.max_concurrency,
        retry_delay_seconds: arguments.retry_delay_secs,
        dead_letter_queue: arguments.dead_letter_queue,
    });
    super::attach(&arguments.queue_name, settings, context).await
}

pub(super) async fn remove(arguments: RemoveArguments, context: &Context) -> Result<(), Failure> {
    let RemoveArguments { queue_name, script_name } = arguments;
    let is_meant = |settings: &ConsumerSettings| settings.worker() == Some(&script_name);
    super::detach(&queue_name, is_meant, &format!("worker \"{script_name}\""), context).await
}
