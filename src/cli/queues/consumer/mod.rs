//! `qemu-dev queues consumer`: the commands of wrangler, with its names.

mod http;
mod list;
mod worker;

use clap::{Args, Subcommand};

use super::context::Context;
use crate::broker::{ChangeSource, ConsumerSettings, QueueRow};
use crate::cli::exit::Failure;

/// The arguments of `consumer`.
#[derive(Debug, Args)]
pub struct ConsumerArguments {
    #[command(subcommand)]
    command: ConsumerCommand,
}

/// What is to be done with the consumer of a queue.
#[derive(Debug, Subcommand)]
enum ConsumerCommand {
    /// Attach a Worker to a queue
    Add(worker::AddArguments),
    /// Detach a Worker from a queue
    Remove(worker::RemoveArguments),
    /// Show the consumer of a queue
    List(list::ListArguments),
    /// HTTP pull consumers
    Http(http::HttpArguments),
    /// Worker consumers
    Worker(worker::WorkerArguments),
}

impl ConsumerArguments {
    /// The queue that a consumer is to be attached to, if one is.
    pub fn added_to(&self) -> Option<&str> {
        match &self.command {
            ConsumerCommand::Add(arguments) => Some(arguments.queue()),
            ConsumerCommand::Http(arguments) => arguments.added_to(),
            ConsumerCommand::Worker(arguments) => arguments.added_to(),
            ConsumerCommand::Remove(_) | ConsumerCommand::List(_) => None,
        }
    }
}

/// Does it.
pub async fn run(arguments: ConsumerArguments, context: &Context) -> Result<(), Failure> {
    match arguments.command {
        ConsumerCommand::Add(arguments) => worker::add(arguments, context).await,
        ConsumerCommand::Remove(arguments) => worker::remove(arguments, context).await,
        ConsumerCommand::List(arguments) => list::run(arguments, list::Kind::Any, context).await,
        ConsumerCommand::Http(arguments) => http::run(arguments, context).await,
        ConsumerCommand::Worker(arguments) => worker::run(arguments, context).await,
    }
}

async fn attach(queue: &str, settings: ConsumerSettings, context: &Context) -> Result<(), Failure> {
    let id = context.queue_or_declared(queue).await?.id.to_string();
    let attached = context.broker.attach_consumer(&id, settings, ChangeSource::Api).await;
    attached.map_err(Failure::mistake)?;
    let queue = context.queue(&id).await?;
    context.done(&format!("Added consumer to queue {}.", queue.name), &queue).await
}

/// Detaches the consumer if it is the one that is meant.
async fn detach(
    queue: &str,
    is_meant: impl Fn(&ConsumerSettings) -> bool,
    meant: &str,
    context: &Context,
) -> Result<(), Failure> {
    let queue: QueueRow = context.queue(queue).await?;
    let id = queue.id.to_string();
    let Some(consumer) = queue.consumer.as_ref().filter(|consumer| is_meant(&consumer.settings)) else {
        let other = queue.consumer.as_ref().map(|consumer| consumer.settings.label());
        let other =
            other.map_or_else(|| "it has none".to_owned(), |label| format!("its consumer is {label}"));
        return Err(Failure::Mistake(format!("{meant} does not consume queue \"{}\": {other}", queue.name)));
    };
    context.broker.detach_consumer(&id, consumer.id).await.map_err(Failure::mistake)?;
    let queue = context.queue(&id).await?;
    context.done(&format!("Removed consumer from queue {}.", queue.name), &queue).await
}
