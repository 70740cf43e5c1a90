//! What the driver is told, and how whoever waits is answered.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::base::{Busy, Work};
use crate::broker::core::{HeldDelivery, Input, ProcessNumber};
use crate::broker::inquiry::{Look, Request, Response};
use crate::broker::ports::{Consumer, SendRequest, Ticket};
use crate::broker::sharing::LinkEvent;
use crate::broker::storage::StorageFailure;

/// One thing for the driver to do.
pub(in crate::broker) enum Command {
    /// Send messages; the driver chooses their ids.
    Send(SendRequest, Answer),
    /// Do what a process asks.
    Request(ProcessNumber, Request, Answer),
    /// Step the core.
    Step(Box<Input>, Answer),
    /// A worker of a process is here.
    Connect(ProcessNumber, String, Arc<dyn Consumer>),
    /// A worker of a process is gone.
    Disconnect(ProcessNumber, String),
    /// A process is gone, with all its workers.
    Leave(ProcessNumber),
    /// A worker of a process holds a delivery since before this process owned the queues; whoever asks is handed the
    /// ticket that takes its outcome, or `None` when nothing is left of it.
    Adopt(HeldDelivery, Box<dyn FnOnce(Option<Ticket>) + Send>),
    /// Something happened on the connection to the owner. To a driver, whose process is the owner, only the end of
    /// deliveries matters that it holds since it was a member.
    Link(Box<LinkEvent>),
    /// The clock was moved by hand.
    Tick,
    /// Stop delivering, wait at most so long for running deliveries, close, and say so.
    Shutdown(Duration, Box<dyn FnOnce() + Send>),
}

/// The way to the driver.
#[derive(Clone)]
pub(in crate::broker) struct Commands {
    sender: Sender<Queued>,
    work: Work,
}

/// A command on its way counts as work, unless it only asks whether anything is going on.
pub(in crate::broker) struct Queued {
    pub command: Command,
    pub busy: Option<Busy>,
}

impl Commands {
    pub fn new(work: Work) -> (Self, Receiver<Queued>) {
        let (sender, receiver) = channel();
        (Self { sender, work }, receiver)
    }

    /// A command that cannot be sent any more is dropped, and its answer then says that the broker is closed.
    pub fn send(&self, command: Command) {
        // Whoever asks whether anything is going on must not be the answer.
        let only_looks = matches!(command, Command::Request(_, Request::Look(Look::Activity), _));
        let busy = if only_looks { None } else { Some(self.work.begin()) };
        drop(self.sender.send(Queued { command, busy }));
    }

    /// The same for work that has begun.
    pub fn send_with(&self, command: Command, busy: Busy) {
        drop(self.sender.send(Queued { command, busy: Some(busy) }));
    }
}

/// Why there is no reply.
#[derive(Clone, Debug)]
pub(in crate::broker) enum Interruption {
    Storage(StorageFailure),
    Closed,
}

type Respond = Box<dyn FnOnce(Result<Response, Interruption>) + Send>;

/// Who waits for a reply. Whoever waits is told, also when the driver is gone.
pub(in crate::broker) struct Answer(Option<Respond>);

impl Answer {
    /// Hands the reply to `respond`.
    pub fn new(respond: impl FnOnce(Result<Response, Interruption>) + Send + 'static) -> Self {
        Self(Some(Box::new(respond)))
    }

    /// Nobody waits.
    pub const fn nobody() -> Self {
        Self(None)
    }

    /// Whether somebody waits.
    pub const fn is_awaited(&self) -> bool {
        self.0.is_some()
    }

    /// Replies.
    pub fn respond(mut self, result: Result<Response, Interruption>) {
        if let Some(respond) = self.0.take() {
            respond(result);
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if let Some(respond) = self.0.take() {
            respond(Err(Interruption::Closed));
        }
    }
}
