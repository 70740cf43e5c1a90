//! `qemu-dev queues ack`.

use clap::Args;
use serde_json::json;

use super::context::Context;
use super::message::counted;
use super::pull::no_pull_consumer;
use crate::base::limits;
use crate::broker::core::AcknowledgeRefusal;
use crate::broker::{AcknowledgeRequest, Failure as BrokerFailure};
use crate::cli::exit::Failure;
use crate::cli::output;

/// The arguments of `ack`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  qemu-dev queues ack orders 5f0c1d2e-100000000-3-12345678
  qemu-dev queues ack orders --retry 5f0c1d2e-100000000-3-12345678 --delay-seconds 30")]
pub struct AckArguments {
    /// The name of the queue
    name: String,
    /// Leases of messages that are done, from `pull`
    #[arg(value_name = "LEASE", required_unless_present = "retry")]
    acks: Vec<String>,
    /// The lease of a message to be delivered again; may be repeated
    #[arg(long, value_name = "LEASE")]
    retry: Vec<String>,
    /// After how many seconds, 0 to 86400 [default: the retry delay of the consumer]
    #[arg(long, value_name = "SECONDS", requires = "retry", value_parser = clap::value_parser!(u32)
        .range(0..=i64::from(limits::DELAY_SECONDS_MAX)))]
    delay_seconds: Option<u32>,
}

/// Acknowledges and retries.
pub async fn run(arguments: AckArguments, context: &Context) -> Result<(), Failure> {
    let AckArguments { name, acks, retry, delay_seconds } = arguments;
    let queue = context.queue(&name).await?;
    let retries = retry.into_iter().map(|lease| (lease, delay_seconds)).collect();
    let request = AcknowledgeRequest { queue: queue.id.to_string(), acks, retries };
    let done = context.broker.acknowledge(request).await.map_err(|failure| match failure {
        BrokerFailure::Refused(AcknowledgeRefusal::NoPullConsumer) => no_pull_consumer(&queue.name),
        failure => Failure::mistake(failure),
    })?;
    let (acked, retried) = (u64::from(done.ack_count), u64::from(done.retry_count));
    if context.json {
        let warnings = done.warnings.iter();
        let warnings: Vec<_> =
            warnings.map(|(lease, reason)| json!({ "lease_id": lease, "reason": reason })).collect();
        output::print_json(&json!({ "acked": acked, "retried": retried, "warnings": warnings }))?;
    } else {
        let parts =
            [(acked, "Acknowledged"), (retried, "Retried")].into_iter().filter(|(count, _)| *count > 0);
        for (count, what) in parts {
            output::print_line(&format!("{what} {} of queue {}.", counted(count), queue.name))?;
        }
    }
    match done.warnings.as_slice() {
        [] => Ok(()),
        warnings => {
            let warnings: Vec<String> =
                warnings.iter().map(|(lease, reason)| format!("{lease}: {reason}")).collect();
            Err(Failure::Mistake(warnings.join("; ")))
        }
    }
}
