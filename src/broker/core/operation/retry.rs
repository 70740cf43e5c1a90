//! A delivery of a message did not succeed: it is delivered again, becomes a dead letter, or is dropped.

use crate::broker::core::backlog::Slot;
use crate::broker::core::settings::RetryPolicy;
use crate::broker::core::{ChangeSource, Core, Effects, Event, FreshIds, QueueNumber, Record};

impl Core {
    /// Counts the attempt and decides what becomes of the message. Without a delay the policy's holds.
    pub(in crate::broker::core) fn retry(
        &mut self,
        number: QueueNumber,
        slot: Slot,
        policy: &RetryPolicy,
        delay_seconds: Option<u32>,
        effects: &mut Effects,
    ) {
        if self.expire_returned(number, slot, effects) {
            return;
        }
        let now = self.now;
        let Some(queue) = self.queues.get_mut(&number) else { return };
        let attempt = queue.backlog.fail(slot);
        if attempt > policy.max_retries {
            return self.give_up(number, slot, policy, attempt, effects);
        }
        let delay_seconds = delay_seconds.unwrap_or(policy.retry_delay_seconds);
        let due = now.plus_seconds(u64::from(delay_seconds));
        queue.backlog.put_back(slot, due, now);
        let entry = queue.backlog.entry(slot);
        effects.records.push(entry.changed());
        let (id, queue) = (entry.id, queue.name().clone());
        effects.events.push(Event::Retried { id, queue, attempt, due });
    }

    /// The last attempt has failed.
    fn give_up(
        &mut self,
        number: QueueNumber,
        slot: Slot,
        policy: &RetryPolicy,
        attempts: u32,
        effects: &mut Effects,
    ) {
        let target = policy.dead_letter_queue.as_deref();
        let target = target.map(|name| self.dead_letter_queue(name, number, slot, effects));
        match target.filter(|target| *target != number) {
            Some(target) => self.dead_letter(number, slot, target, attempts, effects),
            None => {
                let Some(queue) = self.queues.get_mut(&number) else { return };
                let entry = queue.backlog.remove(slot);
                effects.records.push(Record::Removed(entry.sequence));
                let queue = queue.name().clone();
                effects.events.push(Event::Dropped { id: entry.id, queue, attempts });
            }
        }
    }

    /// Finds the dead letter queue, or makes it: it may have been deleted since the delivery began.
    fn dead_letter_queue(
        &mut self,
        name: &str,
        number: QueueNumber,
        slot: Slot,
        effects: &mut Effects,
    ) -> QueueNumber {
        let queue = self.queues.get(&number);
        let id = queue.map(|queue| *queue.backlog.entry(slot).id.as_bytes());
        let consumer = queue.and_then(|queue| queue.row.consumer.as_ref());
        let source = consumer.map_or(ChangeSource::Config, |consumer| consumer.source);
        self.ensure_queue(name, source, &mut FreshIds::new(id.into_iter().collect()), effects)
    }

    /// The message goes on in the dead letter queue, which remembers where it comes from.
    fn dead_letter(
        &mut self,
        from: QueueNumber,
        slot: Slot,
        to: QueueNumber,
        attempts: u32,
        effects: &mut Effects,
    ) {
        let Some(left) = self.queues.get(&from).map(|queue| queue.row.clone()) else { return };
        let Some((id, dead_letter_queue)) = self.transfer(from, slot, to, Some(left.id), effects) else {
            return;
        };
        effects.events.push(Event::DeadLettered { id, queue: left.name, dead_letter_queue, attempts });
    }
}
