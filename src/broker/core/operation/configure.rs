//! Applying what configuration files say.
//!
//! The most recent change wins: a declaration is compared with the one before it, not with what is in
//! effect, so that a change made through the API holds until the file says something else.

use std::collections::{BTreeMap, BTreeSet};

use super::consumer::check_dead_letter_queue;
use crate::broker::core::queue::Queue;
use crate::broker::core::{
    ChangeSource, ConfigureRefusal, ConsumerExists, ConsumerSettings, Core, Effects, FreshIds, QueueNumber,
    Topology,
};

impl Core {
    pub(in crate::broker::core) fn configure(
        &mut self,
        topology: &Topology,
        mut ids: FreshIds,
        effects: &mut Effects,
    ) -> Result<(), ConfigureRefusal> {
        let declared = declarations(topology)?;
        for (queue, settings) in &declared {
            self.check_other_consumer(topology, queue, settings)?;
        }
        for name in topology.queues.iter().map(String::as_str).chain(declared.keys().copied()) {
            self.ensure_queue(name, &mut ids, effects);
        }
        for (queue, settings) in &declared {
            self.declare(queue, settings, &mut ids, effects);
        }
        self.retract(topology, &declared, effects);
        Ok(())
    }

    /// A queue that another running worker consumes is not taken from it.
    fn check_other_consumer(
        &self,
        topology: &Topology,
        queue: &str,
        settings: &ConsumerSettings,
    ) -> Result<(), ConsumerExists> {
        let row = self.names.get(queue).and_then(|number| self.queues.get(number)).map(|queue| &queue.row);
        let Some(consumer) = row.and_then(|row| row.consumer.as_ref()) else { return Ok(()) };
        let Some(existing) = consumer.settings.worker() else { return Ok(()) };
        let ours = topology.workers.iter().any(|worker| worker == existing);
        if ours || !self.workers.contains(existing) || Some(existing) == settings.worker() {
            return Ok(());
        }
        Err(ConsumerExists {
            queue: queue.to_owned(),
            existing: existing.to_owned(),
            requested: settings.label().to_owned(),
        })
    }

    fn declare(
        &mut self,
        name: &str,
        settings: &ConsumerSettings,
        ids: &mut FreshIds,
        effects: &mut Effects,
    ) {
        let number = self.ensure_queue(name, ids, effects);
        if let Some(target) = settings.dead_letter_queue() {
            self.ensure_queue(target, ids, effects);
        }
        let Some(queue) = self.queues.get_mut(&number) else { return };
        if queue.row.declared_consumer.as_ref() == Some(settings) {
            return;
        }
        queue.row.declared_consumer = Some(settings.clone());
        self.set_consumer(number, settings.clone(), ChangeSource::Config, ids, effects);
    }

    /// Detaches consumers that were declared for the session's workers and are no more.
    fn retract(
        &mut self,
        topology: &Topology,
        declared: &BTreeMap<&str, ConsumerSettings>,
        effects: &mut Effects,
    ) {
        let workers: BTreeSet<&str> = topology.workers.iter().map(String::as_str).collect();
        let gone = |queue: &Queue| {
            let before = queue.row.declared_consumer.as_ref().and_then(ConsumerSettings::worker);
            before.is_some_and(|worker| workers.contains(worker))
                && !declared.contains_key(queue.name().as_ref())
        };
        let gone = self.queues.iter().filter(|(_, queue)| gone(queue)).map(|(number, _)| *number);
        for number in gone.collect::<Vec<QueueNumber>>() {
            let Some(queue) = self.queues.get_mut(&number) else { continue };
            queue.row.declared_consumer = None;
            let consumer = queue.row.consumer.as_ref();
            if consumer.is_some_and(|consumer| consumer.source == ChangeSource::Config) {
                self.remove_consumer(number, effects);
            } else {
                effects.records.push(queue.record());
            }
        }
    }
}

/// The consumer of each queue, if each has but one and none sends dead letters to itself.
fn declarations(topology: &Topology) -> Result<BTreeMap<&str, ConsumerSettings>, ConfigureRefusal> {
    let mut declared: BTreeMap<&str, ConsumerSettings> = BTreeMap::new();
    for declaration in &topology.consumers {
        let settings = ConsumerSettings::Worker(declaration.consumer.clone());
        check_dead_letter_queue(&declaration.queue, &settings)?;
        let requested = settings.label().to_owned();
        if let Some(other) = declared.insert(&declaration.queue, settings) {
            let (queue, existing) = (declaration.queue.clone(), other.label().to_owned());
            return Err(ConsumerExists { queue, existing, requested }.into());
        }
    }
    Ok(declared)
}
