//! Releasing what a commit has made durable.

use std::sync::Arc;
use std::time::Instant;

use serde_json::value::RawValue;

use super::{Answer, Command, Driver, Group, Interruption};
use crate::base::ContentType;
use crate::broker::core::{
    BodyDamage, DeliveryNumber, DeliveryOrder, Event, Input, MessageHead, Payload, PullOrder, Record, Reply,
    Sequence,
};
use crate::broker::inquiry::Response;
use crate::broker::ports::{DeliveredMessage, Delivery, Ticket};
use crate::broker::request::{Pulled, PulledMessage};

impl Driver {
    /// Releases, before the commit, deliveries that owe nothing to it: all their messages were durable
    /// before, and no attempt is counted that is not. The worker then works while the disk does.
    pub(super) fn release_early(&mut self, group: &mut Group) {
        let inserted = group.effects.records.iter().filter_map(|record| match record {
            Record::Inserted(row, _) => Some(row.sequence),
            Record::Moved { to, .. } => Some(to.sequence),
            _ => None,
        });
        let fresh = inserted.min().unwrap_or(Sequence(u64::MAX));
        let durable = |head: &MessageHead| head.sequence < fresh && head.attempts == 1;
        let orders = std::mem::take(&mut group.effects.deliveries);
        for order in orders {
            if self.unwritten.is_empty() && order.messages.iter().all(durable) {
                self.deliver(order);
            } else {
                group.effects.deliveries.push(order);
            }
        }
    }

    /// Releases everything after the commit.
    pub(super) fn release(&mut self, group: &mut Group) {
        let now = Instant::now();
        for record in &group.effects.records {
            if let Record::Inserted(row, payload) = record
                && row.due <= row.timestamp
            {
                self.cache.insert(row.sequence, payload.clone(), now);
            }
        }
        for order in group.effects.deliveries.drain(..) {
            self.deliver(order);
        }
        for (answer, reply) in group.answers.drain(..).zip(group.effects.replies.drain(..)) {
            self.answer(answer, reply);
        }
        // Others wait for what is above; observers only look.
        for record in group.effects.records.drain(..) {
            if let Record::Inserted(row, payload) = record {
                self.observer.accepted(row.id, row.content_type, &payload.body);
            }
        }
        for event in group.effects.events.drain(..) {
            self.observer.event(&event);
        }
    }

    pub(super) fn answer(&mut self, answer: Answer, reply: Reply) {
        let payloads = match &reply {
            Reply::Pulled(Ok(order)) => match self.pulled_payloads(order) {
                Ok(payloads) => payloads,
                Err(interruption) => return answer.respond(Err(interruption)),
            },
            _ => Vec::new(),
        };
        answer.respond(Ok(Response::Stepped(reply, payloads)));
    }

    /// Hands a delivery to its worker. When that cannot be, the core takes it back.
    fn deliver(&mut self, order: DeliveryOrder) {
        let consumers = self.consumers.get(&order.process);
        let Some(consumer) = consumers.and_then(|consumers| consumers.get(&*order.worker)).cloned() else {
            return self.take_back(order.number);
        };
        let payloads = match self.payloads(&order.queue, order.messages.iter()) {
            Ok(payloads) => payloads,
            Err(_) => return self.take_back(order.number),
        };
        if payloads.iter().any(Option::is_none) {
            // What can be read is delivered again, without what cannot.
            return self.take_back(order.number);
        }
        let messages = order.messages.iter().zip(payloads.into_iter().flatten());
        let messages = messages.map(|(head, payload)| delivered(head, payload)).collect();
        let delivery = Delivery {
            queue: order.queue,
            worker: order.worker,
            messages,
            metrics: order.metrics,
            ticket: self.ticket(order.number),
        };
        self.observer.delivering(&delivery);
        consumer.deliver(delivery);
    }

    pub(super) fn ticket(&self, delivery: DeliveryNumber) -> Ticket {
        let (commands, began, elapsed_ms) = (self.commands.clone(), Instant::now(), self.elapsed_ms);
        Ticket::returnable(move |outcome| {
            let input = match outcome {
                Some(outcome) => Input::Finish { delivery, outcome, duration_ms: elapsed_ms(began) },
                None => Input::GiveBack(delivery),
            };
            // Once the broker is gone, its messages are delivered again at the next start.
            commands.send(Command::Step(Box::new(input), Answer::nobody()));
        })
    }

    fn pulled_payloads(&mut self, order: &PullOrder) -> Result<Vec<Option<Payload>>, Interruption> {
        self.payloads(&order.queue, order.messages.iter().map(|(head, _)| head))
    }

    /// Finds bodies in the cache or in the storage. Those that are nowhere, or are damaged, are set aside.
    fn payloads<'a>(
        &mut self,
        queue: &Arc<str>,
        heads: impl Iterator<Item = &'a MessageHead>,
    ) -> Result<Vec<Option<Payload>>, Interruption> {
        let (mut missing, mut wanted) = (Vec::new(), Vec::new());
        let mut payloads = Vec::with_capacity(heads.size_hint().0);
        for (index, head) in heads.enumerate() {
            let payload = self.cache.take(head.sequence);
            if payload.is_none() {
                missing.push((index, head.content_type));
                wanted.push(head.sequence);
            }
            payloads.push(payload);
        }
        if missing.is_empty() {
            return Ok(payloads);
        }
        let found = match self.storage.payloads(&wanted) {
            Ok(found) => found,
            Err(error) => {
                let failure = error.into();
                self.suspend_reading(&failure);
                return Err(Interruption::Storage(failure));
            }
        };
        self.unread = 0;
        for (((index, content_type), sequence), payload) in missing.into_iter().zip(wanted).zip(found) {
            payloads[index] = match damage(content_type, payload.as_ref()) {
                None => payload,
                Some(damage) => {
                    let remedy = self.storage.aside();
                    self.later(Input::SetAside { queue: queue.clone(), sequence, damage, remedy });
                    None
                }
            };
        }
        Ok(payloads)
    }

    fn take_back(&self, delivery: DeliveryNumber) {
        self.later(Input::Cancel(delivery));
    }

    /// Steps the core in the next group.
    pub(super) fn later(&self, input: Input) {
        self.commands.send(Command::Step(Box::new(input), Answer::nobody()));
    }

    pub(super) fn tell(&self, event: &Event) {
        self.observer.event(event);
    }
}

/// What is wrong with what was stored of a message. Text that is not what its type says would hurt whoever is handed
/// it, and all that is handed over beside it.
fn damage(content_type: ContentType, payload: Option<&Payload>) -> Option<BodyDamage> {
    let Some(payload) = payload else { return Some(BodyDamage::Unreadable) };
    match content_type {
        ContentType::Json if serde_json::from_slice::<&RawValue>(&payload.body).is_err() => {
            Some(BodyDamage::NotJson)
        }
        ContentType::Text if std::str::from_utf8(&payload.body).is_err() => Some(BodyDamage::NotText),
        _ => None,
    }
}

fn delivered(head: &MessageHead, payload: Payload) -> DeliveredMessage {
    DeliveredMessage {
        id: head.id,
        timestamp: head.timestamp,
        attempts: head.attempts,
        content_type: head.content_type,
        body: payload.body,
        given_id: None,
    }
}

/// What a pull got, without the messages that cannot be read.
pub(in crate::broker) fn pulled(order: PullOrder, payloads: Vec<Option<Payload>>) -> Pulled {
    let messages = order.messages.into_iter().zip(payloads).filter_map(|((head, lease), payload)| {
        let payload = payload?;
        Some(PulledMessage {
            id: head.id,
            timestamp: head.timestamp,
            attempts: head.attempts,
            content_type: head.content_type,
            body: payload.body,
            origin: payload.origin,
            delay_seconds: payload.delay_seconds,
            lease,
        })
    });
    Pulled { messages: messages.collect(), metrics: order.metrics }
}
