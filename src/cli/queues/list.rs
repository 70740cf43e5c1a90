//! `qemu-dev queues list`.

use clap::Args;

use super::context::Context;
use crate::base::calendar::rfc3339;
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::cli::table::table;

/// The arguments of `list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  qemu-dev queues list
  qemu-dev queues list --json | jq -r '.[].queue_name'")]
pub struct ListArguments {}

/// Lists all queues.
pub async fn run(_: ListArguments, context: &Context) -> Result<(), Failure> {
    let queues = context.broker.queues().await.map_err(Failure::mistake)?;
    if context.json {
        let mut views = Vec::with_capacity(queues.len());
        for queue in &queues {
            views.push(context.view(queue).await?);
        }
        return output::print_json(&views);
    }
    if queues.is_empty() {
        return output::print_line(&format!("No queues: {}.", context.no_queues()));
    }
    let producers = context.producers().await?;
    let mut rows = Vec::with_capacity(queues.len());
    for queue in &queues {
        let metrics = context.broker.metrics(&queue.name).await.map_err(Failure::mistake)?;
        rows.push(vec![
            queue.id.to_string(),
            queue.name.to_string(),
            rfc3339(queue.created_at),
            rfc3339(queue.modified_at),
            producers.of(&queue.name).len().to_string(),
            usize::from(queue.consumer.is_some()).to_string(),
            metrics.backlog_count.to_string(),
        ]);
    }
    let headings = ["id", "name", "created_on", "modified_on", "producers", "consumers", "messages"];
    output::print(&table(&headings, &rows))
}
