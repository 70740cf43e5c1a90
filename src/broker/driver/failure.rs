//! When a commit fails.
//!
//! What was not released is taken back: sends, pulls and deliveries of the group have not happened, and
//! whoever asked is told why. What has happened already (outcomes of deliveries, deadlines, settings) stays
//! in effect; its records are kept and go ahead of the next commit. So what is on disk and what is kept
//! here are together always what the core holds. Until a commit succeeds nothing is delivered.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::{Answer, Driver, Group, HOUSEKEEPING_AFTER, Interruption};
use crate::base::MessageId;
use crate::broker::core::{DeliveryOrder, Effects, Event, Input, PulledLease, Record, Reply, SentSpan};
use crate::broker::storage::StorageFailure;

/// How long after a failure the storage is tried again, unless something is sent before.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What is told of a change that has happened and could not be stored.
const IN_EFFECT: &str =
    "what was asked for is done in this session, and is stored as soon as that is possible";
/// Most doublings of that time while bodies cannot be read.
const UNREAD_DOUBLINGS_MAX: u32 = 6;

/// The storage fails.
pub(super) struct Trouble {
    pub retry_at: Instant,
    /// Whether it is reading that fails: a commit says nothing about it.
    reading: bool,
}

impl Driver {
    /// Makes the records durable, after those that were left over.
    pub(super) fn commit(&mut self, effects: &mut Effects) -> Result<(), StorageFailure> {
        if effects.records.is_empty() && self.unwritten.is_empty() {
            return Ok(());
        }
        let began = Instant::now();
        let result = if self.unwritten.is_empty() {
            self.storage.commit(&effects.records)
        } else {
            let ahead = self.unwritten.len();
            self.unwritten.append(&mut effects.records);
            let result = self.storage.commit(&self.unwritten);
            effects.records = self.unwritten.split_off(ahead);
            if result.is_ok() {
                self.unwritten.clear();
            }
            result
        };
        result?;
        let duration_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        effects.events.push(Event::Committed { records: effects.records.len(), duration_us });
        self.housekeeping_at = Some(began + HOUSEKEEPING_AFTER);
        self.recover();
        Ok(())
    }

    /// Tries the storage again when it is time to.
    pub(super) fn retry_storage(&mut self) {
        let due = self.trouble.as_ref().is_some_and(|trouble| trouble.retry_at <= Instant::now());
        if !due {
            return;
        }
        match self.storage.commit(&self.unwritten) {
            Ok(()) => {
                self.unwritten.clear();
                self.recover();
            }
            Err(error) => self.suspend(&error.into()),
        }
    }

    /// Stops delivering until the storage works again.
    pub(super) fn suspend(&mut self, failure: &StorageFailure) {
        let retry_at = Instant::now() + RETRY_AFTER;
        self.begin_trouble(Trouble { retry_at, reading: false }, failure);
    }

    /// The same when bodies cannot be read: each time it is longer until it is tried again.
    pub(super) fn suspend_reading(&mut self, failure: &StorageFailure) {
        let retry_at = Instant::now() + RETRY_AFTER * 2_u32.pow(self.unread.min(UNREAD_DOUBLINGS_MAX));
        self.unread = self.unread.saturating_add(1);
        self.begin_trouble(Trouble { retry_at, reading: true }, failure);
    }

    fn begin_trouble(&mut self, trouble: Trouble, failure: &StorageFailure) {
        if self.trouble.replace(trouble).is_none() {
            self.later(Input::SetDelivering(false));
            self.tell(&Event::StorageFailed { message: failure.to_string() });
        }
    }

    fn recover(&mut self) {
        let waits = |trouble: &Trouble| trouble.reading && trouble.retry_at > Instant::now();
        if self.trouble.as_ref().is_some_and(waits) {
            return;
        }
        if self.trouble.take().is_some() {
            self.later(Input::SetDelivering(self.stop.is_none()));
            self.tell(&Event::StorageRecovered);
        }
    }

    /// Takes back what the group would have released.
    pub(super) fn revoke(&mut self, group: &mut Group, failure: &StorageFailure) {
        self.suspend(failure);
        let now = group.now(&*self.clock);
        let effects = &mut group.effects;
        let mut aftermath = Effects::default();
        let taken_back = first_messages(&effects.deliveries);
        let withdrawn = sent_spans(&effects.replies);
        self.core.step(now, Input::SetDelivering(false), &mut aftermath);
        for order in effects.deliveries.drain(..) {
            self.core.step(now, Input::Cancel(order.number), &mut aftermath);
        }
        let leases = pulled_leases(&effects.replies);
        self.core.step(now, Input::CancelLeases(leases), &mut aftermath);
        for span in withdrawn.iter().rev() {
            self.core.step(now, Input::Withdraw(span.clone()), &mut aftermath);
        }
        let gone = |record: &Record| {
            record.sequence().is_some_and(|sequence| withdrawn.iter().any(|span| span.contains(sequence)))
        };
        let records = effects.records.drain(..).chain(aftermath.records);
        self.unwritten.extend(records.filter(|record| !gone(record)));
        for (answer, reply) in group.answers.drain(..).zip(effects.replies.drain(..)) {
            self.excuse(answer, reply, failure);
        }
        for event in effects.events.drain(..).chain(aftermath.events) {
            let undone = match &event {
                Event::Sent { .. } | Event::Pulled { .. } => true,
                // A delivery that was released before the commit has happened.
                Event::Delivered { messages, .. } => {
                    messages.first().is_some_and(|(id, _)| taken_back.contains(id))
                }
                _ => false,
            };
            if !undone {
                self.tell(&event);
            }
        }
    }

    /// A refusal stands; whatever else was to be stored has failed, also where it has happened all the same.
    fn excuse(&mut self, answer: Answer, reply: Reply, failure: &StorageFailure) {
        let failure = match &reply {
            refusal if refusal.is_refusal() => return self.answer(answer, reply),
            Reply::Sent(_) | Reply::Pulled(_) => failure.clone(),
            _ => StorageFailure::told(format!("{failure}; {IN_EFFECT}")),
        };
        answer.respond(Err(Interruption::Storage(failure)));
    }
}

/// What tells these deliveries from others of the group: no message is in two.
fn first_messages(orders: &[DeliveryOrder]) -> BTreeSet<MessageId> {
    orders.iter().filter_map(|order| order.messages.first()).map(|head| head.id).collect()
}

fn sent_spans(replies: &[Reply]) -> Vec<SentSpan> {
    let sent = replies.iter().filter_map(|reply| match reply {
        Reply::Sent(Ok((span, _))) => Some(span.clone()),
        _ => None,
    });
    sent.collect()
}

fn pulled_leases(replies: &[Reply]) -> Vec<PulledLease> {
    let orders = replies.iter().filter_map(|reply| match reply {
        Reply::Pulled(Ok(order)) => Some(order),
        _ => None,
    });
    let leases = orders.flat_map(|order| {
        let lease = |sequence| PulledLease { queue: order.queue.clone(), sequence };
        order.messages.iter().map(move |(head, _)| lease(head.sequence))
    });
    leases.collect()
}
