//! `qemu-dev queues`: the queues of a project on this machine, as `wrangler queues` is for those of an
//! account. One command is one file; `context` is what they all work with.

mod ack;
mod consumer;
mod context;
mod create;
mod delete;
mod delivery;
mod export;
mod import;
mod info;
mod list;
mod message;
mod ndjson;
mod peek;
mod pull;
mod purge;
mod redrive;
mod send;
mod settings;
mod update;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::exit::{self, Failure};
use super::output;
use super::project::{ProjectArguments, VariableArguments};
use crate::dev::Declarations;
use context::Context;

/// The arguments of `queues`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  qemu-dev queues list
  qemu-dev queues send orders '{\"order\": 7}'
  qemu-dev queues export dead-letters > dead-letters.ndjson

The queues are those in the state directory of the configuration, as `qemu-dev dev` finds it, whether a session
runs or not. A queue that the configuration names need not be created: sending to it does.")]
pub struct QueuesArguments {
    #[command(flatten)]
    project: ProjectArguments,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: QueuesCommand,
}

/// What is to be done with the queues.
#[derive(Debug, Subcommand)]
enum QueuesCommand {
    /// List queues
    List(list::ListArguments),
    /// Create a queue
    Create(create::CreateArguments),
    /// Change the settings of a queue
    Update(update::UpdateArguments),
    /// Delete a queue with its messages
    Delete(delete::DeleteArguments),
    /// Show a queue with its settings, consumer and backlog
    Info(info::InfoArguments),
    /// Attach and detach consumers
    Consumer(consumer::ConsumerArguments),
    /// Stop delivering the messages of a queue
    PauseDelivery(delivery::PauseArguments),
    /// Go on delivering the messages of a queue
    ResumeDelivery(delivery::ResumeArguments),
    /// Delete all messages of a queue
    Purge(purge::PurgeArguments),
    /// Send messages
    Send(send::SendArguments),
    /// Show the oldest messages of a queue; they stay where they are
    Peek(peek::PeekArguments),
    /// Lease messages of a queue that has an HTTP pull consumer
    Pull(pull::PullArguments),
    /// Acknowledge or retry messages that were pulled
    Ack(ack::AckArguments),
    /// Move dead letters back to the queues they come from
    Redrive(redrive::RedriveArguments),
    /// Write all messages of a queue as JSON lines
    Export(export::ExportArguments),
    /// Take in messages that were exported
    Import(import::ImportArguments),
}

/// Does it.
pub fn run(arguments: QueuesArguments) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(run_command(arguments)),
        Err(error) => Err(Failure::mistake(error)),
    };
    exit::code(result, output::error)
}

async fn run_command(arguments: QueuesArguments) -> Result<(), Failure> {
    let QueuesArguments { project, json, command } = arguments;
    command.check()?;
    let options = project.session_options(VariableArguments::default());
    let context = Context::open(&options, json, |declared| command.creates(declared))?;
    let result = command.run(&context).await;
    context.close().await;
    result
}

impl QueuesCommand {
    /// What can be refused, or must be asked, before the queues are opened.
    fn check(&self) -> Result<(), Failure> {
        match self {
            Self::Purge(arguments) => arguments.confirm(),
            _ => Ok(()),
        }
    }

    /// Whether it makes a state directory where there is none.
    fn creates(&self, declared: &Declarations) -> bool {
        let queue = match self {
            Self::Create(_) => return true,
            Self::Update(arguments) => arguments.queue(),
            Self::Consumer(arguments) => {
                return arguments.added_to().is_some_and(|queue| declared.declares(queue));
            }
            Self::PauseDelivery(arguments) => arguments.queue(),
            Self::Send(arguments) => arguments.queue(),
            Self::Import(arguments) => arguments.queue(),
            _ => return false,
        };
        declared.declares(queue)
    }

    async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::List(arguments) => list::run(arguments, context).await,
            Self::Create(arguments) => create::run(arguments, context).await,
            Self::Update(arguments) => update::run(arguments, context).await,
            Self::Delete(arguments) => delete::run(arguments, context).await,
            Self::Info(arguments) => info::run(arguments, context).await,
            Self::Consumer(arguments) => consumer::run(arguments, context).await,
            Self::PauseDelivery(arguments) => delivery::pause(arguments, context).await,
            Self::ResumeDelivery(arguments) => delivery::resume(arguments, context).await,
            Self::Purge(arguments) => purge::run(arguments, context).await,
            Self::Send(arguments) => send::run(arguments, context).await,
            Self::Peek(arguments) => peek::run(arguments, context).await,
            Self::Pull(arguments) => pull::run(arguments, context).await,
            Self::Ack(arguments) => ack::run(arguments, context).await,
            Self::Redrive(arguments) => redrive::run(arguments, context).await,
            Self::Export(arguments) => export::run(arguments, context).await,
            Self::Import(arguments) => import::run(arguments, context).await,
        }
    }
}
