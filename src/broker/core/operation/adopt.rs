//! Deliveries that began under an earlier owner of the queues and go on under this one.

use std::collections::BTreeMap;

use crate::base::MessageId;
use crate::broker::core::backlog::{Slot, State};
use crate::broker::core::{Core, DeliveryNumber, HeldDelivery, RunningDelivery, Sequence};

/// Stands for a message of the delivery that is none any more, so that the others keep their places.
const GONE: (Slot, Sequence) = (0, Sequence(u64::MAX));

impl Core {
    /// Takes what a worker holds as a delivery that runs. Messages that are gone, or that something else has happened to
    /// meanwhile, are no part of it; `None` when there are no others.
    pub(in crate::broker::core) fn adopt(&mut self, held: &HeldDelivery) -> Option<DeliveryNumber> {
        let (number, queue) = self.named_mut(&held.queue)?;
        let wanted: BTreeMap<MessageId, u32> = held.messages.iter().copied().collect();
        let ready = queue.backlog.by_age().filter(|(_, entry)| {
            entry.state == State::Ready && wanted.get(&entry.id) == Some(&entry.head().attempts)
        });
        let found = ready.take(wanted.len()).map(|(slot, entry)| (entry.id, (slot, entry.sequence)));
        let found: BTreeMap<MessageId, (Slot, Sequence)> = found.collect();
        if found.is_empty() {
            return None;
        }
        found.values().for_each(|(slot, _)| queue.backlog.deliver(*slot));
        queue.concurrency.begin();
        let messages = held.messages.iter().map(|(id, _)| found.get(id).copied().unwrap_or(GONE)).collect();
        let (worker, policy) = (held.worker.clone(), queue.policy.clone());
        let delivery = self.next_delivery;
        self.next_delivery.0 += 1;
        self.deliveries.insert(delivery, RunningDelivery { queue: number, worker, messages, policy });
        self.touch(number);
        Some(delivery)
    }
}
