//! Building the core from what is stored.

use super::{ChangeSource, Effects, Event};
use super::{Core, CoreLimits, FreshIds, Input, MessageRow, QueueNumber, QueueRow, QueueSettings, Sequence};
use crate::base::Timestamp;

/// Takes stored rows, queues first, messages by sequence, and becomes a [`Core`].
#[derive(Debug)]
pub struct Loader {
    core: Core,
    /// Messages whose queue's row is missing, which are given one again.
    orphans: Effects,
}

impl Loader {
    /// Nothing loaded; messages that are due at `now` will be ready.
    pub fn new(limits: CoreLimits, now: Timestamp) -> Self {
        let mut core = Core::new(limits);
        core.now = now;
        Self { core, orphans: Effects::default() }
    }

    /// Takes a queue.
    pub fn queue(&mut self, row: QueueRow) {
        self.core.add_queue(row);
    }

    /// Takes messages. Those whose queue is unknown get a queue named after its number, so that nothing is
    /// lost.
    pub fn messages(&mut self, rows: &[MessageRow]) {
        let now = self.core.now;
        for rows in rows.chunk_by(|one, next| one.queue == next.queue) {
            let (Some(first), Some(last)) = (rows.first(), rows.last()) else { continue };
            if !self.core.queues.contains_key(&first.queue) {
                self.recover_queue(first.queue);
            }
            if let Some(queue) = self.core.queues.get_mut(&first.queue) {
                for row in rows {
                    queue.backlog.insert(row, now);
                }
            }
            self.taken(last.sequence);
        }
    }

    /// No message that comes later may have this number, or a lower one.
    pub fn taken(&mut self, sequence: Sequence) {
        let next = Sequence(sequence.0.saturating_add(1));
        self.core.next_sequence = self.core.next_sequence.max(next);
    }

    /// The core, and what is to be done before anything else.
    pub fn finish(mut self) -> (Core, Effects) {
        for queue in self.core.queues.values_mut() {
            queue.backlog.sort_ready();
        }
        self.core.touched = self.core.queues.keys().copied().collect();
        let mut effects = self.orphans;
        let now = self.core.now;
        self.core.step(now, Input::Tick, &mut effects);
        effects.replies.clear();
        (self.core, effects)
    }

    fn recover_queue(&mut self, number: QueueNumber) {
        let mut name = format!("recovered-{}", number.0);
        while self.core.names.contains_key(name.as_str()) {
            name.push('-');
        }
        let next = std::mem::replace(&mut self.core.next_queue, number);
        let id = FreshIds::default().next(number.0);
        let settings = QueueSettings::default();
        let source = ChangeSource::Config;
        // The name is free, so it is created.
        let _ = self.core.create_queue(&name, settings, id, source, &mut self.orphans);
        self.core.next_queue = self.core.next_queue.max(next);
        self.orphans.events.push(Event::QueueRecovered { queue: name.into(), number });
    }
}
