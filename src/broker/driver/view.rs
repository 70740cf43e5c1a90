//! Looking at the queues between commits.

use crate::broker::core::{Core, MessageCursor, PeekedHead, Sequence};
use crate::broker::inquiry::{Look, Looked, PeekFailure};
use crate::broker::request::{Activity, MessagePage, PeekedMessage};
use crate::broker::storage::Storage;

/// What a look sees: everything before it is durable.
pub(super) struct View<'driver> {
    pub core: &'driver Core,
    pub storage: &'driver mut dyn Storage,
}

impl View<'_> {
    pub fn look(&mut self, look: Look) -> Looked {
        let core = self.core;
        match look {
            Look::Metrics(queue) => Looked::Metrics(core.metrics(&queue)),
            Look::Queue(queue) => Looked::Queue(core.queue(&queue).cloned().map(Box::new)),
            Look::Queues => Looked::Queues(core.queues().cloned().collect()),
            Look::QueuesWithMetrics => {
                let queues = core.queues_with_metrics().map(|(queue, metrics)| (queue.clone(), metrics));
                Looked::QueuesWithMetrics(queues.collect())
            }
            Look::Browse(queue, after, limit) => Looked::Browsed(self.browse(&queue, after, limit as usize)),
            Look::Producers => Looked::Producers(core.producers()),
            Look::Activity => Looked::Activity(Activity {
                deliverable: core.deliverable(),
                running: core.running() as u64,
                pending: core.pending(),
                next_delivery: core.next_delivery(),
                next_deadline: core.next_deadline(),
            }),
        }
    }

    /// The oldest messages that come after `after`, without those whose bodies cannot be read.
    fn browse(
        &mut self,
        queue: &str,
        after: Option<MessageCursor>,
        limit: usize,
    ) -> Result<MessagePage, PeekFailure> {
        let (heads, next) = self.core.browse(queue, after, limit).map_err(PeekFailure::NotFound)?;
        let sequences: Vec<Sequence> = heads.iter().map(|peeked| peeked.head.sequence).collect();
        let payloads = self.storage.payloads(&sequences);
        let payloads = payloads.map_err(|error| PeekFailure::Unreadable(error.to_string()))?;
        let peeked = heads.into_iter().zip(payloads).filter_map(|(peeked, payload)| {
            let payload = payload?;
            let PeekedHead { head, state, due, reference } = peeked;
            Some(PeekedMessage {
                id: head.id,
                timestamp: head.timestamp,
                attempts: head.attempts,
                content_type: head.content_type,
                body: payload.body,
                origin: payload.origin,
                delay_seconds: payload.delay_seconds,
                state,
                due,
                reference,
                dead_letter_of: payload.dead_letter_of.and_then(|id| self.core.name_of(id)),
            })
        });
        Ok(MessagePage { messages: peeked.collect(), next })
    }
}
