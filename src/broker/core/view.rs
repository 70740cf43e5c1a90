//! Looking at the queues without changing them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::backlog::{Entry, Slot};
use super::queue::Queue;
use super::token::{Token, TokenKind};
use super::{Core, Metrics, PeekedHead, QueueNotFound, QueueNumber, QueueRow, ResourceId, Sequence};
use crate::base::Timestamp;

/// Where a look at the messages of a queue has stopped. It stays good while messages come and go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageCursor {
    slot: Slot,
    sequence: Sequence,
}

impl Core {
    /// A queue's backlog.
    ///
    /// # Errors
    /// When there is no queue of this name or id.
    pub fn metrics(&self, queue: &str) -> Result<Metrics, QueueNotFound> {
        let number = self.find(queue)?;
        Ok(self.queues.get(&number).map(|queue| queue.backlog.metrics()).unwrap_or_default())
    }

    /// A queue.
    ///
    /// # Errors
    /// When there is no queue of this name or id.
    pub fn queue(&self, queue: &str) -> Result<&QueueRow, QueueNotFound> {
        let number = self.find(queue)?;
        let found = self.queues.get(&number).map(|queue| &queue.row);
        found.ok_or_else(|| QueueNotFound { queue: queue.to_owned() })
    }

    /// The name of the queue with this id, if there is one.
    pub fn name_of(&self, id: ResourceId) -> Option<Arc<str>> {
        let number = self.ids.get(&id)?;
        self.queues.get(number).map(|queue| queue.name().clone())
    }

    /// Every queue, by name.
    pub fn queues(&self) -> impl Iterator<Item = &QueueRow> {
        self.names.values().filter_map(|number| self.queues.get(number)).map(|queue| &queue.row)
    }

    /// Every queue with its backlog, by name.
    pub fn queues_with_metrics(&self) -> impl Iterator<Item = (&QueueRow, Metrics)> {
        let queues = self.names.values().filter_map(|number| self.queues.get(number));
        queues.map(|queue| (&queue.row, queue.backlog.metrics()))
    }

    /// The oldest messages of a queue that come after `after`, at most `limit`, and how to go on.
    ///
    /// # Errors
    /// When there is no queue of this name or id.
    pub fn browse(
        &self,
        queue: &str,
        after: Option<MessageCursor>,
        limit: usize,
    ) -> Result<(Vec<PeekedHead>, Option<MessageCursor>), QueueNotFound> {
        let number = self.find(queue)?;
        let Some(queue) = self.queues.get(&number) else { return Ok((Vec::new(), None)) };
        let mut last = after;
        let oldest = queue.backlog.by_age_after(after.map(|cursor| (cursor.slot, cursor.sequence)));
        let heads = oldest.take(limit).map(|(slot, entry)| {
            last = Some(MessageCursor { slot, sequence: entry.sequence });
            peeked(number, entry)
        });
        let heads: Vec<_> = heads.collect();
        let more = heads.len() == limit;
        Ok((heads, last.filter(|_| more)))
    }

    /// Messages that are ready in queues that deliver.
    pub fn deliverable(&self) -> u64 {
        self.delivering().map(|queue| queue.backlog.ready_count()).sum()
    }

    /// Messages in queues that deliver, in whatever state.
    pub fn pending(&self) -> u64 {
        self.delivering().map(|queue| queue.backlog.metrics().backlog_count).sum()
    }

    /// When a delay ends or a batch is due next in a queue that delivers.
    pub fn next_delivery(&self) -> Option<Timestamp> {
        self.delivering().filter_map(|queue| self.next_delivery_of(queue)).min()
    }

    fn delivering(&self) -> impl Iterator<Item = &Queue> {
        self.queues.values().filter(|queue| self.delivers(queue))
    }
}

fn peeked(queue: QueueNumber, entry: &Entry) -> PeekedHead {
    let mut head = entry.head();
    head.attempts = u32::from(entry.failures) + u32::from(entry.is_leased());
    let reference = Token::new(queue, entry).text(TokenKind::Reference);
    PeekedHead { head, state: entry.public_state(), due: entry.due, reference }
}
