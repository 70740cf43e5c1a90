//! Faults between a worker and the queues, seen from both sides.

use std::sync::{Arc, Mutex};

use bytes::Bytes;

use super::*;
use crate::base::{ContentType, MessageId, Timestamp};
use crate::broker::{
    Decision, DeliveredMessage, Delivery, Failure, HandlerResult, MessageOrigin, Metrics, MetricsReply,
    NewMessage, Outcome, SendReply, SendRequest, Ticket,
};

/// Notes faults, sends, deliveries and crashes, and finishes every delivery as `answer` says.
struct Notes {
    faults: Mutex<Vec<String>>,
    seen: Mutex<Vec<String>>,
    sends: Mutex<Vec<SendRequest>>,
    answer: fn(&Delivery) -> Outcome,
}

impl Notes {
    fn new(answer: fn(&Delivery) -> Outcome) -> Arc<Self> {
        Arc::new(Self { faults: Mutex::default(), seen: Mutex::default(), sends: Mutex::default(), answer })
    }

    fn faults(&self) -> Vec<String> {
        self.faults.lock().unwrap().clone()
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

impl FaultObserver for Notes {
    fn fault(&self, fault: &InjectedFault) {
        self.faults.lock().unwrap().push(fault.fault.to_string());
    }

    fn delivered_again(&self, queue: &Arc<str>, worker: &Arc<str>, messages: &[(MessageId, u32)]) {
        let attempts: Vec<u32> = messages.iter().map(|(_, attempt)| *attempt).collect();
        self.seen.lock().unwrap().push(format!("again from {queue} to {worker}: {attempts:?}"));
    }
}

impl Crash for Notes {
    fn crash(&self) {
        self.seen.lock().unwrap().push("crash".to_owned());
    }
}

impl Consumer for Notes {
    fn deliver(&self, delivery: Delivery) {
        let bodies: Vec<_> =
            delivery.messages.iter().map(|message| String::from_utf8_lossy(&message.body)).collect();
        self.seen.lock().unwrap().push(bodies.join(" "));
        let outcome = (self.answer)(&delivery);
        delivery.finish(outcome);
    }
}

impl Producer for Notes {
    fn send(&self, request: SendRequest, reply: SendReply) {
        self.sends.lock().unwrap().push(request);
        reply(Ok(metrics()));
    }

    fn metrics(&self, _queue: &str, reply: MetricsReply) {
        reply(Ok(metrics()));
    }
}

fn metrics() -> Metrics {
    Metrics { backlog_count: 0, backlog_bytes: 0, oldest_message_timestamp: None }
}

fn chaos(spec: &str, notes: &Arc<Notes>) -> Arc<Chaos> {
    Chaos::new(Dice::new(spec.parse().unwrap(), 42), notes.clone())
}

/// A worker behind chaos.
fn worker(spec: &str, notes: &Arc<Notes>) -> Arc<dyn Consumer> {
    chaos(spec, notes).consumer(notes.clone(), notes.clone())
}

/// Delivers messages called by their numbers; answers with what the queues are told.
fn deliver(worker: &Arc<dyn Consumer>, messages: impl IntoIterator<Item = u8>, attempts: u32) -> Outcome {
    let told = Arc::new(Mutex::new(None));
    let tell = told.clone();
    let message = |number: u8| DeliveredMessage {
        id: MessageId::from_bytes([number; 16]),
        timestamp: Timestamp::default(),
        attempts,
        content_type: ContentType::Text,
        body: Bytes::from(number.to_string()),
        given_id: None,
    };
    worker.deliver(Delivery {
        queue: "orders".into(),
        worker: "shop".into(),
        messages: messages.into_iter().map(message).collect(),
        metrics: metrics(),
        ticket: Ticket::new(move |outcome| *tell.lock().unwrap() = Some(outcome)),
    });
    told.lock().unwrap().take().expect("the delivery has an outcome")
}

fn failed(outcome: &Outcome) -> bool {
    matches!(outcome.result, HandlerResult::Failed(_))
}

#[test]
fn without_faults_everything_passes_as_it_is() {
    let notes = Notes::new(|_| Outcome::acknowledged());
    let outcome = deliver(&worker("only=none", &notes), [1, 2, 3], 1);
    assert_eq!((outcome, notes.seen()), (Outcome::acknowledged(), vec!["1 2 3".to_owned()]));
    assert_eq!(notes.faults(), Vec::<String>::new());
}

#[test]
fn an_acknowledged_message_is_delivered_again() {
    let notes = Notes::new(|_| Outcome::acknowledged());
    let worker = worker("only=duplicate:orders:2:1", &notes);
    assert_eq!(deliver(&worker, [7, 8, 9], 1).decisions(3), [Decision::Ack; 3]);
    assert_eq!(notes.seen(), ["7 8 9", "again from orders to shop: [1]", "8"]);
    assert_eq!(notes.faults(), ["duplicate:orders:2:1"]);
    // Once is enough: another attempt of the same message is another fault.
    assert_eq!(deliver(&worker, [8], 2), Outcome::acknowledged());
    assert_eq!(notes.seen().len(), 4);
}

#[test]
fn a_copy_that_fails_is_retried_alone() {
    let notes = Notes::new(|delivery| match delivery.messages.len() {
        3 => Outcome::acknowledged(),
        _ => Outcome::failed("not idempotent"),
    });
    let outcome = deliver(&worker("only=duplicate:orders:2:1", &notes), [7, 8, 9], 1);
    let retry = Decision::Retry { delay_seconds: None };
    assert_eq!(outcome.decisions(3), [Decision::Ack, retry, Decision::Ack]);
}

#[test]
fn what_is_retried_is_no_duplicate() {
    let notes = Notes::new(|_| Outcome::failed("threw"));
    let outcome = deliver(&worker("duplicate=100%,drop-ack=100%", &notes), [1, 2], 1);
    assert_eq!(outcome, Outcome::failed("threw"));
    assert_eq!((notes.seen().len(), notes.faults().len()), (1, 0));
}

#[test]
fn decisions_find_their_messages_in_another_order() {
    // The handler retries the message it knows as 1, wherever it is.
    let notes = Notes::new(|delivery| {
        let place = delivery.messages.iter().position(|message| message.body == "1").unwrap();
        let retry = Decision::Retry { delay_seconds: Some(9) };
        Outcome { messages: vec![(place as u32, retry)], ..Outcome::acknowledged() }
    });
    let outcome = deliver(&worker("reorder=100%", &notes), 1..=9, 1);
    assert_ne!(notes.seen(), ["1 2 3 4 5 6 7 8 9"]);
    assert_eq!(outcome.decisions(9)[0], Decision::Retry { delay_seconds: Some(9) });
    assert!(outcome.decisions(9)[1..].iter().all(|decision| *decision == Decision::Ack));
    assert_eq!(notes.faults(), ["reorder-batch:orders:1:1"]);
}

#[test]
fn a_lost_outcome_fails_the_delivery_although_the_handler_ran() {
    let notes = Notes::new(|_| Outcome::acknowledged());
    assert!(failed(&deliver(&worker("drop-ack=100%", &notes), [1], 3)));
    assert_eq!(notes.seen(), ["1"]);
    assert_eq!(notes.faults(), ["drop-ack:orders:1:3"]);
}

#[test]
fn an_isolate_dies_before_or_after_its_handler() {
    let notes = Notes::new(|_| Outcome::acknowledged());
    let worker = worker("crash-isolate=100%", &notes);
    let mut before = 0;
    for number in 1..=40 {
        let seen = notes.seen().len();
        assert!(failed(&deliver(&worker, [number], 1)));
        match &notes.seen()[seen..] {
            [crash] if crash == "crash" => before += 1,
            [body, crash] if crash == "crash" => assert_eq!(*body, number.to_string()),
            other => panic!("{other:?}"),
        }
    }
    assert!((5..35).contains(&before), "{before} of 40 before the handler");
    assert_eq!(notes.faults().len(), 40);
}

fn send(producer: &Arc<dyn Producer>, delays: &[Option<u32>]) -> bool {
    let sent = Arc::new(Mutex::new(None));
    let tell = sent.clone();
    let message = |delay: &Option<u32>| NewMessage {
        content_type: ContentType::Text,
        body: Bytes::new(),
        delay_seconds: *delay,
        held_back_seconds: 0,
    };
    let request = SendRequest {
        queue: "orders".into(),
        messages: delays.iter().map(message).collect(),
        batch_delay_seconds: None,
        binding_delay_seconds: Some(10),
        origin: MessageOrigin::Worker,
    };
    producer.send(request, Box::new(move |result| *tell.lock().unwrap() = Some(result)));
    let result = sent.lock().unwrap().take().expect("the send is answered");
    assert!(matches!(result, Ok(_) | Err(Failure::Injected)));
    result.is_ok()
}

#[test]
fn a_send_is_rejected_before_or_after_it_is_stored() {
    let notes = Notes::new(|_| Outcome::acknowledged());
    let producer = chaos("fail-send=100%", &notes).producer(notes.clone());
    for _ in 0..40 {
        assert!(!send(&producer, &[None]));
    }
    let stored = notes.sends.lock().unwrap().len();
    assert!((5..35).contains(&stored), "{stored} of 40 were stored");
    assert_eq!(notes.faults()[39], "fail-send:orders:40:1");
}

#[test]
fn late_messages_keep_the_delay_they_asked_for() {
    let notes = Notes::new(|_| Outcome::acknowledged());
    let producer = chaos("delay=3s", &notes).producer(notes.clone());
    assert!(send(&producer, &[None, Some(0), Some(86_400), Some(90_000)]));
    let sends = notes.sends.lock().unwrap();
    let delays = sends[0].messages.iter().map(|message| (message.delay_seconds, message.held_back_seconds));
    assert_eq!(delays.collect::<Vec<_>>(), [(None, 3), (Some(0), 3), (Some(86_400), 3), (Some(90_000), 3)]);
    assert_eq!(notes.faults()[3], "delay:orders:4:1");
}

#[test]
fn the_same_seed_makes_the_same_faults_however_messages_are_batched() {
    let spec = "duplicate=20%";
    let run = |sizes: usize| {
        let notes = Notes::new(|_| Outcome::acknowledged());
        let worker = worker(spec, &notes);
        let numbers: Vec<u8> = (1..=60).collect();
        for batch in numbers.chunks(sizes) {
            deliver(&worker, batch.iter().copied(), 1);
        }
        notes.faults()
    };
    let faults = run(1);
    assert!(faults.len() > 3);
    assert_eq!(faults, run(7));
    assert_eq!(faults, run(60));
}
