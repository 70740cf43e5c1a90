//! Moving messages from one queue to another.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::MessageId;
use crate::broker::core::backlog::{Slot, State};
use crate::broker::core::token::{Token, TokenKind};
use crate::broker::core::{
    Core, Effects, Event, MessageRow, MessagesMoved, QueueNotFound, QueueNumber, Record, ResourceId, Sequence,
};

impl Core {
    /// Moves messages that a peek's references name, each to the queue named beside it. Leased messages stay:
    /// whoever holds them decides. All moves are one commit.
    pub(in crate::broker::core) fn move_messages(
        &mut self,
        queue: &str,
        moves: Vec<(String, String)>,
        effects: &mut Effects,
    ) -> Result<MessagesMoved, QueueNotFound> {
        let from = self.find(queue)?;
        let mut answer = MessagesMoved::default();
        let mut wanted = BTreeMap::new();
        for (reference, target) in moves {
            let to = self.find(&target)?;
            match Token::parse(TokenKind::Reference, &reference) {
                Some(token) if token.queue == from && to != from => {
                    wanted.insert(token.sequence, (token, to, reference));
                }
                _ => answer.warnings.push((reference, "there is no such message to be moved".to_owned())),
            }
        }
        for (slot, to) in self.movable(from, wanted, &mut answer) {
            if let Some((id, target)) = self.transfer(from, slot, to, None, effects) {
                answer.count += 1;
                let left = self.queues.get(&from).map(|queue| queue.name().clone()).unwrap_or_default();
                effects.events.push(Event::Moved { id, queue: left, target });
            }
        }
        self.touch(from);
        Ok(answer)
    }

    /// Where the wanted messages are and go to; for those that cannot be moved a warning.
    fn movable(
        &self,
        from: QueueNumber,
        mut wanted: BTreeMap<Sequence, (Token, QueueNumber, String)>,
        answer: &mut MessagesMoved,
    ) -> Vec<(Slot, QueueNumber)> {
        let mut found = Vec::new();
        let Some(queue) = self.queues.get(&from) else { return found };
        for (slot, entry) in queue.backlog.by_age() {
            if wanted.is_empty() {
                break;
            }
            let Some((token, to, reference)) = wanted.remove(&entry.sequence) else { continue };
            if !token.names(entry) {
                answer.warnings.push((reference, "there is no such message to be moved".to_owned()));
            } else if entry.is_leased() {
                answer.warnings.push((reference, "the message is leased".to_owned()));
            } else {
                found.push((slot, to));
            }
        }
        let gone = wanted.into_values();
        let gone = gone.map(|(_, _, reference)| (reference, "the message is gone".to_owned()));
        answer.warnings.extend(gone);
        found
    }

    /// Moves a message: it keeps its id, body, type and timestamp; attempts and retention begin anew. Says
    /// which message it was and the name of the queue it is in now.
    pub(super) fn transfer(
        &mut self,
        from: QueueNumber,
        slot: Slot,
        to: QueueNumber,
        dead_letter_of: Option<ResourceId>,
        effects: &mut Effects,
    ) -> Option<(MessageId, Arc<str>)> {
        let now = self.now;
        let sequence = self.take_sequence();
        let entry = self.queues.get_mut(&from)?.backlog.remove(slot);
        let row = MessageRow {
            sequence,
            retained_since: now,
            due: now,
            failures: 0,
            lease: 0,
            leased: false,
            ..entry.row(to)
        };
        let target = self.queues.get_mut(&to)?;
        let moved = target.backlog.insert(&row, now);
        debug_assert_eq!(target.backlog.entry(moved).state, State::Ready);
        let name = target.name().clone();
        effects.records.push(Record::Moved { from: entry.sequence, to: Box::new(row), dead_letter_of });
        self.touch(to);
        Some((entry.id, name))
    }
}
