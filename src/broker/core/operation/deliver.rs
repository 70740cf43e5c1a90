//! Handing batches to workers.

use crate::base::Timestamp;
use crate::broker::core::queue::Queue;
use crate::broker::core::{Core, DeliveryOrder, Effects, Event, ProcessNumber, QueueNumber, RunningDelivery};

impl Core {
    /// Whether batches of this queue may go at all.
    pub(in crate::broker::core) fn delivers(&self, queue: &Queue) -> bool {
        self.delivering && !queue.row.settings.delivery_paused && self.recipient(queue).is_some()
    }

    /// Hands over every batch of this queue that is due, as far as its concurrency goes.
    pub(in crate::broker::core) fn deliver(&mut self, number: QueueNumber, effects: &mut Effects) {
        let now = self.now;
        let Some(queue) = self.queues.get(&number) else { return };
        let Some(process) = self.recipient(queue).filter(|_| self.delivers(queue)) else {
            return self.withhold(number);
        };
        while let Some(queue) = self.queues.get_mut(&number) {
            watch_batch(queue, now);
            let due = queue.batch_due().is_some_and(|due| due <= now);
            if !due {
                queue.concurrency.unblock();
                return;
            }
            let Some(consumer) = queue.worker_consumer() else { return };
            let (max_concurrency, max_batch_size) = (consumer.max_concurrency, consumer.max_batch_size);
            let ready = queue.backlog.ready_count();
            if !queue.concurrency.admits(max_concurrency, ready, now) {
                return;
            }
            self.deliver_one(number, process, max_batch_size, effects);
        }
    }

    /// Nothing may go; a batch that fills is watched all the same.
    fn withhold(&mut self, number: QueueNumber) {
        let now = self.now;
        let Some(queue) = self.queues.get_mut(&number) else { return };
        watch_batch(queue, now);
        queue.concurrency.unblock();
    }

    fn deliver_one(
        &mut self,
        number: QueueNumber,
        process: ProcessNumber,
        max_batch_size: u32,
        effects: &mut Effects,
    ) {
        let Some(queue) = self.queues.get_mut(&number) else { return };
        let Some(worker) = queue.worker.clone() else { return };
        let (mut slots, mut heads, mut bytes) = (Vec::new(), Vec::new(), 0);
        while let Some(slot) = queue.backlog.first_ready().filter(|_| slots.len() < max_batch_size as usize) {
            queue.backlog.deliver(slot);
            let entry = queue.backlog.entry(slot);
            slots.push((slot, entry.sequence));
            heads.push(entry.head());
            bytes += u64::from(entry.size);
        }
        queue.concurrency.begin();
        // What is left over waits a fresh timeout.
        queue.batch_since = (queue.backlog.ready_count() > 0).then_some(self.now);
        effects.events.push(Event::Delivered {
            queue: queue.name().clone(),
            worker: worker.clone(),
            messages: heads.iter().map(|head| (head.id, head.attempts)).collect(),
            running: queue.concurrency.running(),
            concurrency: queue.concurrency.limit(),
        });
        let delivery = self.next_delivery;
        self.next_delivery.0 += 1;
        effects.deliveries.push(DeliveryOrder {
            number: delivery,
            queue: queue.name().clone(),
            worker: worker.clone(),
            process,
            messages: heads,
            metrics: queue.backlog.metrics_without(&slots, bytes),
        });
        let policy = queue.policy.clone();
        self.deliveries.insert(delivery, RunningDelivery { queue: number, worker, messages: slots, policy });
    }
}

/// A batch begins to fill when the first message becomes ready; later ones do not extend the wait.
fn watch_batch(queue: &mut Queue, now: Timestamp) {
    match queue.backlog.first_ready() {
        None => {
            queue.batch_since = None;
            if queue.concurrency.running() == 0 {
                queue.concurrency.rest();
            }
        }
        Some(first) => {
            let ready_since = queue.backlog.entry(first).due.min(now);
            // Those that began to wait before may be gone: expired, or purged.
            let since = queue.batch_since.map_or(ready_since, |since| since.max(ready_since));
            queue.batch_since = Some(since);
        }
    }
}
