//! Taking back what could not be made durable and was not released.

use crate::broker::core::backlog::State;
use crate::broker::core::{
    Core, DeliveryNumber, Effects, Event, PulledLease, RunningDelivery, SentSpan, Sequence,
};

impl Core {
    /// Takes back messages of a send: they were never accepted.
    pub(in crate::broker::core) fn withdraw(&mut self, span: &SentSpan) {
        let Some((number, queue)) = self.named_mut(&span.queue) else { return };
        // The newest first: each is then found at once.
        for sequence in (span.first.0..span.first.0 + u64::from(span.count)).rev() {
            if let Some(slot) = queue.backlog.find_newest(Sequence(sequence)) {
                queue.backlog.remove(slot);
            }
        }
        self.touch(number);
    }

    /// Takes back a delivery: its messages are ready again and no attempt is counted.
    pub(in crate::broker::core) fn cancel(&mut self, number: DeliveryNumber) -> Option<RunningDelivery> {
        let now = self.now;
        let delivery = self.deliveries.remove(&number)?;
        let queue = self.queues.get_mut(&delivery.queue)?;
        queue.concurrency.cancel();
        for (slot, sequence) in &delivery.messages {
            if queue.backlog.get(*slot, *sequence).is_some() {
                queue.backlog.put_back(*slot, now, now);
            }
        }
        self.touch(delivery.queue);
        Some(delivery)
    }

    /// Takes back a delivery that was handed over, because its process is gone.
    pub(in crate::broker::core) fn give_back(&mut self, number: DeliveryNumber, effects: &mut Effects) {
        let Some(delivery) = self.cancel(number) else { return };
        let Some(queue) = self.queues.get(&delivery.queue) else { return };
        effects.events.push(Event::GivenBack {
            queue: queue.name().clone(),
            worker: delivery.worker,
            count: delivery.messages.len() as u64,
        });
    }

    /// Takes back leases: their messages are ready again and no attempt is counted.
    pub(in crate::broker::core) fn cancel_leases(&mut self, leases: Vec<PulledLease>, effects: &mut Effects) {
        let now = self.now;
        for lease in leases {
            let Some((number, queue)) = self.named_mut(&lease.queue) else { continue };
            let Some(slot) = queue.backlog.find_pulled(lease.sequence) else { continue };
            if queue.backlog.entry(slot).state == State::Pulled {
                queue.backlog.put_back(slot, now, now);
                effects.records.push(queue.backlog.entry(slot).changed());
            }
            self.touch(number);
        }
    }
}
