//! Beginning anew: nothing is left but what configuration files say.

use std::collections::BTreeSet;

use crate::broker::core::concurrency::Concurrency;
use crate::broker::core::{ChangeSource, Core, Effects, Event, FreshIds, QueueNumber, QueueSettings, Record};

impl Core {
    /// Forgets all messages, deliveries and leases, and every change that was made through the API: queues that
    /// are in no configuration go, the others and their consumers become what was declared. Outcomes of
    /// deliveries that run are ignored from now on.
    pub(in crate::broker::core) fn reset(
        &mut self,
        declared: &BTreeSet<String>,
        mut ids: FreshIds,
        effects: &mut Effects,
    ) {
        self.deliveries.clear();
        // Orders that are not released yet are of messages that are no more.
        effects.deliveries.clear();
        let numbers: Vec<QueueNumber> = self.queues.keys().copied().collect();
        for number in numbers {
            self.reset_queue(number, effects);
            self.restore_consumer(number, &mut ids, effects);
            self.touch(number);
        }
        self.forget_queues_beyond(declared, effects);
        effects.events.push(Event::Reset);
    }

    fn reset_queue(&mut self, number: QueueNumber, effects: &mut Effects) {
        let Some(queue) = self.queues.get_mut(&number) else { return };
        queue.backlog.clear();
        queue.concurrency = Concurrency::default();
        queue.batch_since = None;
        queue.rate = (0, 0);
        queue.row.settings = QueueSettings::default();
        queue.row.purged_at = None;
        effects.records.push(queue.record());
        effects.records.push(Record::QueuePurged(number));
    }

    /// The consumer is what a configuration file declares, or there is none.
    fn restore_consumer(&mut self, number: QueueNumber, ids: &mut FreshIds, effects: &mut Effects) {
        let Some(row) = self.queues.get(&number).map(|queue| &queue.row) else { return };
        let present = row.consumer.as_ref().map(|consumer| &consumer.settings);
        match row.declared_consumer.clone() {
            declared if declared.as_ref() == present => {}
            Some(settings) => {
                self.set_consumer(number, settings, ChangeSource::Config, ids, effects);
            }
            None => self.remove_consumer(number, effects),
        }
    }

    fn forget_queues_beyond(&mut self, declared: &BTreeSet<String>, effects: &mut Effects) {
        let beyond = self.queues.values().filter(|queue| {
            let row = &queue.row;
            row.source == ChangeSource::Api && row.consumer.is_none() && !declared.contains(&*row.name)
        });
        let names: Vec<_> = beyond.map(|queue| queue.name().clone()).collect();
        for name in names {
            // One that takes the dead letters of another stays.
            let _ = self.delete_queue(&name, effects);
        }
    }
}
