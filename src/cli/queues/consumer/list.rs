//! `qemu-dev queues consumer list`, and the same of one kind.

use clap::Args;

use crate::broker::{ConsumerRow, ConsumerSettings};
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::cli::queues::context::Context;
use crate::cli::table::table;
use crate::http::api::ConsumerView;

/// The arguments of `consumer list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  qemu-dev queues consumer list orders
  qemu-dev queues consumer list orders --json")]
pub struct ListArguments {
    /// The name of the queue
    queue_name: String,
}

/// Which consumers are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// All.
    Any,
    /// Workers.
    Worker,
    /// Clients that pull.
    HttpPull,
}

impl Kind {
    fn includes(self, settings: &ConsumerSettings) -> bool {
        match self {
            Self::Any => true,
            Self::Worker => matches!(settings, ConsumerSettings::Worker(_)),
            Self::HttpPull => matches!(settings, ConsumerSettings::Pull(_)),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Any => "consumers",
            Self::Worker => "worker consumers",
            Self::HttpPull => "HTTP pull consumers",
        }
    }
}

pub(super) async fn run(arguments: ListArguments, kind: Kind, context: &Context) -> Result<(), Failure> {
    let queue = context.queue(&arguments.queue_name).await?;
    let consumer = queue.consumer.as_ref().filter(|consumer| kind.includes(&consumer.settings));
    if context.json {
        let views: Vec<_> =
            consumer.map(|consumer| ConsumerView::new(&queue, consumer)).into_iter().collect();
        return output::print_json(&views);
    }
    match consumer {
        Some(consumer) => output::print(&shown(consumer)),
        None => output::print_line(&format!("No {} found for queue \"{}\".", kind.name(), queue.name)),
    }
}

fn shown(consumer: &ConsumerRow) -> String {
    let dead = consumer.settings.dead_letter_queue().unwrap_or("-").to_owned();
    let id = consumer.id.to_string();
    match &consumer.settings {
        ConsumerSettings::Worker(worker) => {
            let concurrency = worker.max_concurrency.map_or_else(|| "-".to_owned(), |most| most.to_string());
            let headings = [
                "consumer_id",
                "script",
                "dead_letter_queue",
                "batch_size",
                "max_retries",
                "max_wait_time_ms",
                "max_concurrency",
                "retry_delay",
            ];
            let row = vec![
                id,
                worker.worker.clone(),
                dead,
                worker.max_batch_size.to_string(),
                worker.max_retries.to_string(),
                worker.max_batch_timeout_ms.to_string(),
                concurrency,
                worker.retry_delay_seconds.to_string(),
            ];
            format!("Worker consumers:\n{}", table(&headings, &[row]))
        }
        ConsumerSettings::Pull(pull) => {
            let headings = [
                "consumer_id",
                "dead_letter_queue",
                "batch_size",
                "max_retries",
                "visibility_timeout_ms",
                "retry_delay",
            ];
            let row = vec![
                id,
                dead,
                pull.max_batch_size.to_string(),
                pull.max_retries.to_string(),
                pull.visibility_timeout_ms.to_string(),
                pull.retry_delay_seconds.to_string(),
            ];
            format!("HTTP pull consumers:\n{}", table(&headings, &[row]))
        }
    }
}
