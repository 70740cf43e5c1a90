//! Applying what configuration files say.
//!
//! The most recent change wins: a declaration is compared with the one before it, not with what is in
//! effect, so that a change made through the API holds until the file says something else.
//!
//! Several processes may each declare a topology. They merge: none takes back what another living process
//! declared, and none declares a consumer of a queue that another consumes.

use std::collections::{BTreeMap, BTreeSet};

use super::consumer::check_dead_letter_queue;
use crate::broker::core::queue::Queue;
use crate::broker::core::{
    ChangeSource, ConfigureRefusal, ConsumerExists, ConsumerSettings, Core, Effects, FreshIds, ProcessNumber,
    QueueNumber, Topology,
};

impl Core {
    pub(in crate::broker::core) fn configure(
        &mut self,
        process: ProcessNumber,
        topology: &Topology,
        mut ids: FreshIds,
        effects: &mut Effects,
    ) -> Result<(), ConfigureRefusal> {
        let declared = declarations(topology)?;
        for (queue, settings) in &declared {
            self.check_other_process(process, queue, settings)?;
        }
        for name in topology.queues.iter().map(String::as_str).chain(declared.keys().copied()) {
            self.ensure_queue(name, ChangeSource::Config, &mut ids, effects);
        }
        for (queue, settings) in &declared {
            self.declare(process, queue, settings, &mut ids, effects);
        }
        self.retract(process, topology, &declared, effects);
        let declaring = self.processes.entry(process).or_default();
        declaring.workers = topology.workers.iter().cloned().collect();
        declaring.producers.clone_from(&topology.producers);
        Ok(())
    }

    fn declare(
        &mut self,
        process: ProcessNumber,
        name: &str,
        settings: &ConsumerSettings,
        ids: &mut FreshIds,
        effects: &mut Effects,
    ) {
        let number = self.ensure_queue(name, ChangeSource::Config, ids, effects);
        if let Some(target) = settings.dead_letter_queue() {
            self.ensure_queue(target, ChangeSource::Config, ids, effects);
        }
        self.touch(number);
        let Some(queue) = self.queues.get_mut(&number) else { return };
        queue.declared_by = Some(process);
        if queue.row.declared_consumer.as_ref() == Some(settings) {
            return;
        }
        queue.row.declared_consumer = Some(settings.clone());
        self.set_consumer(number, settings.clone(), ChangeSource::Config, ids, effects);
    }

    /// Detaches consumers that were declared by the process, or for its workers by one that is gone, and are
    /// no more.
    fn retract(
        &mut self,
        process: ProcessNumber,
        topology: &Topology,
        declared: &BTreeMap<&str, ConsumerSettings>,
        effects: &mut Effects,
    ) {
        let workers: BTreeSet<&str> = topology.workers.iter().map(String::as_str).collect();
        let gone = |queue: &Queue| {
            let before = queue.row.declared_consumer.as_ref().and_then(ConsumerSettings::worker);
            let ours = match queue.declared_by {
                Some(declared_by) => declared_by == process,
                None => before.is_some_and(|worker| workers.contains(worker)),
            };
            ours && !declared.contains_key(queue.name().as_ref())
        };
        let gone = self.queues.iter().filter(|(_, queue)| gone(queue)).map(|(number, _)| *number);
        for number in gone.collect::<Vec<QueueNumber>>() {
            let Some(queue) = self.queues.get_mut(&number) else { continue };
            queue.row.declared_consumer = None;
            queue.declared_by = None;
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
        if let Some(other) = declared.insert(&declaration.queue, settings.clone()) {
            return Err(ConsumerExists::here(&declaration.queue, &other, &settings).into());
        }
    }
    Ok(declared)
}
