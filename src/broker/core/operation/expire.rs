//! Deleting messages whose retention is over: they are never delivered and never become dead letters.

use crate::broker::core::backlog::Slot;
use crate::broker::core::{Core, Effects, Event, QueueNumber, Record};

impl Core {
    /// Deletes every message of the queue whose retention is over, except those a consumer holds.
    pub(in crate::broker::core) fn expire(&mut self, number: QueueNumber, effects: &mut Effects) {
        let now = self.now;
        let Some(queue) = self.queues.get_mut(&number) else { return };
        let retention_seconds = queue.row.settings.retention_seconds;
        let mut ids = Vec::new();
        while let Some(slot) = queue.backlog.expired(retention_seconds, now) {
            let entry = queue.backlog.remove(slot);
            effects.records.push(Record::Removed(entry.sequence));
            ids.push(entry.id);
        }
        if !ids.is_empty() {
            effects.events.push(Event::Expired { queue: queue.name().clone(), ids });
        }
    }

    /// Deletes a message that comes back from a consumer after its retention was over, and says whether it
    /// was.
    pub(in crate::broker::core) fn expire_returned(
        &mut self,
        number: QueueNumber,
        slot: Slot,
        effects: &mut Effects,
    ) -> bool {
        let now = self.now;
        let Some(queue) = self.queues.get_mut(&number) else { return false };
        if queue.retained_until(queue.backlog.entry(slot).retained_since) > now {
            return false;
        }
        let entry = queue.backlog.remove(slot);
        effects.records.push(Record::Removed(entry.sequence));
        effects.events.push(Event::Expired { queue: queue.name().clone(), ids: vec![entry.id] });
        true
    }
}
