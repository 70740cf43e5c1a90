//! Bringing a queue to rest after a step: what is over expires, what is due wakes, what may go goes.

use crate::base::Timestamp;
use crate::broker::core::queue::Queue;
use crate::broker::core::{Core, Effects, QueueNumber};

impl Core {
    /// Settles every queue whose deadline has come. Delays end in all of them first: what is retried or
    /// becomes a dead letter now is ready after what was due before.
    pub(in crate::broker::core) fn wake_due(&mut self, effects: &mut Effects) {
        let due = self.deadlines.range(..=(self.now, QueueNumber(u32::MAX)));
        let due: Vec<QueueNumber> = due.map(|(_, queue)| *queue).collect();
        for number in due {
            if let Some(queue) = self.queues.get_mut(&number) {
                queue.backlog.wake_delayed(self.now);
            }
            self.touch(number);
        }
        self.settle_touched(effects);
    }

    /// Settles every queue that was touched; a dead letter touches the queue it goes to.
    pub(in crate::broker::core) fn settle_touched(&mut self, effects: &mut Effects) {
        while let Some(number) = self.touched.pop_first() {
            self.expire(number, effects);
            self.end_leases(number, effects);
            self.deliver(number, effects);
            self.schedule(number);
        }
    }

    /// Leases of pulls that are over make attempts fail.
    fn end_leases(&mut self, number: QueueNumber, effects: &mut Effects) {
        while let Some(queue) = self.queues.get(&number) {
            let Some(slot) = queue.backlog.lease_over(self.now) else { return };
            let policy = queue.policy.clone();
            self.retry(number, slot, &policy, Some(0), effects);
        }
    }

    /// Brings the queue's place in the index of deadlines up to date.
    fn schedule(&mut self, number: QueueNumber) {
        let Some(queue) = self.queues.get(&number) else { return };
        let deadline = self.next_deadline_of(queue);
        let Some(queue) = self.queues.get_mut(&number) else { return };
        if queue.deadline == deadline {
            return;
        }
        if let Some(before) = queue.deadline {
            self.deadlines.remove(&(before, number));
        }
        if let Some(deadline) = deadline {
            self.deadlines.insert((deadline, number));
        }
        queue.deadline = deadline;
    }

    fn next_deadline_of(&self, queue: &Queue) -> Option<Timestamp> {
        let retention = queue.backlog.next_expiry(queue.row.settings.retention_seconds);
        [self.next_delivery_of(queue), retention].into_iter().flatten().min()
    }

    /// When a delay or a lease ends, or a batch is due.
    pub(in crate::broker::core) fn next_delivery_of(&self, queue: &Queue) -> Option<Timestamp> {
        let batch = if self.delivers(queue) { batch_deadline(queue, self.now) } else { None };
        [queue.backlog.next_waking(), batch].into_iter().flatten().min()
    }
}

/// When the batch that fills is due; when it is due already, when patience with those that run ends.
fn batch_deadline(queue: &Queue, now: Timestamp) -> Option<Timestamp> {
    match queue.batch_due()? {
        due if due <= now => queue.concurrency.deadline(),
        due => Some(due),
    }
}
