//! `qemu-dev queues peek`.

use clap::Args;

use super::context::Context;
use super::message::{MessageView, preview, state_name};
use crate::base::calendar::rfc3339;
use crate::broker::PeekedMessage;
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::cli::table::table;

/// The arguments of `peek`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  qemu-dev queues peek orders
  qemu-dev queues peek dead-letters --limit 100 --json | jq '.[].body'")]
pub struct PeekArguments {
    /// The name of the queue
    name: String,
    /// How many messages to show at most, 1 to 1000
    #[arg(long, value_name = "NUMBER", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
}

/// Shows the oldest messages.
pub async fn run(arguments: PeekArguments, context: &Context) -> Result<(), Failure> {
    let queue = context.queue(&arguments.name).await?;
    let messages = context.broker.peek(&queue.id.to_string(), arguments.limit as usize).await;
    let messages = messages.map_err(Failure::mistake)?;
    if context.json {
        return output::print_json(&messages.iter().map(MessageView::peeked).collect::<Vec<_>>());
    }
    if messages.is_empty() {
        return output::print_line(&format!("Queue {} has no messages.", queue.name));
    }
    let headings = ["id", "timestamp", "attempts", "content_type", "state", "body"];
    output::print(&table(&headings, &messages.iter().map(row).collect::<Vec<_>>()))
}

fn row(message: &PeekedMessage) -> Vec<String> {
    vec![
        message.id.to_string(),
        rfc3339(message.timestamp),
        message.attempts.to_string(),
        message.content_type.to_string(),
        state_name(message.state).to_owned(),
        preview(message.content_type, &message.body),
    ]
}
