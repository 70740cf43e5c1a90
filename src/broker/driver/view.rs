//! Looking at the queues between commits.

use crate::broker::core::{Core, MessageCursor, Metrics, PeekedHead, QueueRow, Sequence};
use crate::broker::error::{Failure, QueueError};
use crate::broker::request::{Activity, MessagePage, PeekedMessage};
use crate::broker::storage::Storage;

/// What a query sees: everything before it is durable.
pub(in crate::broker) struct View<'driver> {
    pub(super) core: &'driver Core,
    pub(super) storage: &'driver mut dyn Storage,
}

impl View<'_> {
    pub fn metrics(&self, queue: &str) -> Result<Metrics, QueueError> {
        self.core.metrics(queue).map_err(Failure::Refused)
    }

    pub fn queue(&self, queue: &str) -> Result<QueueRow, QueueError> {
        self.core.queue(queue).cloned().map_err(Failure::Refused)
    }

    pub fn queues(&self) -> Vec<QueueRow> {
        self.core.queues().cloned().collect()
    }

    /// The oldest messages that come after `after`, without those whose bodies cannot be read.
    pub fn browse(
        &mut self,
        queue: &str,
        after: Option<MessageCursor>,
        limit: usize,
    ) -> Result<MessagePage, QueueError> {
        let (heads, next) = self.core.browse(queue, after, limit).map_err(Failure::Refused)?;
        let sequences: Vec<Sequence> = heads.iter().map(|peeked| peeked.head.sequence).collect();
        let payloads = self.storage.payloads(&sequences);
        let payloads = payloads.map_err(|error| Failure::Storage(error.into()))?;
        let peeked = heads.into_iter().zip(payloads).filter_map(|(peeked, payload)| {
            let payload = payload?;
            let PeekedHead { head, state, due, reference } = peeked;
            Some(PeekedMessage {
                id: head.id,
                timestamp: head.timestamp,
                attempts: head.attempts,
                content_type: head.content_type,
                body: payload.body,
                origin: payload.origin,
                delay_seconds: payload.delay_seconds,
                state,
                due,
                reference,
                dead_letter_of: payload.dead_letter_of.and_then(|id| self.core.name_of(id)),
            })
        });
        Ok(MessagePage { messages: peeked.collect(), next })
    }

    pub fn activity(&self) -> Activity {
        Activity {
            deliverable: self.core.deliverable(),
            running: self.core.running() as u64,
            next_deadline: self.core.next_deadline(),
        }
    }
}
