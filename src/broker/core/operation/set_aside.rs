//! Setting a message apart that cannot be read.

use std::sync::Arc;

use crate::broker::core::{Core, Effects, Event, Record, Sequence};

impl Core {
    pub(in crate::broker::core) fn set_aside(
        &mut self,
        queue: &Arc<str>,
        sequence: Sequence,
        reason: &'static str,
        effects: &mut Effects,
    ) {
        let Ok((number, queue)) = self.find_mut(queue) else { return };
        let found = queue.backlog.by_age().find(|(_, entry)| entry.sequence == sequence);
        let Some((slot, _)) = found else { return };
        let message = queue.backlog.remove(slot).id.to_string();
        effects.records.push(Record::SetAside { sequence, reason });
        let (queue, reason) = (queue.name().clone(), reason.to_owned());
        effects.events.push(Event::Damaged { queue, message, reason });
        self.touch(number);
    }
}
