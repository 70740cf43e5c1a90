//! Taking back what could not be made durable and was not released.

use crate::broker::core::backlog::State;
use crate::broker::core::{Core, DeliveryNumber, Effects, PulledLease, SentSpan, Sequence};

impl Core {
    /// Takes back messages of a send: they were never accepted.
    pub(in crate::broker::core) fn withdraw(&mut self, span: &SentSpan) {
        let Ok((number, queue)) = self.find_mut(&span.queue) else { return };
        // The newest first: each is then found at once.
        for sequence in (span.first.0..span.first.0 + u64::from(span.count)).rev() {
            if let Some(slot) = queue.backlog.find_newest(Sequence(sequence)) {
                queue.backlog.remove(slot);
            }
        }
        self.touch(number);
    }

    /// Takes back a delivery: its messages are ready again and no attempt is counted.
    pub(in crate::broker::core) fn cancel(&mut self, number: DeliveryNumber) {
        let now = self.now;
        let Some(delivery) = self.deliveries.remove(&number) else { return };
        let Some(queue) = self.queues.get_mut(&delivery.queue) else { return };
        queue.concurrency.cancel();
        for (slot, sequence) in delivery.messages {
            if queue.backlog.get(slot, sequence).is_some() {
                queue.backlog.put_back(slot, now, now);
            }
        }
        self.touch(delivery.queue);
    }

    /// Takes back leases: their messages are ready again and no attempt is counted.
    pub(in crate::broker::core) fn cancel_leases(&mut self, leases: Vec<PulledLease>, effects: &mut Effects) {
        let now = self.now;
        for lease in leases {
            let Ok((number, queue)) = self.find_mut(&lease.queue) else { continue };
            let Some(slot) = queue.backlog.find_pulled(lease.sequence) else { continue };
            if queue.backlog.entry(slot).state == State::Pulled {
                queue.backlog.put_back(slot, now, now);
                effects.records.push(queue.backlog.entry(slot).changed());
            }
            self.touch(number);
        }
    }
}
