//! Looking at the queues without changing them.

use super::token::{Token, TokenKind};
use super::{Core, Metrics, PeekedHead, QueueNotFound, QueueRow};

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

    /// Every queue, by name.
    pub fn queues(&self) -> impl Iterator<Item = &QueueRow> {
        self.names.values().filter_map(|number| self.queues.get(number)).map(|queue| &queue.row)
    }

    /// The oldest messages of a queue, at most `limit`.
    ///
    /// # Errors
    /// When there is no queue of this name or id.
    pub fn peek(&self, queue: &str, limit: usize) -> Result<Vec<PeekedHead>, QueueNotFound> {
        let number = self.find(queue)?;
        let Some(queue) = self.queues.get(&number) else { return Ok(Vec::new()) };
        let oldest = queue.backlog.by_age().take(limit);
        Ok(oldest
            .map(|(_, entry)| {
                let mut head = entry.head();
                head.attempts = u32::from(entry.failures) + u32::from(entry.is_leased());
                let reference = Token::new(number, entry).text(TokenKind::Reference);
                PeekedHead { head, state: entry.public_state(), due: entry.due, reference }
            })
            .collect())
    }

    /// Messages that are ready in queues that deliver.
    pub fn deliverable(&self) -> u64 {
        let delivering = self.queues.values().filter(|queue| self.delivers(queue));
        delivering.map(|queue| queue.backlog.ready_count()).sum()
    }
}
