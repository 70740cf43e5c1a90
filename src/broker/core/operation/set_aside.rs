//! Setting a message apart that cannot be read.

use std::sync::Arc;

use crate::broker::core::{Core, Effects, Event, Record, Sequence};

/// What is told of a message whose body is missing.
const BODY_UNREADABLE: &str = "its body is missing or unreadable";

impl Core {
    pub(in crate::broker::core) fn set_aside(
        &mut self,
        queue: &Arc<str>,
        sequence: Sequence,
        effects: &mut Effects,
    ) {
        let Some((number, queue)) = self.named_mut(queue) else { return };
        let found = queue.backlog.by_age().find(|(_, entry)| entry.sequence == sequence);
        let Some((slot, _)) = found else { return };
        let message = queue.backlog.remove(slot).id.to_string();
        effects.records.push(Record::SetAside { sequence, reason: BODY_UNREADABLE });
        let (queue, reason) = (queue.name().clone(), BODY_UNREADABLE.to_owned());
        effects.events.push(Event::Damaged { queue, message, reason });
        self.touch(number);
    }
}
