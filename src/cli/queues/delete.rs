//! `qemu-dev queues delete`.

use clap::Args;
use serde_json::json;

use super::context::Context;
use crate::cli::exit::Failure;
use crate::cli::output;

/// The arguments of `delete`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  qemu-dev queues delete orders

Its messages and the event subscriptions that lead to it are deleted with it. A queue that a Worker of the
configuration, or of a running session, sends to is not deleted; neither is a dead letter queue.")]
pub struct DeleteArguments {
    /// The name of the queue
    name: String,
}

/// Deletes a queue.
pub async fn run(arguments: DeleteArguments, context: &Context) -> Result<(), Failure> {
    let queue = context.queue(&arguments.name).await?;
    let producers = context.producers().await?.of(&queue.name);
    if !producers.is_empty() {
        return Err(Failure::Mistake(format!(
            "queue \"{}\" is bound to these Workers: {}; remove the bindings from their configuration first",
            queue.name,
            producers.join(", ")
        )));
    }
    context.broker.delete_queue(&queue.id.to_string()).await.map_err(Failure::mistake)?;
    context.forget(&queue)?;
    if context.json {
        let (id, name) = (queue.id.to_string(), &queue.name);
        return output::print_json(&json!({ "queue_id": id, "queue_name": name, "deleted": true }));
    }
    output::print_line(&format!("Deleted queue {}.", queue.name))
}
