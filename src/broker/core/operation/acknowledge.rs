//! Decisions of clients that pulled.

use crate::broker::core::backlog::{Slot, State};
use crate::broker::core::token::{Token, TokenKind};
use crate::broker::core::{AcknowledgeRefusal, Acknowledged, Core, Effects, Event, QueueNumber, Record};

impl Core {
    /// Acknowledges, then retries. A lease that is over is accepted all the same: an acknowledgement then
    /// still deletes the message, a retry finds it visible already.
    pub(in crate::broker::core) fn acknowledge(
        &mut self,
        queue: &str,
        acks: Vec<String>,
        retries: Vec<(String, Option<u32>)>,
        effects: &mut Effects,
    ) -> Result<Acknowledged, AcknowledgeRefusal> {
        let number = self.find(queue)?;
        if self.queues.get(&number).and_then(|queue| queue.pull_consumer()).is_none() {
            return Err(AcknowledgeRefusal::NoPullConsumer);
        }
        let mut answer = Acknowledged::default();
        let mut acknowledged = Vec::new();
        for lease in acks {
            match read(&lease, number) {
                Ok(token) => {
                    answer.ack_count += 1;
                    acknowledged.extend(self.acknowledge_one(number, &token, effects));
                }
                Err(warning) => answer.warnings.push((lease, warning)),
            }
        }
        for (lease, delay_seconds) in retries {
            match read(&lease, number) {
                Ok(token) => {
                    answer.retry_count += 1;
                    self.retry_one(number, &token, delay_seconds, effects);
                }
                Err(warning) => answer.warnings.push((lease, warning)),
            }
        }
        if let Some(queue) = self.queues.get(&number).filter(|_| !acknowledged.is_empty()) {
            effects.events.push(Event::Acknowledged { queue: queue.name().clone(), ids: acknowledged });
        }
        self.touch(number);
        Ok(answer)
    }

    fn acknowledge_one(
        &mut self,
        number: QueueNumber,
        token: &Token,
        effects: &mut Effects,
    ) -> Option<crate::base::MessageId> {
        let slot = self.named(number, token)?;
        let entry = self.queues.get_mut(&number)?.backlog.remove(slot);
        effects.records.push(Record::Removed(entry.sequence));
        Some(entry.id)
    }

    fn retry_one(
        &mut self,
        number: QueueNumber,
        token: &Token,
        delay_seconds: Option<u32>,
        effects: &mut Effects,
    ) {
        let Some(slot) = self.named(number, token) else { return };
        let Some(queue) = self.queues.get(&number) else { return };
        let entry = queue.backlog.entry(slot);
        if entry.state == State::Pulled && entry.lease == token.lease {
            let policy = queue.policy.clone();
            self.retry(number, slot, &policy, delay_seconds, effects);
        }
    }

    fn named(&self, number: QueueNumber, token: &Token) -> Option<Slot> {
        let backlog = &self.queues.get(&number)?.backlog;
        backlog.find_pulled(token.sequence).filter(|slot| token.names(backlog.entry(*slot)))
    }
}

fn read(lease: &str, number: QueueNumber) -> Result<Token, String> {
    match Token::parse(TokenKind::Lease, lease) {
        Some(token) if token.queue == number => Ok(token),
        Some(_) => Err("the lease is of another queue".to_owned()),
        None => Err("there is no such lease".to_owned()),
    }
}
