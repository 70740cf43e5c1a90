//! What a session is busy with.

use std::convert::Infallible;

use crate::base::Work;
use crate::broker::{Activity, Broker, Failure};
use crate::runtime::running::RunningHandlers;

/// Where a session's work is counted.
#[derive(Clone)]
pub struct Occupation {
    /// The queues.
    pub broker: Broker,
    /// What moves by itself at this moment.
    pub work: Work,
    /// The handlers that run, those that wait for the clock among them.
    pub handlers: RunningHandlers,
}

/// What a session is busy with at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Occupied {
    /// The queues.
    pub queues: Activity,
    /// Handlers that run.
    pub handlers: u64,
}

impl Occupation {
    /// What there is to do now.
    ///
    /// # Errors
    ///
    /// When the queues are closed, or the process that owns them cannot be reached.
    pub async fn look(&self) -> Result<Occupied, Failure<Infallible>> {
        let queues = self.broker.activity().await?;
        Ok(Occupied { queues, handlers: self.handlers.count() })
    }

    /// What is waited for, in words: requests to the outside, then handlers.
    pub fn waits_for(&self) -> Vec<String> {
        let handlers = self.handlers.list().into_iter().map(|(worker, kind, count)| {
            let handlers = if count == 1 { "handler" } else { "handlers" };
            format!("{count} {} {handlers} of worker \"{worker}\"", kind.name())
        });
        self.work.names().into_iter().chain(handlers).collect()
    }
}

impl Occupied {
    /// Nothing is left to be done, now or later: queues that deliver are empty and no handler runs.
    pub const fn is_over(&self) -> bool {
        self.queues.pending == 0 && self.queues.running == 0 && self.handlers == 0
    }
}
