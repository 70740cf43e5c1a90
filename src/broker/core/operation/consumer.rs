//! Attaching, changing and detaching a queue's consumer.

use crate::broker::core::{
    AttachRefusal, ChangeSource, ConsumerExists, ConsumerNotFound, ConsumerRow, ConsumerSettings, Core,
    DetachRefusal, Effects, FreshIds, OwnDeadLetterQueue, QueueNumber, ResourceId,
};

impl Core {
    pub(in crate::broker::core) fn attach_consumer(
        &mut self,
        queue: &str,
        settings: ConsumerSettings,
        source: ChangeSource,
        mut ids: FreshIds,
        effects: &mut Effects,
    ) -> Result<ConsumerRow, AttachRefusal> {
        let (number, queue) = self.find_mut(queue)?;
        check_dead_letter_queue(queue.name(), &settings)?;
        if let Some(consumer) = &queue.row.consumer {
            return Err(ConsumerExists::here(queue.name(), &consumer.settings, &settings).into());
        }
        Ok(self.set_consumer(number, settings, source, &mut ids, effects))
    }

    pub(in crate::broker::core) fn update_consumer(
        &mut self,
        queue: &str,
        consumer: ResourceId,
        settings: ConsumerSettings,
        source: ChangeSource,
        mut ids: FreshIds,
        effects: &mut Effects,
    ) -> Result<ConsumerRow, AttachRefusal> {
        let number = self.find(queue)?;
        self.check_consumer(number, consumer)?;
        if let Some(queue) = self.queues.get(&number) {
            check_dead_letter_queue(queue.name(), &settings)?;
        }
        Ok(self.set_consumer(number, settings, source, &mut ids, effects))
    }

    pub(in crate::broker::core) fn detach_consumer(
        &mut self,
        queue: &str,
        consumer: ResourceId,
        effects: &mut Effects,
    ) -> Result<(), DetachRefusal> {
        let number = self.find(queue)?;
        self.check_consumer(number, consumer)?;
        self.remove_consumer(number, effects);
        Ok(())
    }

    /// Gives the queue this consumer; one that is there keeps its id.
    pub(in crate::broker::core) fn set_consumer(
        &mut self,
        number: QueueNumber,
        settings: ConsumerSettings,
        source: ChangeSource,
        ids: &mut FreshIds,
        effects: &mut Effects,
    ) -> ConsumerRow {
        if let Some(name) = settings.dead_letter_queue() {
            self.ensure_queue(name, source, ids, effects);
        }
        let now = self.now;
        let existing = self.queues.get(&number).and_then(|queue| queue.row.consumer.as_ref());
        let (id, created_at) = existing.map_or_else(
            || (ids.next(u32::MAX - number.0), now),
            |consumer| (consumer.id, consumer.created_at),
        );
        let consumer = ConsumerRow { id, settings, created_at, modified_at: now, source };
        if let Some(queue) = self.queues.get_mut(&number) {
            queue.row.consumer = Some(consumer.clone());
            queue.consumer_changed();
            effects.records.push(queue.record());
        }
        self.touch(number);
        consumer
    }

    pub(in crate::broker::core) fn remove_consumer(&mut self, number: QueueNumber, effects: &mut Effects) {
        if let Some(queue) = self.queues.get_mut(&number) {
            queue.row.consumer = None;
            queue.consumer_changed();
            effects.records.push(queue.record());
        }
        self.touch(number);
    }

    fn check_consumer(&self, number: QueueNumber, consumer: ResourceId) -> Result<(), ConsumerNotFound> {
        let queue = self.queues.get(&number);
        let existing = queue.and_then(|queue| queue.row.consumer.as_ref());
        if existing.is_some_and(|existing| existing.id == consumer) {
            return Ok(());
        }
        let queue = queue.map(|queue| queue.name().to_string()).unwrap_or_default();
        Err(ConsumerNotFound { queue, consumer: consumer.to_string() })
    }
}

pub(super) fn check_dead_letter_queue(
    queue: &str,
    settings: &ConsumerSettings,
) -> Result<(), OwnDeadLetterQueue> {
    if settings.dead_letter_queue() == Some(queue) {
        return Err(OwnDeadLetterQueue { queue: queue.to_owned() });
    }
    Ok(())
}
