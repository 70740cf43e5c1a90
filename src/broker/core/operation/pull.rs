//! Leasing messages to clients that pull.
//!
//! Source: Cloudflare's documentation, "Pull consumers".

use crate::base::limits;
use crate::broker::core::token::{Token, TokenKind};
use crate::broker::core::{Core, Effects, Event, PullOrder, PullRefusal};

impl Core {
    pub(in crate::broker::core) fn pull(
        &mut self,
        queue: &str,
        batch_size: Option<u32>,
        visibility_timeout_ms: Option<u64>,
        effects: &mut Effects,
    ) -> Result<PullOrder, PullRefusal> {
        let (now, delivering) = (self.now, self.delivering);
        let (number, queue) = self.find_mut(queue)?;
        let Some(consumer) = queue.pull_consumer() else { return Err(PullRefusal::NoPullConsumer) };
        if queue.row.settings.delivery_paused {
            return Err(PullRefusal::Paused);
        }
        let batch_size = batch_size.unwrap_or(consumer.max_batch_size);
        let visibility_timeout_ms = visibility_timeout_ms.unwrap_or(consumer.visibility_timeout_ms);
        let in_range = (1..=limits::MAX_BATCH_SIZE_MAX).contains(&batch_size);
        if !in_range || visibility_timeout_ms > limits::VISIBILITY_TIMEOUT_MS_MAX {
            return Err(PullRefusal::OutOfRange);
        }
        if !delivering {
            return Err(PullRefusal::Stopped);
        }
        // A lease that is over in the very moment would end before its messages are handed out.
        let until = now.plus_millis(visibility_timeout_ms.max(1));
        let mut messages = Vec::new();
        while let Some(slot) = queue.backlog.first_ready().filter(|_| messages.len() < batch_size as usize) {
            let entry = queue.backlog.lease(slot, until);
            effects.records.push(entry.changed());
            messages.push((entry.head(), Token::new(number, entry).text(TokenKind::Lease)));
        }
        let name = queue.name().clone();
        let metrics = queue.backlog.metrics();
        if !messages.is_empty() {
            let messages = messages.iter().map(|(head, _)| (head.id, head.attempts)).collect();
            effects.events.push(Event::Pulled { queue: name.clone(), messages });
        }
        self.touch(number);
        Ok(PullOrder { queue: name, messages, metrics })
    }
}
