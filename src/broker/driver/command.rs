//! What the handle tells the driver.

use std::sync::Arc;
use std::time::Duration;

use super::View;
use crate::broker::core::{Input, Payload, Reply};
use crate::broker::ports::{Consumer, SendRequest};
use crate::broker::storage::StorageFailure;

/// One thing for the driver to do.
pub(in crate::broker) enum Command {
    /// Send messages; the driver chooses their ids.
    Send(SendRequest, Answer),
    /// Step the core.
    Step(Box<Input>, Answer),
    /// Look at the state after everything before it is committed.
    Query(Query),
    /// A worker is here.
    Connect(String, Arc<dyn Consumer>),
    /// A worker is gone.
    Disconnect(String),
    /// The clock was moved by hand.
    Tick,
    /// Stop delivering, wait at most so long for running deliveries, close, and say so.
    Shutdown(Duration, Box<dyn FnOnce() + Send>),
}

/// A look at the driver's state.
pub(in crate::broker) type Query = Box<dyn FnOnce(&mut View<'_>) + Send>;

/// A step's reply, released, with the bodies of the messages a pull leased.
pub(in crate::broker) struct Released {
    pub reply: Reply,
    pub payloads: Vec<Option<Payload>>,
}

/// Why there is no reply.
pub(in crate::broker) enum Interruption {
    Storage(StorageFailure),
    Closed,
}

type Respond = Box<dyn FnOnce(Result<Released, Interruption>) + Send>;

/// Who waits for a reply. Whoever waits is told, also when the driver is gone.
pub(in crate::broker) struct Answer(Option<Respond>);

impl Answer {
    /// Hands the reply to `respond`.
    pub fn new(respond: impl FnOnce(Result<Released, Interruption>) + Send + 'static) -> Self {
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
    pub fn respond(mut self, result: Result<Released, Interruption>) {
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
