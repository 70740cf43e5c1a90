//! `qemu-dev queues update`.

use clap::Args;

use super::context::Context;
use super::settings::SettingsArguments;
use crate::broker::ChangeSource;
use crate::cli::exit::Failure;

/// The arguments of `update`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  qemu-dev queues update orders --message-retention-period-secs 86400

What is not said stays as it is.")]
pub struct UpdateArguments {
    /// The name of the queue
    name: String,
    #[command(flatten)]
    settings: SettingsArguments,
}

impl UpdateArguments {
    /// The queue that is meant.
    pub fn queue(&self) -> &str {
        &self.name
    }
}

/// Changes the settings of a queue.
pub async fn run(arguments: UpdateArguments, context: &Context) -> Result<(), Failure> {
    let UpdateArguments { name, settings } = arguments;
    let queue = context.queue_or_declared(&name).await?;
    let id = queue.id.to_string();
    let updated = context.broker.update_queue(&id, settings.change(), ChangeSource::Api).await;
    let queue = updated.map_err(Failure::mistake)?;
    context.done(&format!("Updated queue {}.", queue.name), &queue).await
}
