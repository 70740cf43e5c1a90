//! Setting a message apart that cannot be read.

use std::sync::Arc;

use crate::broker::core::{BodyDamage, Core, Effects, Event, Record, Sequence};

impl Core {
    pub(in crate::broker::core) fn set_aside(
        &mut self,
        queue: &Arc<str>,
        sequence: Sequence,
        damage: BodyDamage,
        remedy: Option<&str>,
        effects: &mut Effects,
    ) {
        let reason = damage.reason();
        let Some((number, queue)) = self.named_mut(queue) else { return };
        let found = queue.backlog.by_age().find(|(_, entry)| entry.sequence == sequence);
        let Some((slot, _)) = found else { return };
        let message = queue.backlog.remove(slot).id.to_string();
        effects.records.push(Record::SetAside { sequence, reason });
        let queue = queue.name().clone();
        let reason = remedy.map_or_else(|| reason.to_owned(), |remedy| format!("{reason}; {remedy}"));
        effects.events.push(Event::Damaged { queue, message, reason });
        self.touch(number);
    }
}
