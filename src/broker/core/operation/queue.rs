//! Creating, changing and deleting queues.

use std::sync::Arc;

use crate::broker::core::queue::Queue;
use crate::broker::core::{
    ChangeSource, Core, CreateRefusal, DeleteRefusal, Effects, Event, FreshIds, NameTaken, QueueChange,
    QueueNotFound, QueueNumber, QueueRow, QueueSettings, Record, ResourceId, UpdateRefusal,
};

impl Core {
    pub(in crate::broker::core) fn create_queue(
        &mut self,
        name: &str,
        settings: QueueSettings,
        id: ResourceId,
        source: ChangeSource,
        effects: &mut Effects,
    ) -> Result<QueueRow, CreateRefusal> {
        if let Some(existing) = self.names.get(name).and_then(|number| self.queues.get(number)) {
            // The same request once more, because its answer got lost.
            let again = existing.row.id == id;
            return again.then(|| existing.row.clone()).ok_or(NameTaken { name: name.to_owned() }.into());
        }
        let row = QueueRow {
            number: self.next_queue,
            name: Arc::from(name),
            id,
            settings,
            created_at: self.now,
            modified_at: self.now,
            source,
            purged_at: None,
            consumer: None,
            declared_consumer: None,
        };
        effects.records.push(Record::Queue(Box::new(row.clone())));
        effects.events.push(Event::QueueCreated { queue: row.name.clone() });
        self.add_queue(row.clone());
        Ok(row)
    }

    /// The queue of this name, created if there is none.
    pub(in crate::broker::core) fn ensure_queue(
        &mut self,
        name: &str,
        source: ChangeSource,
        ids: &mut FreshIds,
        effects: &mut Effects,
    ) -> QueueNumber {
        if let Some(number) = self.names.get(name) {
            return *number;
        }
        let number = self.next_queue;
        let id = ids.next(number.0);
        // The name is free, so it is created.
        let _ = self.create_queue(name, QueueSettings::default(), id, source, effects);
        number
    }

    pub(in crate::broker::core) fn update_queue(
        &mut self,
        queue: &str,
        change: QueueChange,
        source: ChangeSource,
        effects: &mut Effects,
    ) -> Result<QueueRow, UpdateRefusal> {
        let number = self.find(queue)?;
        let QueueChange { name, delivery_delay_seconds, delivery_paused, retention_seconds } = change;
        let renamed = match name {
            Some(name) => self.rename(number, name, effects)?,
            None => false,
        };
        let now = self.now;
        let not_found = || QueueNotFound { queue: queue.to_owned() };
        let queue = self.queues.get_mut(&number).ok_or_else(not_found)?;
        let before = queue.row.settings;
        let settings = QueueSettings {
            delivery_delay_seconds: delivery_delay_seconds.unwrap_or(before.delivery_delay_seconds),
            delivery_paused: delivery_paused.unwrap_or(before.delivery_paused),
            retention_seconds: retention_seconds.unwrap_or(before.retention_seconds),
        };
        if settings == before && !renamed {
            // Nobody has changed anything.
            return Ok(queue.row.clone());
        }
        queue.row.settings = settings;
        queue.row.modified_at = now;
        queue.row.source = source;
        effects.records.push(queue.record());
        let row = queue.row.clone();
        self.touch(number);
        Ok(row)
    }

    pub(in crate::broker::core) fn delete_queue(
        &mut self,
        queue: &str,
        effects: &mut Effects,
    ) -> Result<(), DeleteRefusal> {
        let number = self.find(queue)?;
        let Some(name) = self.queues.get(&number).map(|queue| queue.name().clone()) else { return Ok(()) };
        let consumers_of = self.queues_with_dead_letters_to(&name);
        if !consumers_of.is_empty() {
            let consumers_of = consumers_of.into_iter().map(|(_, name)| name.to_string()).collect();
            return Err(DeleteRefusal::DeadLetterQueue { queue: name.to_string(), consumers_of });
        }
        let workers = self.producers().of(&name);
        if !workers.is_empty() {
            return Err(DeleteRefusal::Bound { queue: name.to_string(), workers });
        }
        if let Some(queue) = self.queues.remove(&number) {
            self.names.remove(&queue.row.name);
            self.ids.remove(&queue.row.id);
            if let Some(deadline) = queue.deadline {
                self.deadlines.remove(&(deadline, number));
            }
        }
        effects.records.push(Record::QueueDeleted(number));
        effects.events.push(Event::QueueDeleted { queue: name });
        Ok(())
    }

    pub(in crate::broker::core) fn add_queue(&mut self, row: QueueRow) {
        let number = row.number;
        self.next_queue = self.next_queue.max(QueueNumber(number.0.saturating_add(1)));
        self.names.insert(row.name.clone(), number);
        self.ids.insert(row.id, number);
        self.queues.insert(number, Queue::new(row));
    }

    /// Renames a queue, also where it is named as a dead letter queue; whether that is a change.
    fn rename(
        &mut self,
        number: QueueNumber,
        name: String,
        effects: &mut Effects,
    ) -> Result<bool, NameTaken> {
        let name: Arc<str> = name.into();
        if self.names.get(&name).is_some_and(|other| *other != number) {
            return Err(NameTaken { name: name.to_string() });
        }
        let Some(queue) = self.queues.get_mut(&number) else { return Ok(false) };
        let before = std::mem::replace(&mut queue.row.name, name.clone());
        if before == name {
            return Ok(false);
        }
        self.names.remove(&before);
        self.names.insert(name.clone(), number);
        effects.events.push(Event::QueueRenamed { queue: name.clone(), former_name: before.clone() });
        for (other, _) in self.queues_with_dead_letters_to(&before) {
            let Some(queue) = self.queues.get_mut(&other) else { continue };
            if let Some(consumer) = &mut queue.row.consumer {
                consumer.settings.set_dead_letter_queue(&name);
            }
            queue.consumer_changed();
            effects.records.push(queue.record());
        }
        Ok(true)
    }

    fn queues_with_dead_letters_to(&self, name: &str) -> Vec<(QueueNumber, Arc<str>)> {
        let naming = self.queues.iter().filter(|(_, queue)| {
            let consumer = queue.row.consumer.as_ref();
            consumer.and_then(|consumer| consumer.settings.dead_letter_queue()) == Some(name)
        });
        naming.map(|(number, queue)| (*number, queue.name().clone())).collect()
    }
}
