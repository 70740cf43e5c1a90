//! The end of a delivery to a worker.

use crate::base::MessageId;
use crate::broker::core::{
    Core, Decision, DeliveryNumber, Effects, Event, HandlerResult, Outcome, Record, Reply, RunningDelivery,
};

impl Core {
    pub(in crate::broker::core) fn finish(
        &mut self,
        number: DeliveryNumber,
        outcome: &Outcome,
        duration_ms: u64,
        effects: &mut Effects,
    ) -> Reply {
        // A delivery that was taken back, or finished before.
        let Some(delivery) = self.deliveries.remove(&number) else { return Reply::None };
        if let Some(queue) = self.queues.get_mut(&delivery.queue) {
            let now = self.now;
            let waiting = queue.batch_due().is_some_and(|due| due <= now);
            queue.concurrency.end(outcome.result == HandlerResult::Ok, duration_ms, waiting);
        }
        let decisions = outcome.decisions(delivery.messages.len());
        let acked = decisions.iter().filter(|decision| **decision == Decision::Ack).count();
        if let Some(queue) = self.queues.get(&delivery.queue) {
            effects.events.push(Event::DeliveryFinished {
                queue: queue.name().clone(),
                worker: delivery.worker.clone(),
                acked: u32::try_from(acked).unwrap_or(u32::MAX),
                total: u32::try_from(decisions.len()).unwrap_or(u32::MAX),
                duration_ms,
                failure: match &outcome.result {
                    HandlerResult::Ok => None,
                    HandlerResult::Failed(reason) => Some(reason.clone()),
                },
            });
        }
        self.decide(&delivery, &decisions, effects);
        self.touch(delivery.queue);
        Reply::None
    }

    /// Acknowledges and retries. Messages that were purged meanwhile, or went with their queue, are no more.
    fn decide(&mut self, delivery: &RunningDelivery, decisions: &[Decision], effects: &mut Effects) {
        let mut acknowledged: Vec<MessageId> = Vec::new();
        for ((slot, sequence), decision) in delivery.messages.iter().zip(decisions) {
            let Some(queue) = self.queues.get_mut(&delivery.queue) else { return };
            if queue.backlog.get(*slot, *sequence).is_none() {
                continue;
            }
            match decision {
                Decision::Ack => {
                    acknowledged.push(queue.backlog.remove(*slot).id);
                    effects.records.push(Record::Removed(*sequence));
                }
                Decision::Retry { delay_seconds } => {
                    self.retry(delivery.queue, *slot, &delivery.policy, *delay_seconds, effects);
                }
            }
        }
        let Some(queue) = self.queues.get(&delivery.queue) else { return };
        if !acknowledged.is_empty() {
            effects.events.push(Event::Acknowledged { queue: queue.name().clone(), ids: acknowledged });
        }
    }
}
