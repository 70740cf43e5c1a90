//! `qemu-dev queues export`.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::context::Context;
use super::message::{MessageView, counted};
use crate::broker::QueueRow;
use crate::cli::exit::Failure;
use crate::cli::output;

/// Messages read at a time.
const PAGE_MESSAGES: usize = 100;

/// The arguments of `export`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  qemu-dev queues export orders > orders.ndjson
  qemu-dev queues export orders --output orders.ndjson

One message is one line, the oldest first:
  {\"id\":…,\"timestamp_ms\":…,\"attempts\":0,\"content_type\":\"json\",\"source\":\"worker\",\"body\":{…}}
Bodies are exact: what is not JSON or text is in \"body_base64\". The messages stay in the queue.")]
pub struct ExportArguments {
    /// The name of the queue
    name: String,
    /// The file to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Writes all messages.
pub async fn run(arguments: ExportArguments, context: &Context) -> Result<(), Failure> {
    let queue = context.queue(&arguments.name).await?;
    let Some(path) = arguments.output else {
        write(&queue, BufWriter::new(io::stdout().lock()), context).await?;
        return Ok(());
    };
    let shown = path.display();
    let cannot = |error: io::Error| Failure::Mistake(format!("{shown} cannot be written: {error}"));
    let file = File::create(&path).map_err(cannot)?;
    let count = write(&queue, BufWriter::new(file), context).await?;
    if context.json {
        return output::print_json(&json!({ "queue_name": queue.name, "exported": count }));
    }
    output::print_line(&format!("Exported {} of queue {} to {shown}.", counted(count), queue.name))
}

async fn write(queue: &QueueRow, mut output: impl Write, context: &Context) -> Result<u64, Failure> {
    let (id, mut count, mut next) = (queue.id.to_string(), 0, None);
    loop {
        let page = context.broker.browse(&id, next, PAGE_MESSAGES).await.map_err(Failure::mistake)?;
        for message in &page.messages {
            let line = serde_json::to_string(&MessageView::to_export(message)).map_err(Failure::mistake)?;
            writeln!(output, "{line}")?;
            count += 1;
        }
        next = page.next;
        if next.is_none() {
            output.flush()?;
            return Ok(count);
        }
    }
}
