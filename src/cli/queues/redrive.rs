//! `qemu-dev queues redrive`.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::json;

use super::context::Context;
use super::message::counted;
use crate::broker::{MessageState, PeekedMessage, QueueRow};
use crate::cli::exit::Failure;
use crate::cli::output;

/// Messages moved in one commit.
const PAGE_MESSAGES: usize = 200;

/// The arguments of `redrive`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  qemu-dev queues redrive dead-letters
  qemu-dev queues redrive dead-letters --limit 1
  qemu-dev queues redrive dead-letters --to orders

Each message goes to the queue that it comes from and keeps its id, timestamp and body; its attempts and its
retention begin anew. A message is at every moment in exactly one of the two queues, whatever happens. Messages
that a consumer of the dead letter queue holds stay there.")]
pub struct RedriveArguments {
    /// The name of the dead letter queue
    name: String,
    /// The queue to move the messages to [default: for each the queue that it comes from]
    #[arg(long, value_name = "QUEUE")]
    to: Option<String>,
    /// How many messages to move at most, the oldest first [default: all]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
}

/// What became of the messages.
#[derive(Default)]
struct Outcome {
    /// How many went where.
    moved: BTreeMap<String, u64>,
    /// Messages whose queue is not known.
    without_origin: u64,
    /// Messages that somebody holds.
    leased: u64,
}

/// Moves the messages.
pub async fn run(arguments: RedriveArguments, context: &Context) -> Result<(), Failure> {
    let queue = context.queue(&arguments.name).await?;
    let target = match &arguments.to {
        Some(name) => Some(context.queue(name).await?),
        None => None,
    };
    if target.as_ref().is_some_and(|target| target.id == queue.id) {
        return Err(Failure::Mistake(format!("the messages are in queue \"{}\" already", queue.name)));
    }
    let outcome = redrive(&queue, target.as_ref(), arguments.limit, context).await?;
    tell(&queue, &outcome, context.json)
}

async fn redrive(
    queue: &QueueRow,
    target: Option<&QueueRow>,
    limit: Option<u64>,
    context: &Context,
) -> Result<Outcome, Failure> {
    let (id, mut outcome, mut next) = (queue.id.to_string(), Outcome::default(), None);
    let mut left = limit.unwrap_or(u64::MAX);
    // What comes while this runs, perhaps back again, is not moved once more.
    let backlog = context.broker.metrics(&id).await.map_err(Failure::mistake)?;
    let mut unseen = backlog.backlog_count;
    while left > 0 && unseen > 0 {
        let page = context.broker.browse(&id, next, PAGE_MESSAGES).await.map_err(Failure::mistake)?;
        unseen = unseen.saturating_sub(page.messages.len() as u64);
        let mut moves = BTreeMap::<String, Vec<String>>::new();
        for message in page.messages {
            match destination(&message, target) {
                _ if left == 0 => break,
                _ if message.state == MessageState::Leased => outcome.leased += 1,
                None => outcome.without_origin += 1,
                Some(name) => {
                    moves.entry(name).or_default().push(message.reference);
                    left -= 1;
                }
            }
        }
        left += move_page(&id, moves, &mut outcome, context).await?;
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    Ok(outcome)
}

fn destination(message: &PeekedMessage, target: Option<&QueueRow>) -> Option<String> {
    let named = target.map(|target| target.name.to_string());
    named.or_else(|| message.dead_letter_of.as_deref().map(str::to_owned))
}

/// Moves these; says how many were taken by somebody else meanwhile.
async fn move_page(
    id: &str,
    moves: BTreeMap<String, Vec<String>>,
    outcome: &mut Outcome,
    context: &Context,
) -> Result<u64, Failure> {
    let mut taken = 0;
    for (name, references) in moves {
        let moves = references.into_iter().map(|reference| (reference, name.clone())).collect();
        let moved = context.broker.move_messages(id, moves).await.map_err(Failure::mistake)?;
        if moved.count > 0 {
            *outcome.moved.entry(name).or_default() += u64::from(moved.count);
        }
        taken += moved.warnings.len() as u64;
    }
    outcome.leased += taken;
    Ok(taken)
}

fn tell(queue: &QueueRow, outcome: &Outcome, json: bool) -> Result<(), Failure> {
    let Outcome { moved, without_origin, leased } = outcome;
    let name = &queue.name;
    if json {
        output::print_json(
            &json!({ "queue_name": name, "moved": moved, "without_origin": without_origin, "leased": leased }),
        )?;
    } else if moved.is_empty() {
        output::print_line(&format!("Moved no messages of queue {name}."))?;
    } else {
        for (target, count) in moved {
            output::print_line(&format!("Moved {} of queue {name} to queue {target}.", counted(*count)))?;
        }
    }
    let mut stay = Vec::new();
    if *leased > 0 {
        stay.push(format!("{} held by a consumer", counted(*leased)));
    }
    if *without_origin > 0 {
        stay.push(format!(
            "{} of which it is not known where from; name a queue with --to",
            counted(*without_origin)
        ));
    }
    if stay.is_empty() {
        return Ok(());
    }
    Err(Failure::Mistake(format!("in queue {name} stay {}", stay.join(", and "))))
}
