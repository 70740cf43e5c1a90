//! Faults of deliveries.

use std::sync::{Arc, Mutex, PoisonError};

use super::dice::Side;
use super::fault::{Fault, FaultKind};
use super::numbers::MessageNumbers;
use super::order::Order;
use super::{Chaos, Crash};
use crate::broker::{Consumer, Decision, DeliveredMessage, Delivery, Metrics, Outcome, Ticket};

/// What the queues are told when an isolate was killed.
const CRASHED: &str = "The isolate was killed by --chaos.";
/// What the queues are told when an outcome was lost.
const LOST: &str = "The outcome of the delivery was lost by --chaos.";

/// A worker, with deliveries that go wrong.
pub(super) struct ChaosConsumer {
    chaos: Arc<Chaos>,
    worker: Arc<dyn Consumer>,
    crash: Arc<dyn Crash>,
    numbers: Mutex<MessageNumbers>,
}

/// What is to happen once the handler is done.
struct Aftermath {
    chaos: Arc<Chaos>,
    worker: Arc<dyn Consumer>,
    crash: Arc<dyn Crash>,
    order: Order,
    /// The messages in the order of the queues.
    messages: Vec<DeliveredMessage>,
    delivery: Envelope,
    /// The numbers of the messages.
    numbers: Vec<u64>,
    crashes: bool,
}

/// What a delivery says beside its messages.
#[derive(Clone)]
struct Envelope {
    queue: Arc<str>,
    worker: Arc<str>,
    metrics: Metrics,
}

impl ChaosConsumer {
    pub fn new(chaos: Arc<Chaos>, worker: Arc<dyn Consumer>, crash: Arc<dyn Crash>) -> Self {
        Self { chaos, worker, crash, numbers: Mutex::default() }
    }

    fn numbers(&self, delivery: &Delivery) -> Vec<u64> {
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        delivery.messages.iter().map(|message| numbers.of(&delivery.queue, message.id)).collect()
    }

    /// Shuffles the delivery, if that is to happen to it.
    fn shuffle(&self, first: &Fault, messages: &mut [DeliveredMessage]) -> Order {
        let fault = Fault { kind: FaultKind::ReorderBatch, ..first.clone() };
        if messages.len() < 2 || !self.chaos.dice.happens(&fault) {
            return Order::same(messages.len());
        }
        let order = Order::shuffle(messages, |count| self.chaos.dice.place(&fault, count));
        if !order.is_same() {
            let effect = format!("the {} messages of the delivery are in another order", messages.len());
            self.chaos.inject(fault, effect);
        }
        order
    }
}

impl Consumer for ChaosConsumer {
    fn deliver(&self, mut delivery: Delivery) {
        let numbers = self.numbers(&delivery);
        let (Some(number), Some(message)) = (numbers.first(), delivery.messages.first()) else {
            return self.worker.deliver(delivery);
        };
        let first = Fault {
            kind: FaultKind::CrashIsolate,
            queue: delivery.queue.clone(),
            message: *number,
            attempt: message.attempts,
        };
        let crashes = self.chaos.dice.happens(&first);
        if crashes && self.chaos.dice.side(&first) == Side::Before {
            self.chaos.inject(first, "the isolate was killed before the handler ran");
            self.crash.crash();
            return delivery.finish(Outcome::failed(CRASHED));
        }
        let messages = delivery.messages.clone();
        let order = self.shuffle(&first, &mut delivery.messages);
        let envelope = Envelope {
            queue: delivery.queue.clone(),
            worker: delivery.worker.clone(),
            metrics: delivery.metrics,
        };
        let aftermath = Aftermath {
            chaos: self.chaos.clone(),
            worker: self.worker.clone(),
            crash: self.crash.clone(),
            order,
            messages,
            delivery: envelope,
            numbers,
            crashes,
        };
        let ticket = delivery.ticket;
        delivery.ticket = Ticket::new(move |outcome| aftermath.follow(outcome, ticket));
        self.worker.deliver(delivery);
    }
}

impl Aftermath {
    /// The handler is done: loses what is to be lost, and delivers again what is to come twice.
    fn follow(self, outcome: Outcome, ticket: Ticket) {
        let outcome = self.order.restore(outcome);
        let decisions = outcome.decisions(self.messages.len());
        // A delivery without an acknowledgement has nothing to lose.
        if !decisions.contains(&Decision::Ack) {
            return ticket.finish(outcome);
        }
        if self.crashes {
            let fault = self.fault(FaultKind::CrashIsolate, 0);
            self.chaos
                .inject(fault, "the isolate was killed after the handler ran, before its outcome counted");
            self.crash.crash();
            return ticket.finish(Outcome::failed(CRASHED));
        }
        let lost = self.fault(FaultKind::DropAck, 0);
        if self.chaos.dice.happens(&lost) {
            self.chaos.inject(lost, "the outcome of the delivery was lost");
            return ticket.finish(Outcome::failed(LOST));
        }
        let again = self.duplicates(&decisions);
        if again.is_empty() {
            return ticket.finish(outcome);
        }
        self.deliver_again(again, outcome, ticket);
    }

    /// The indices of the messages that come twice.
    fn duplicates(&self, decisions: &[Decision]) -> Vec<usize> {
        let acked = decisions.iter().enumerate().filter(|(_, decision)| **decision == Decision::Ack);
        let mut again = Vec::new();
        for (index, _) in acked {
            let fault = self.fault(FaultKind::Duplicate, index);
            if self.chaos.dice.happens(&fault) {
                self.chaos.inject(fault, format!("message {} was delivered again", self.messages[index].id));
                again.push(index);
            }
        }
        again
    }

    /// Delivers messages that are acknowledged once more. What is said about them then counts: a copy that
    /// fails is retried.
    fn deliver_again(self, again: Vec<usize>, mut outcome: Outcome, ticket: Ticket) {
        let Self { chaos, worker, messages, delivery, .. } = self;
        let copies: Vec<_> = again.iter().map(|index| messages[*index].clone()).collect();
        let told: Vec<_> = copies.iter().map(|message| (message.id, message.attempts)).collect();
        chaos.observer.delivered_again(&delivery.queue, &delivery.worker, &told);
        worker.deliver(Delivery {
            queue: delivery.queue,
            worker: delivery.worker,
            messages: copies,
            metrics: delivery.metrics,
            ticket: Ticket::new(move |second| {
                let decisions = second.decisions(again.len());
                let places = again.into_iter().filter_map(|index| u32::try_from(index).ok());
                let retried = places.zip(decisions).filter(|(_, decision)| *decision != Decision::Ack);
                outcome.messages.extend(retried);
                ticket.finish(outcome);
            }),
        });
    }

    fn fault(&self, kind: FaultKind, index: usize) -> Fault {
        Fault {
            kind,
            queue: self.delivery.queue.clone(),
            message: self.numbers[index],
            attempt: self.messages[index].attempts,
        }
    }
}
