//! `qemu-dev queues purge`.

use std::io::{self, BufRead, IsTerminal, Write};

use clap::Args;
use serde_json::json;

use super::context::Context;
use crate::cli::exit::Failure;
use crate::cli::output;

/// The arguments of `purge`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  qemu-dev queues purge orders            asks for the name again
  qemu-dev queues purge orders --force    for scripts

Delayed and leased messages go too.")]
pub struct PurgeArguments {
    /// The name of the queue
    name: String,
    /// Do not ask
    #[arg(long)]
    force: bool,
}

impl PurgeArguments {
    /// Asks whether it is meant, unless that was said.
    pub fn confirm(&self) -> Result<(), Failure> {
        if self.force {
            return Ok(());
        }
        if !io::stdin().is_terminal() {
            let problem = "nobody can be asked whether all messages are to be deleted: use --force";
            return Err(Failure::Mistake(problem.to_owned()));
        }
        let name = &self.name;
        let mut asked = io::stderr().lock();
        write!(asked, "All messages of queue {name} will be deleted. Type {name} to go on: ")?;
        asked.flush()?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        if answer.trim() == name {
            Ok(())
        } else {
            Err(Failure::Mistake(format!("that is not \"{name}\": nothing was deleted")))
        }
    }
}

/// Deletes all messages of a queue.
pub async fn run(arguments: PurgeArguments, context: &Context) -> Result<(), Failure> {
    let queue = context.queue(&arguments.name).await?;
    let count = context.broker.purge(&queue.id.to_string()).await.map_err(Failure::mistake)?;
    if context.json {
        return output::print_json(&json!({ "queue_name": queue.name, "purged": count }));
    }
    output::print_line(&format!("Purged queue {} of {}.", queue.name, super::message::counted(count)))
}
