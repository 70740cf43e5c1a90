//! `qemu-dev queues pause-delivery` and `resume-delivery`.

use clap::Args;

use super::context::Context;
use crate::broker::ChangeSource;
use crate::cli::exit::Failure;

/// The arguments of `pause-delivery`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  qemu-dev queues pause-delivery orders

Messages are still accepted, and wait.")]
pub struct PauseArguments {
    /// The name of the queue
    name: String,
}

/// The arguments of `resume-delivery`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  qemu-dev queues resume-delivery orders")]
pub struct ResumeArguments {
    /// The name of the queue
    name: String,
}

impl PauseArguments {
    /// The queue that is meant.
    pub fn queue(&self) -> &str {
        &self.name
    }
}

/// Stops delivering a queue.
pub async fn pause(arguments: PauseArguments, context: &Context) -> Result<(), Failure> {
    let id = context.queue_or_declared(&arguments.name).await?.id.to_string();
    let queue = context.broker.pause(&id, ChangeSource::Api).await.map_err(Failure::mistake)?;
    context.done(&format!("Paused message delivery for queue {}.", queue.name), &queue).await
}

/// Goes on delivering a queue.
pub async fn resume(arguments: ResumeArguments, context: &Context) -> Result<(), Failure> {
    let id = context.queue(&arguments.name).await?.id.to_string();
    let queue = context.broker.resume(&id, ChangeSource::Api).await.map_err(Failure::mistake)?;
    context.done(&format!("Resumed message delivery for queue {}.", queue.name), &queue).await
}
