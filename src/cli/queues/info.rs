//! `qemu-dev queues info`.

use std::fmt::Write;

use clap::Args;

use super::context::Context;
use super::message::counted;
use crate::base::calendar::rfc3339;
use crate::broker::{ChangeSource, ConsumerRow, ConsumerSettings, Metrics, QueueRow};
use crate::cli::exit::Failure;
use crate::cli::output;

/// The arguments of `info`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  qemu-dev queues info orders
  qemu-dev queues info orders --json | jq .metrics.backlog_count")]
pub struct InfoArguments {
    /// The name of the queue
    name: String,
}

/// Shows a queue.
pub async fn run(arguments: InfoArguments, context: &Context) -> Result<(), Failure> {
    let queue = context.queue(&arguments.name).await?;
    if context.json {
        return output::print_json(&context.view(&queue).await?);
    }
    let metrics = context.broker.metrics(&queue.id.to_string()).await.map_err(Failure::mistake)?;
    output::print(&shown(&queue, &metrics, &context.producers().await?.of(&queue.name)))
}

fn shown(queue: &QueueRow, metrics: &Metrics, producers: &[String]) -> String {
    let mut text = format!("Queue Name: {}\nQueue ID: {}\n", queue.name, queue.id);
    // Writing to a string cannot fail.
    let _ = writeln!(text, "Created On: {}", rfc3339(queue.created_at));
    let _ = writeln!(text, "Last Modified: {} {}", rfc3339(queue.modified_at), by(queue.source));
    let _ = writeln!(text, "Delivery: {}", if queue.settings.delivery_paused { "paused" } else { "running" });
    let _ = writeln!(text, "Delivery Delay: {} seconds", queue.settings.delivery_delay_seconds);
    let _ = writeln!(text, "Message Retention Period: {} seconds", queue.settings.retention_seconds);
    let _ = writeln!(text, "Number of Producers: {}", producers.len());
    if !producers.is_empty() {
        let producers: Vec<String> = producers.iter().map(|worker| format!("worker:{worker}")).collect();
        let _ = writeln!(text, "Producers: {}", producers.join(", "));
    }
    let _ = writeln!(text, "Number of Consumers: {}", usize::from(queue.consumer.is_some()));
    text + &queue.consumer.as_ref().map(consumer).unwrap_or_default() + &backlog(metrics)
}

fn consumer(consumer: &ConsumerRow) -> String {
    let (label, settings) = match &consumer.settings {
        ConsumerSettings::Worker(worker) => {
            let concurrency = worker.max_concurrency.map_or_else(|| "auto".to_owned(), |n| n.to_string());
            let settings = format!(
                "batch size {}, batch timeout {} seconds, retries {}, retry delay {} seconds, concurrency {}",
                worker.max_batch_size,
                worker.max_batch_timeout_ms as f64 / 1000.0,
                worker.max_retries,
                worker.retry_delay_seconds,
                concurrency
            );
            (format!("worker:{}", worker.worker), settings)
        }
        ConsumerSettings::Pull(pull) => {
            let settings = format!(
                "batch size {}, visibility timeout {} seconds, retries {}, retry delay {} seconds",
                pull.max_batch_size,
                pull.visibility_timeout_ms as f64 / 1000.0,
                pull.max_retries,
                pull.retry_delay_seconds
            );
            ("http_pull".to_owned(), settings)
        }
    };
    let dead = consumer.settings.dead_letter_queue();
    let dead = dead.map(|queue| format!("Dead Letter Queue: {queue}\n")).unwrap_or_default();
    let modified = format!("{} {}", rfc3339(consumer.modified_at), by(consumer.source));
    format!("Consumers: {label}\nConsumer Settings: {settings}\nConsumer Modified: {modified}\n{dead}")
}

fn backlog(metrics: &Metrics) -> String {
    let count = counted(metrics.backlog_count);
    match metrics.oldest_message_timestamp {
        Some(oldest) => {
            format!("Backlog: {count}, {} bytes, oldest from {}\n", metrics.backlog_bytes, rfc3339(oldest))
        }
        None => format!("Backlog: {count}\n"),
    }
}

/// Which of the two made the last change; it is the one that holds.
fn by(source: ChangeSource) -> &'static str {
    match source {
        ChangeSource::Config => "by the configuration file",
        ChangeSource::Api => "by the API or the command line",
    }
}
