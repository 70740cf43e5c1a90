//! `qemu-dev queues create`.

use clap::Args;

use super::context::Context;
use super::settings::SettingsArguments;
use crate::base::queue_name;
use crate::broker::ChangeSource;
use crate::cli::exit::Failure;

/// The arguments of `create`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  qemu-dev queues create orders
  qemu-dev queues create reminders --delivery-delay-secs 60 --message-retention-period-secs 86400")]
pub struct CreateArguments {
    /// The name of the queue
    name: String,
    #[command(flatten)]
    settings: SettingsArguments,
}

/// Creates a queue.
pub async fn run(arguments: CreateArguments, context: &Context) -> Result<(), Failure> {
    let CreateArguments { name, settings } = arguments;
    if !queue_name::is_valid(&name) {
        return Err(Failure::Mistake(format!(
            "\"{name}\" cannot be the name of a queue: use 1 to {} lowercase letters, digits and hyphens, \
             with no hyphen at either end",
            queue_name::LENGTH_MAX
        )));
    }
    let created = context.broker.create_queue(&name, settings.settings(), ChangeSource::Api).await;
    let queue = created.map_err(Failure::mistake)?;
    context.done(&format!("Created queue {name}."), &queue).await
}
