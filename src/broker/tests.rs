//! The broker through its handle: thread, storage and ports together.

mod moving;

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;

use bytes::Bytes;

use super::storage::faulty::FaultyStorage;
use super::storage::{MemoryStorage, SqliteStorage};
use super::*;
use crate::base::{Clock, ContentType, Timestamp};

/// A clock that stands still until it is moved.
#[derive(Default)]
struct StillClock(Mutex<u64>);

impl StillClock {
    fn advance(&self, broker: &Broker, milliseconds: u64) {
        *self.0.lock().unwrap() += milliseconds;
        broker.tick();
    }
}

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_000_000 + *self.0.lock().unwrap())
    }

    fn real_time_until(&self, _deadline: Timestamp) -> Option<Duration> {
        None
    }
}

struct Hands(Sender<Delivery>);

impl Consumer for Hands {
    fn deliver(&self, delivery: Delivery) {
        // A test that is over takes no more deliveries.
        let _ = self.0.send(delivery);
    }
}

#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Observer for Notes {
    fn event(&self, event: &Event) {
        if !matches!(event, Event::Committed { .. }) {
            self.0.lock().unwrap().push(event.to_string());
        }
    }
}

struct Bench {
    broker: Broker,
    clock: Arc<StillClock>,
    notes: Arc<Notes>,
    deliveries: Receiver<Delivery>,
}

/// A broker whose queue `q` is consumed by a worker, one message at a time and at once.
fn bench(storage: impl Storage + 'static) -> Bench {
    let (clock, notes) = (Arc::new(StillClock::default()), Arc::new(Notes::default()));
    let mut options = BrokerOptions::new(Box::new(storage), clock.clone());
    options.observer = notes.clone();
    let broker = Broker::start(options).unwrap();
    let (sender, deliveries) = channel();
    broker.connect("w", Arc::new(Hands(sender)));
    let consumer = WorkerConsumer {
        max_batch_size: 1,
        max_batch_timeout_ms: 0,
        max_concurrency: Some(1),
        ..WorkerConsumer::new("w")
    };
    let topology = Topology {
        workers: vec!["w".to_owned()],
        queues: vec!["pulled".to_owned()],
        consumers: vec![ConsumerDeclaration { queue: "q".to_owned(), consumer }],
        ..Topology::default()
    };
    wait(broker.configure(topology)).unwrap();
    Bench { broker, clock, notes, deliveries }
}

fn sqlite(directory: &Path) -> SqliteStorage {
    SqliteStorage::open(directory).unwrap()
}

fn request(queue: &str, bodies: &[&'static str]) -> SendRequest {
    let message = |body: &&'static str| NewMessage {
        content_type: ContentType::Text,
        body: Bytes::from_static(body.as_bytes()),
        delay_seconds: None,
        held_back_seconds: 0,
    };
    SendRequest {
        queue: queue.into(),
        messages: bodies.iter().map(message).collect(),
        batch_delay_seconds: None,
        binding_delay_seconds: None,
        origin: MessageOrigin::Api,
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = std::pin::pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return value;
        }
        std::thread::park();
    }
}

#[test]
fn what_is_sent_is_delivered_and_done() {
    let directory = tempfile::tempdir().unwrap();
    let bench = bench(sqlite(directory.path()));
    let metrics = wait(bench.broker.send_and_wait(request("q", &["one", "two"]))).unwrap();
    assert_eq!((metrics.backlog_count, metrics.backlog_bytes), (2, 6));
    for body in ["one", "two"] {
        let delivery = bench.deliveries.recv().unwrap();
        assert_eq!((&*delivery.queue, &*delivery.worker), ("q", "w"));
        assert_eq!((&delivery.messages[0].body[..], delivery.messages[0].attempts), (body.as_bytes(), 1));
        delivery.finish(Outcome::acknowledged());
    }
    wait(bench.broker.shutdown(Duration::from_secs(10)));
    let notes = bench.notes.0.lock().unwrap().join("\n");
    assert!(notes.contains("QUEUE q 1/1"), "{notes}");
    let again = self::bench(sqlite(directory.path()));
    assert_eq!(wait(again.broker.metrics("q")).unwrap(), Metrics::default());
}

#[test]
fn what_was_running_at_the_end_is_delivered_again() {
    let directory = tempfile::tempdir().unwrap();
    let first = bench(sqlite(directory.path()));
    wait(first.broker.send_and_wait(request("q", &["one"]))).unwrap();
    let held = first.deliveries.recv().unwrap();
    wait(first.broker.shutdown(Duration::ZERO));
    let second = bench(sqlite(directory.path()));
    let again = second.deliveries.recv().unwrap();
    assert_eq!(again.messages, held.messages);
}

#[test]
fn a_consumer_that_drops_a_delivery_has_failed() {
    let bench = bench(MemoryStorage::new());
    wait(bench.broker.send_and_wait(request("q", &["one"]))).unwrap();
    drop(bench.deliveries.recv().unwrap());
    assert_eq!(bench.deliveries.recv().unwrap().messages[0].attempts, 2);
}

#[test]
fn pulls_peeks_and_purges_find_bodies_and_tokens() {
    let bench = bench(MemoryStorage::new());
    let broker = &bench.broker;
    let pull = ConsumerSettings::Pull(PullConsumer::default());
    wait(broker.attach_consumer("pulled", pull, ChangeSource::Api)).unwrap();
    wait(broker.send_and_wait(request("pulled", &["one", "two", "three"]))).unwrap();
    let request =
        PullRequest { queue: "pulled".to_owned(), batch_size: Some(1), visibility_timeout_ms: Some(1000) };
    let pulled = wait(broker.pull(request.clone())).unwrap();
    assert_eq!(pulled.messages[0].body, "one");
    assert_eq!((pulled.messages[0].origin, pulled.metrics.backlog_count), (MessageOrigin::Api, 3));
    bench.clock.advance(broker, 1000);
    let peeked = wait(broker.peek("pulled", 10)).unwrap();
    let seen: Vec<_> = peeked.iter().map(|peeked| (peeked.body.clone(), peeked.attempts)).collect();
    assert_eq!(seen, [(Bytes::from("one"), 1), (Bytes::from("two"), 0), (Bytes::from("three"), 0)]);
    let references = vec![peeked[1].reference.clone(), "nothing".to_owned()];
    let purged = wait(broker.purge_messages("pulled", references)).unwrap();
    assert_eq!((purged.count, purged.warnings.len()), (1, 1));
    let acks = vec![pulled.messages[0].lease.clone()];
    let request = AcknowledgeRequest { queue: "pulled".to_owned(), acks, retries: Vec::new() };
    assert_eq!(wait(broker.acknowledge(request)).unwrap().ack_count, 1);
    assert_eq!(wait(broker.purge("pulled")).unwrap(), 1);
}

#[test]
fn a_pull_is_answered_with_what_it_leased_however_soon_the_lease_is_over() {
    let bench = bench(MemoryStorage::new());
    let broker = &bench.broker;
    let pull = PullConsumer {
        max_retries: 0,
        dead_letter_queue: Some("dead".to_owned()),
        ..PullConsumer::default()
    };
    wait(broker.attach_consumer("pulled", ConsumerSettings::Pull(pull), ChangeSource::Api)).unwrap();
    let mut delayed = request("pulled", &["one"]);
    // Its body is not kept in memory until it is due.
    delayed.batch_delay_seconds = Some(1);
    wait(broker.send_and_wait(delayed)).unwrap();
    bench.clock.advance(broker, 1000);
    let request =
        PullRequest { queue: "pulled".to_owned(), batch_size: None, visibility_timeout_ms: Some(0) };
    let pulled = wait(broker.pull(request)).unwrap();
    assert_eq!(pulled.messages.iter().map(|message| &message.body[..]).collect::<Vec<_>>(), [b"one"]);
    bench.clock.advance(broker, 1);
    let peeked = wait(broker.peek("dead", 10)).unwrap();
    assert_eq!(peeked.iter().map(|message| &message.body[..]).collect::<Vec<_>>(), [b"one"]);
}

#[test]
fn a_failing_disk_refuses_sends_and_is_got_over() {
    let storage = FaultyStorage::default();
    let faults = storage.faults.clone();
    let bench = bench(storage);
    faults.fail_next(1);
    let refused = wait(bench.broker.send_and_wait(request("q", &["lost"]))).unwrap_err();
    let refused = refused.to_string();
    assert!(refused.contains("no space left") && !refused.contains("is done"), "{refused}");
    assert_eq!(wait(bench.broker.metrics("q")).unwrap().backlog_count, 0);
    wait(bench.broker.send_and_wait(request("q", &["kept"]))).unwrap();
    assert_eq!(bench.deliveries.recv().unwrap().messages[0].body, "kept");
}

/// What becomes of three messages of this type after `sql` was done to the file: the bodies that are delivered, and
/// what is said.
fn after_damage(content_type: ContentType, sql: &str) -> (Vec<String>, String) {
    let directory = tempfile::tempdir().unwrap();
    let first = bench(sqlite(directory.path()));
    wait(first.broker.pause("q", ChangeSource::Api)).unwrap();
    let mut three = request("q", &["\"one\"", "\"two\"", "\"three\""]);
    three.messages.iter_mut().for_each(|message| message.content_type = content_type);
    wait(first.broker.send_and_wait(three)).unwrap();
    let id = wait(first.broker.peek("q", 1)).unwrap()[0].id;
    wait(first.broker.shutdown(Duration::ZERO));
    let path = directory.path().join("queues.sqlite");
    rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    let second = bench(sqlite(directory.path()));
    let topology = Topology {
        workers: vec!["w".to_owned()],
        queues: Vec::new(),
        consumers: vec![ConsumerDeclaration {
            queue: "q".to_owned(),
            consumer: WorkerConsumer { max_batch_timeout_ms: 0, ..WorkerConsumer::new("w") },
        }],
        ..Topology::default()
    };
    wait(second.broker.configure(topology)).unwrap();
    wait(second.broker.resume("q", ChangeSource::Api)).unwrap();
    let delivery = second.deliveries.recv().unwrap();
    let bodies = delivery.messages.iter().map(|message| String::from_utf8(message.body.to_vec()).unwrap());
    let bodies = bodies.collect();
    assert!(delivery.messages.iter().all(|message| message.attempts == 1));
    delivery.finish(Outcome::acknowledged());
    wait(second.broker.activity()).unwrap();
    let notes = second.notes.0.lock().unwrap().join("\n");
    let named = format!("Set aside damaged message \"{id}\" on queue \"q\": its body is ");
    assert!(notes.contains(&named) && notes.contains(&path.display().to_string()), "{notes}");
    assert_eq!(notes.matches("Set aside").count(), 1, "{notes}");
    (bodies, notes)
}

#[test]
fn a_damaged_message_is_set_aside_and_those_beside_it_are_delivered() {
    let first = "sequence = (SELECT min(sequence) FROM body)";
    let cases = [
        (ContentType::Text, format!("DELETE FROM body WHERE {first}"), "missing or unreadable"),
        (ContentType::Json, format!("UPDATE body SET body = x'7b22' WHERE {first}"), "not the JSON"),
        (ContentType::Json, format!("UPDATE body SET body = x'22ff22' WHERE {first}"), "not the JSON"),
        (ContentType::Text, format!("UPDATE body SET body = x'ff' WHERE {first}"), "not the text"),
    ];
    for (content_type, sql, reason) in cases {
        let (bodies, notes) = after_damage(content_type, &sql);
        assert_eq!(bodies, ["\"two\"", "\"three\""], "{sql}");
        assert!(notes.contains(reason), "{notes}");
    }
}

#[test]
fn messages_of_a_queue_that_is_no_more_have_a_queue_that_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let first = bench(sqlite(directory.path()));
    wait(first.broker.send_and_wait(request("pulled", &["one"]))).unwrap();
    wait(first.broker.shutdown(Duration::ZERO));
    let file = rusqlite::Connection::open(directory.path().join("queues.sqlite")).unwrap();
    file.execute_batch("UPDATE message SET queue = 77").unwrap();
    drop(file);
    let second = bench(sqlite(directory.path()));
    assert_eq!(wait(second.broker.metrics("recovered-77")).unwrap().backlog_count, 1);
    let notes = second.notes.0.lock().unwrap().join("\n");
    assert!(notes.contains("queue \"recovered-77\" now"), "{notes}");
}

/// Memory whose bodies cannot be read.
struct Unreadable {
    inner: MemoryStorage,
    reads: Arc<AtomicU32>,
}

impl Storage for Unreadable {
    fn load(&mut self, take: &mut dyn FnMut(storage::Loaded)) -> Result<(), StorageError> {
        self.inner.load(take)
    }

    fn commit(&mut self, records: &[core::Record]) -> Result<(), StorageError> {
        self.inner.commit(records)
    }

    fn payloads(&mut self, _: &[core::Sequence]) -> Result<Vec<Option<Payload>>, StorageError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        Err(StorageError::Other { path: "unreadable".into(), cause: "disk I/O error".to_owned() })
    }
}

#[test]
fn bodies_that_cannot_be_read_are_not_tried_with_every_commit() {
    let reads = Arc::new(AtomicU32::new(0));
    let bench = bench(Unreadable { inner: MemoryStorage::new(), reads: reads.clone() });
    let mut delayed = request("q", &["one"]);
    delayed.batch_delay_seconds = Some(1);
    wait(bench.broker.send_and_wait(delayed)).unwrap();
    bench.clock.advance(&bench.broker, 1000);
    for _ in 0..200 {
        wait(bench.broker.send_and_wait(request("pulled", &["other"]))).unwrap();
    }
    let reads = reads.load(Ordering::SeqCst);
    assert!((1..20).contains(&reads), "{reads} reads");
    let notes = bench.notes.0.lock().unwrap().join("\n");
    assert!(notes.matches("disk I/O error").count() < 20, "{notes}");
}

#[test]
fn after_the_end_everybody_is_told() {
    let bench = bench(MemoryStorage::new());
    let broker = bench.broker;
    wait(broker.shutdown(Duration::ZERO));
    let (sender, answers) = channel();
    broker.send(request("q", &["late"]), move |result| sender.send(result).unwrap());
    assert!(matches!(answers.recv().unwrap(), Err(Failure::Closed(BrokerClosed))));
    let (sender, answers) = channel();
    Producer::metrics(&broker, "q", Box::new(move |result| sender.send(result).unwrap()));
    assert!(matches!(answers.recv().unwrap(), Err(Failure::Closed(BrokerClosed))));
    assert!(matches!(wait(broker.purge("q")), Err(Failure::Closed(BrokerClosed))));
    assert!(wait(broker.queues()).is_err());
    wait(broker.shutdown(Duration::ZERO));
}

#[test]
fn the_most_recent_change_of_a_consumer_wins() {
    let directory = tempfile::tempdir().unwrap();
    let first = bench(sqlite(directory.path()));
    let consumer = wait(first.broker.queue("q")).unwrap().consumer.unwrap();
    assert_eq!(consumer.source, ChangeSource::Config);
    let changed = WorkerConsumer { max_retries: 9, ..WorkerConsumer::new("w") };
    let changed = ConsumerSettings::Worker(changed);
    wait(first.broker.update_consumer("q", consumer.id, changed.clone(), ChangeSource::Api)).unwrap();
    wait(first.broker.shutdown(Duration::ZERO));
    // The same configuration again says nothing new.
    let second = bench(sqlite(directory.path()));
    let consumer = wait(second.broker.queue("q")).unwrap().consumer.unwrap();
    assert_eq!((consumer.settings, consumer.source), (changed, ChangeSource::Api));
    // Another one does.
    let consumer = WorkerConsumer { max_retries: 5, ..WorkerConsumer::new("w") };
    let topology = Topology {
        workers: vec!["w".to_owned()],
        queues: Vec::new(),
        consumers: vec![ConsumerDeclaration { queue: "q".to_owned(), consumer: consumer.clone() }],
        ..Topology::default()
    };
    wait(second.broker.configure(topology)).unwrap();
    let row = wait(second.broker.queue("q")).unwrap().consumer.unwrap();
    assert_eq!((row.settings, row.source), (ConsumerSettings::Worker(consumer), ChangeSource::Config));
    // And one that no longer names the queue detaches what it had declared.
    let topology = Topology { workers: vec!["w".to_owned()], ..Topology::default() };
    wait(second.broker.configure(topology)).unwrap();
    assert_eq!(wait(second.broker.queue("q")).unwrap().consumer, None);
}

#[test]
fn a_configuration_may_give_a_queue_to_another_of_its_workers() {
    let bench = bench(MemoryStorage::new());
    let other = ConsumerDeclaration { queue: "q".to_owned(), consumer: WorkerConsumer::new("other") };
    let topology =
        Topology { workers: vec!["other".to_owned()], consumers: vec![other], ..Topology::default() };
    wait(bench.broker.configure(topology)).unwrap();
    let consumer = wait(bench.broker.queue("q")).unwrap().consumer.unwrap();
    assert_eq!(consumer.settings.worker(), Some("other"));
}

#[test]
fn what_was_released_before_a_failing_commit_is_told_all_the_same() {
    let storage = FaultyStorage::default();
    let faults = storage.faults.clone();
    let bench = bench(storage);
    wait(bench.broker.pause("q", ChangeSource::Api)).unwrap();
    wait(bench.broker.send_and_wait(request("q", &["durable"]))).unwrap();
    faults.fail_next(1);
    // The resumption is what cannot be stored; the message was durable before.
    let told = wait(bench.broker.resume("q", ChangeSource::Api)).unwrap_err().to_string();
    assert!(told.contains("is done in this session, and is stored as soon as"), "{told}");
    assert_eq!(bench.deliveries.recv().unwrap().messages[0].body, "durable");
    wait(bench.broker.activity()).unwrap();
    let notes = bench.notes.0.lock().unwrap().join("\n");
    assert!(notes.contains("Delivering 1 message of queue \"q\""), "{notes}");
}

#[test]
fn the_file_shrinks_by_itself_when_there_is_nothing_else_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let bench = bench(sqlite(directory.path()));
    let size = || std::fs::metadata(directory.path().join("queues.sqlite")).unwrap().len();
    let body: &'static str = Box::leak("x".repeat(100_000).into_boxed_str());
    for _ in 0..200 {
        wait(bench.broker.send_and_wait(request("pulled", &[body]))).unwrap();
    }
    assert_eq!(wait(bench.broker.purge("pulled")).unwrap(), 200);
    let until = std::time::Instant::now() + Duration::from_secs(60);
    // Less than a third of what was there; 4 MB are kept for what comes next.
    while size() > 6_500_000 {
        assert!(std::time::Instant::now() < until, "{} bytes", size());
        std::thread::sleep(Duration::from_millis(10));
    }
}
