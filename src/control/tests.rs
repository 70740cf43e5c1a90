//! Travelling over queues whose workers are made of Rust.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;

use super::*;
use crate::base::{Clock, ContentType, ManualClock, Timestamp, Work};
use crate::broker::storage::MemoryStorage;
use crate::broker::{
    BatchDecision, Broker, BrokerOptions, Consumer, ConsumerDeclaration, Delivery, Event, MessageOrigin,
    NewMessage, Observer, Outcome, PullConsumer, PullRequest, SendRequest, Topology, WorkerConsumer,
};
use crate::broker::{ChangeSource, ConsumerSettings};
use crate::runtime::running::RunningHandlers;

const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const PATIENCE: Duration = Duration::from_secs(20);
const HOUR_MS: u64 = 3_600_000;

/// What happened, and how long after the start.
#[derive(Default)]
struct Diary(Mutex<Vec<(u64, String)>>);

/// Retries each batch with this delay, or acknowledges it.
struct Hands {
    clock: Arc<ManualClock>,
    diary: Arc<Diary>,
    retry_seconds: Option<u32>,
}

impl Consumer for Hands {
    fn deliver(&self, delivery: Delivery) {
        let after = self.clock.now().since(START).as_millis() as u64;
        for message in &delivery.messages {
            let body = String::from_utf8_lossy(&message.body).into_owned();
            self.diary.0.lock().unwrap().push((after, format!("{body} {}", message.attempts)));
        }
        let mut outcome = Outcome::acknowledged();
        if self.retry_seconds.is_some() {
            outcome.batch = Some(BatchDecision::RetryAll { delay_seconds: self.retry_seconds });
        }
        delivery.finish(outcome);
    }
}

struct Events {
    clock: Arc<ManualClock>,
    diary: Arc<Diary>,
}

impl Observer for Events {
    fn event(&self, event: &Event) {
        let text = match event {
            Event::DeadLettered { attempts, .. } => format!("dead after {attempts}"),
            Event::Expired { ids, .. } => format!("expired {}", ids.len()),
            _ => return,
        };
        let after = self.clock.now().since(START).as_millis() as u64;
        self.diary.0.lock().unwrap().push((after, text));
    }
}

struct Bench {
    broker: Broker,
    clock: Arc<ManualClock>,
    work: Work,
    diary: Arc<Diary>,
    travel: TimeTravel,
}

async fn bench(consumer: WorkerConsumer, retry_seconds: Option<u32>) -> Bench {
    let (clock, work, diary) =
        (Arc::new(ManualClock::new(START)), Work::default(), Arc::new(Diary::default()));
    let broker = Broker::start(BrokerOptions {
        work: work.clone(),
        outcome_linger: Duration::ZERO,
        observer: Arc::new(Events { clock: clock.clone(), diary: diary.clone() }),
        ..BrokerOptions::new(Box::new(MemoryStorage::default()), clock.clone())
    })
    .unwrap();
    let topology = Topology {
        workers: vec!["w".to_owned()],
        queues: vec!["q".to_owned(), "other".to_owned()],
        consumers: vec![ConsumerDeclaration { queue: "q".to_owned(), consumer }],
        ..Topology::default()
    };
    broker.configure(topology).await.unwrap();
    broker.connect("w", Arc::new(Hands { clock: clock.clone(), diary: diary.clone(), retry_seconds }));
    let occupation =
        Occupation { broker: broker.clone(), work: work.clone(), handlers: RunningHandlers::default() };
    let travel = TimeTravel::new(clock.clone(), occupation);
    Bench { broker, clock, work, diary, travel }
}

impl Bench {
    async fn send(&self, queue: &str, body: &str, delay_seconds: Option<u32>) {
        let message = NewMessage {
            content_type: ContentType::Text,
            body: Bytes::copy_from_slice(body.as_bytes()),
            delay_seconds,
            held_back_seconds: 0,
        };
        let request = SendRequest {
            queue: queue.into(),
            messages: vec![message],
            batch_delay_seconds: None,
            binding_delay_seconds: None,
            origin: MessageOrigin::Api,
        };
        self.broker.send_and_wait(request).await.unwrap();
    }

    fn diary(&self) -> Vec<(u64, String)> {
        std::mem::take(&mut *self.diary.0.lock().unwrap())
    }
}

fn at_once() -> WorkerConsumer {
    WorkerConsumer { max_batch_timeout_ms: 0, ..WorkerConsumer::new("w") }
}

#[tokio::test]
async fn each_delay_ends_at_its_own_instant_and_in_order() {
    let bench = bench(at_once(), None).await;
    for (body, hours) in [("c", 12), ("a", 1), ("b", 7)] {
        bench.send("q", body, Some(hours * 3600)).await;
    }
    let travel = bench.travel.go(Goal::By(12 * HOUR_MS - 1), PATIENCE).await;
    assert!(travel.reached(), "{travel:?}");
    assert_eq!(bench.diary(), [(HOUR_MS, "a 1".to_owned()), (7 * HOUR_MS, "b 1".to_owned())]);
    assert_eq!(bench.clock.now(), START.plus_millis(12 * HOUR_MS - 1));
    bench.travel.go(Goal::Next, PATIENCE).await;
    assert_eq!(bench.diary(), [(12 * HOUR_MS, "c 1".to_owned())]);
}

#[tokio::test]
async fn a_batch_waits_for_its_timeout_unless_it_is_full() {
    let consumer = WorkerConsumer { max_batch_size: 3, max_batch_timeout_ms: 5000, ..at_once() };
    let bench = bench(consumer, None).await;
    bench.send("q", "first", None).await;
    bench.travel.go(Goal::By(2000), PATIENCE).await;
    bench.send("q", "second", None).await;
    let travel = bench.travel.go(Goal::Idle, PATIENCE).await;
    assert_eq!((travel.reached(), travel.stops), (true, 1));
    assert_eq!(bench.diary(), [(5000, "first 1".to_owned()), (5000, "second 1".to_owned())]);
    for body in ["x", "y", "z"] {
        bench.send("q", body, None).await;
    }
    bench.travel.go(Goal::By(0), PATIENCE).await;
    assert_eq!(bench.diary().len(), 3);
}

#[tokio::test]
async fn a_hundred_retries_end_in_the_dead_letter_queue_days_later() {
    let consumer =
        WorkerConsumer { max_retries: 100, dead_letter_queue: Some("dead".to_owned()), ..at_once() };
    let bench = bench(consumer, Some(3400)).await;
    bench.send("q", "m", None).await;
    let travel = bench.travel.go(Goal::Idle, PATIENCE).await;
    assert!(travel.reached(), "{travel:?}");
    let diary = bench.diary();
    let end = 100 * 3_400_000;
    assert_eq!(diary.len(), 102);
    assert_eq!(diary[100..], [(end, "m 101".to_owned()), (end, "dead after 101".to_owned())]);
    // The dead letter, which nobody consumes, does not keep the session from being idle.
    assert_eq!(bench.clock.now(), START.plus_millis(end));
}

#[tokio::test]
async fn retention_ends_when_it_says() {
    let bench = bench(at_once(), None).await;
    bench.send("other", "kept", None).await;
    let four_days = 4 * 24 * HOUR_MS;
    bench.travel.go(Goal::By(four_days - 1), PATIENCE).await;
    assert_eq!(bench.broker.metrics("other").await.unwrap().backlog_count, 1);
    bench.travel.go(Goal::By(1), PATIENCE).await;
    assert_eq!(bench.diary(), [(four_days, "expired 1".to_owned())]);
}

#[tokio::test]
async fn a_lease_ends_and_the_message_can_be_pulled_again() {
    let bench = bench(at_once(), None).await;
    let pull = ConsumerSettings::Pull(PullConsumer { visibility_timeout_ms: 60_000, ..Default::default() });
    bench.broker.attach_consumer("other", pull, ChangeSource::Api).await.unwrap();
    bench.send("other", "m", None).await;
    let request = || PullRequest { queue: "other".to_owned(), batch_size: None, visibility_timeout_ms: None };
    let pulled = async || {
        let pulled = bench.broker.pull(request()).await.unwrap();
        pulled.messages.iter().map(|message| message.attempts).collect::<Vec<_>>()
    };
    assert_eq!(pulled().await, [1]);
    bench.travel.go(Goal::By(59_999), PATIENCE).await;
    assert_eq!(pulled().await, Vec::<u32>::new());
    bench.travel.go(Goal::By(1), PATIENCE).await;
    assert_eq!(pulled().await, [2]);
}

#[tokio::test]
async fn the_clock_waits_for_work_and_says_what_for() {
    let bench = bench(at_once(), None).await;
    bench.send("q", "m", Some(10)).await;
    let busy = bench.work.begin_named("GET http://example.com/slow");
    let travel = bench.travel.go(Goal::Idle, Duration::from_millis(20)).await;
    assert_eq!((travel.reached(), travel.to), (false, START));
    assert_eq!(travel.waits_for, ["GET http://example.com/slow"]);
    assert_eq!(travel.arrival, Arrival::OutOfTime);
    drop(busy);
    assert!(bench.travel.go(Goal::Idle, PATIENCE).await.reached());
    assert_eq!(bench.clock.now(), START.plus_seconds(10));
}

#[tokio::test]
async fn a_goal_that_no_deadline_leads_to_is_not_reached() {
    let bench = bench(at_once(), None).await;
    assert_eq!(bench.travel.go(Goal::Next, PATIENCE).await.arrival, Arrival::NoDeadline);
    let running =
        bench.travel.occupation().handlers.begin(&"w".into(), crate::runtime::running::HandlerKind::Fetch);
    let travel = bench.travel.go(Goal::Idle, PATIENCE).await;
    assert_eq!((travel.reached(), travel.stops), (false, 0));
    assert_eq!(travel.waits_for, ["1 fetch handler of worker \"w\""]);
    drop(running);
    assert!(bench.travel.go(Goal::Idle, PATIENCE).await.reached());
}

#[tokio::test]
async fn an_automatic_clock_skips_what_nobody_does_anything_in() {
    let bench = Arc::new(bench(at_once(), None).await);
    let moved = bench.clone();
    let task = tokio::spawn(async move { moved.travel.go_by_itself().await });
    bench.send("q", "m", Some(43_200)).await;
    let diary = async {
        loop {
            let diary = bench.diary();
            if !diary.is_empty() {
                return diary;
            }
            tokio::task::yield_now().await;
        }
    };
    let diary = tokio::time::timeout(PATIENCE, diary).await.unwrap();
    assert_eq!(diary, [(12 * HOUR_MS, "m 1".to_owned())]);
    task.abort();
}
