//! `qemu-dev queues pull`.

use clap::Args;

use super::context::Context;
use super::message::{MessageView, preview};
use crate::base::limits;
use crate::broker::core::PullRefusal;
use crate::broker::{Failure as BrokerFailure, PullRequest, PulledMessage};
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::cli::table::table;

/// The arguments of `pull`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  qemu-dev queues pull orders --batch-size 1
  qemu-dev queues ack orders $(qemu-dev queues pull orders --json | jq -r '.[].lease_id')

What is not acknowledged before its visibility timeout is over is delivered again.")]
pub struct PullArguments {
    /// The name of the queue
    name: String,
    /// How many messages to lease at most, 1 to 100 [default: that of the consumer]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32)
        .range(1..=i64::from(limits::MAX_BATCH_SIZE_MAX)))]
    batch_size: Option<u32>,
    /// How long they stay leased, in seconds, up to 43200 [default: that of the consumer]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64)
        .range(0..=limits::VISIBILITY_TIMEOUT_MS_MAX / 1000))]
    visibility_timeout_secs: Option<u64>,
}

/// Leases messages and shows them.
pub async fn run(arguments: PullArguments, context: &Context) -> Result<(), Failure> {
    let queue = context.queue(&arguments.name).await?;
    let request = PullRequest {
        queue: queue.id.to_string(),
        batch_size: arguments.batch_size,
        visibility_timeout_ms: arguments.visibility_timeout_secs.map(|seconds| seconds * 1000),
    };
    let pulled = context.broker.pull(request).await.map_err(|failure| match failure {
        BrokerFailure::Refused(PullRefusal::NoPullConsumer) => no_pull_consumer(&queue.name),
        BrokerFailure::Refused(PullRefusal::Paused) => Failure::Mistake(format!(
            "the delivery of queue \"{0}\" is paused; `qemu-dev queues resume-delivery {0}` resumes it",
            queue.name
        )),
        failure => Failure::mistake(failure),
    })?;
    let messages = pulled.messages;
    if context.json {
        return output::print_json(&messages.iter().map(MessageView::pulled).collect::<Vec<_>>());
    }
    if messages.is_empty() {
        return output::print_line(&format!("Queue {} has no messages that are ready.", queue.name));
    }
    let headings = ["id", "attempts", "content_type", "lease_id", "body"];
    output::print(&table(&headings, &messages.iter().map(row).collect::<Vec<_>>()))
}

/// What is to be done about a queue that cannot be pulled.
pub fn no_pull_consumer(queue: &str) -> Failure {
    Failure::Mistake(format!(
        "queue \"{queue}\" has no HTTP pull consumer; `qemu-dev queues consumer http add {queue}` adds one"
    ))
}

fn row(message: &PulledMessage) -> Vec<String> {
    vec![
        message.id.to_string(),
        message.attempts.to_string(),
        message.content_type.to_string(),
        message.lease.clone(),
        preview(message.content_type, &message.body),
    ]
}
