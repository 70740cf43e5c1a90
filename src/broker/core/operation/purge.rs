//! Deleting messages by hand.
//!
//! Source: Cloudflare's documentation, "Pause & Purge": delayed messages go too.

use std::collections::BTreeMap;

use crate::broker::core::token::{Token, TokenKind};
use crate::broker::core::{Core, Effects, Event, MessagesPurged, QueueNotFound, Record, Sequence};

impl Core {
    /// Deletes all messages of a queue. Deliveries that run are finished by their workers, but what they
    /// held is gone.
    pub(in crate::broker::core) fn purge_queue(
        &mut self,
        queue: &str,
        effects: &mut Effects,
    ) -> Result<u64, QueueNotFound> {
        let now = self.now;
        let (number, queue) = self.find_mut(queue)?;
        let count = queue.backlog.clear();
        queue.row.purged_at = Some(now);
        effects.records.push(queue.record());
        effects.records.push(Record::QueuePurged(number));
        effects.events.push(Event::Purged { queue: queue.name().clone(), count });
        self.touch(number);
        Ok(count)
    }

    /// Deletes the messages that a peek's references name. What is gone already needs no deleting.
    pub(in crate::broker::core) fn purge_messages(
        &mut self,
        queue: &str,
        references: Vec<String>,
        effects: &mut Effects,
    ) -> Result<MessagesPurged, QueueNotFound> {
        let (number, queue) = self.find_mut(queue)?;
        let mut answer = MessagesPurged::default();
        let mut wanted: BTreeMap<Sequence, Token> = BTreeMap::new();
        for reference in references {
            match Token::parse(TokenKind::Reference, &reference) {
                Some(token) if token.queue == number => drop(wanted.insert(token.sequence, token)),
                _ => answer.warnings.push((reference, "there is no such message".to_owned())),
            }
        }
        let named = queue
            .backlog
            .by_age()
            .filter(|(_, entry)| wanted.get(&entry.sequence).is_some_and(|token| token.names(entry)));
        let mut ids = Vec::new();
        for slot in named.map(|(slot, _)| slot).take(wanted.len()).collect::<Vec<_>>() {
            let entry = queue.backlog.remove(slot);
            effects.records.push(Record::Removed(entry.sequence));
            ids.push(entry.id);
        }
        answer.count = u32::try_from(ids.len()).unwrap_or(u32::MAX);
        if !ids.is_empty() {
            effects.events.push(Event::MessagesPurged { queue: queue.name().clone(), ids });
        }
        self.touch(number);
        Ok(answer)
    }
}
