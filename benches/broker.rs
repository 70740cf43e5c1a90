//! What the broker costs beside the disk it writes to.
//!
//! One run prints: raw SQLite inserting and deleting the same rows with the same commits; the broker doing
//! the same through send, delivery and acknowledgement; how its cost grows with what waits; and how long a
//! large backlog takes to open. `cargo bench --bench broker`; `BROKER_BENCH_WAITING=10000000` opens more.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use bytes::Bytes;
use qemu_dev::base::ContentType;
use qemu_dev::broker::storage::SqliteStorage;
use qemu_dev::broker::{
    Broker, BrokerOptions, ConsumerDeclaration, Delivery, Event, MessageOrigin, NewMessage, Observer,
    Outcome, SendRequest, Topology, WorkerConsumer,
};
use qemu_dev::dev::SystemClock;
use rusqlite::{Connection, params};

type Failure = Box<dyn std::error::Error>;

const BODY_BYTES: usize = 1000;
const BATCH: u64 = 100;
const MESSAGES: u64 = 200_000;
/// How far sending runs ahead of the worker, in messages.
const AHEAD: u64 = 3200;
const ROUNDS: usize = 5;
/// Batches on their way to the broker at a time.
const WINDOW: usize = 16;

fn main() -> Result<(), Failure> {
    println!("bodies of {BODY_BYTES} bytes, batches of {BATCH}");
    for _ in 0..ROUNDS {
        round()?;
    }
    let directory = tempfile::tempdir()?;
    let rate = Session::start(directory.path())?.run_through(MESSAGES, u64::MAX)?;
    println!(
        "a burst of {MESSAGES}, sent as fast as it goes: {rate:.0} messages/s until all are acknowledged"
    );
    growth()
}

/// The broker, then raw SQLite with as many records in a commit: they differ from moment to moment with
/// what else the disk does, so they are compared side by side.
fn round() -> Result<(), Failure> {
    let directory = tempfile::tempdir()?;
    let session = Session::start(directory.path())?;
    let commits = session.commits.clone();
    let broker = session.run_through(MESSAGES, AHEAD)?;
    let count = commits.count.load(Ordering::SeqCst).max(1);
    let per_commit = commits.records.load(Ordering::SeqCst) / count;
    let seconds = commits.microseconds.load(Ordering::SeqCst) as f64 / 1e6;
    // Each message is inserted and deleted: two records.
    let raw = raw_sqlite(MESSAGES, (per_commit / 2).max(1))?;
    println!(
        "broker {broker:.0} messages/s (send, deliver, acknowledge; {count} commits of {per_commit} records, {:.0}% \
         of the time); raw SQLite {raw:.0} messages/s (insert, delete): {:.0}%",
        100.0 * seconds * broker / MESSAGES as f64,
        100.0 * broker / raw,
    );
    Ok(())
}

/// The cost of a message while more and more others wait.
fn growth() -> Result<(), Failure> {
    let most = std::env::var("BROKER_BENCH_WAITING").ok().and_then(|text| text.parse().ok());
    let most: u64 = most.unwrap_or(1_000_000);
    let directory = tempfile::tempdir()?;
    let mut waiting = 0;
    let mut first = None;
    let mut next = 1_000;
    while next <= most {
        let session = Session::start(directory.path())?;
        let began = Instant::now();
        session.send_to("waiting", next - waiting, u64::MAX)?;
        let filled = (next - waiting) as f64 / began.elapsed().as_secs_f64();
        waiting = next;
        let rate = session.run_through(50_000, AHEAD)?;
        let first_rate = *first.get_or_insert(rate);
        let began = Instant::now();
        let session = Session::start(directory.path())?;
        let opened = began.elapsed();
        session.first_delivery()?;
        println!(
            "{waiting:>9} waiting: filled at {filled:.0}/s, {rate:.0} messages/s ({:.2}x the cost at 1000), \
             opened in {:.0} ms, first delivery after {:.0} ms, {} MB resident",
            first_rate / rate,
            opened.as_secs_f64() * 1e3,
            began.elapsed().as_secs_f64() * 1e3,
            resident_mb().map_or_else(|| "?".to_owned(), |mb| mb.to_string()),
        );
        session.stop()?;
        next *= 10;
    }
    Ok(())
}

fn raw_sqlite(messages: u64, per_commit: u64) -> Result<f64, Failure> {
    let directory = tempfile::tempdir()?;
    let mut connection = Connection::open(directory.path().join("raw.sqlite"))?;
    connection.execute_batch("PRAGMA page_size = 8192")?;
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA cache_size = -16000; PRAGMA wal_autocheckpoint = 2000;
         CREATE TABLE message (sequence INTEGER PRIMARY KEY, queue INTEGER NOT NULL, due INTEGER NOT NULL,
             progress INTEGER NOT NULL, head BLOB NOT NULL) STRICT;
         CREATE TABLE body (sequence INTEGER PRIMARY KEY, body BLOB NOT NULL, origin INTEGER NOT NULL,
             delay_seconds INTEGER) STRICT;",
    )?;
    let (body, head, now) = (vec![7_u8; BODY_BYTES], [7_u8; 37], 1_700_000_000_000_i64);
    let began = Instant::now();
    let mut sequence = 0_i64;
    let mut deleted = 0_i64;
    while (deleted as u64) < messages {
        let transaction = connection.transaction()?;
        {
            let mut message =
                transaction.prepare_cached("INSERT INTO message VALUES (?1, ?2, ?3, ?4, ?5)")?;
            let mut bodies = transaction.prepare_cached("INSERT INTO body VALUES (?1, ?2, ?3, ?4)")?;
            let mut delete_message = transaction.prepare_cached("DELETE FROM message WHERE sequence = ?1")?;
            let mut delete_body = transaction.prepare_cached("DELETE FROM body WHERE sequence = ?1")?;
            // As in the broker, a commit deletes what an earlier one inserted.
            let before = sequence;
            while (sequence as u64) < messages && ((sequence - before) as u64) < per_commit {
                sequence += 1;
                message.execute(params![sequence, 1, now, 0, head])?;
                bodies.execute(params![sequence, body, 1, None::<u32>])?;
            }
            while deleted < before {
                deleted += 1;
                delete_message.execute([deleted])?;
                delete_body.execute([deleted])?;
            }
            if before == sequence && deleted < sequence {
                deleted = sequence;
            }
        }
        transaction.commit()?;
    }
    Ok(messages as f64 / began.elapsed().as_secs_f64())
}

/// Adds up the commits.
#[derive(Default)]
struct Commits {
    count: AtomicU64,
    records: AtomicU64,
    microseconds: AtomicU64,
}

impl Observer for Commits {
    fn event(&self, event: &Event) {
        if let Event::Committed { records, duration_us } = event {
            self.count.fetch_add(1, Ordering::SeqCst);
            self.records.fetch_add(*records as u64, Ordering::SeqCst);
            self.microseconds.fetch_add(*duration_us, Ordering::SeqCst);
        }
    }
}

/// Acknowledges everything on a thread of its own, as a runtime would.
struct Acknowledger(Sender<Delivery>);

impl qemu_dev::broker::Consumer for Acknowledger {
    fn deliver(&self, delivery: Delivery) {
        // When the bench is over, deliveries are dropped.
        let _ = self.0.send(delivery);
    }
}

struct Session {
    broker: Broker,
    finished: Arc<AtomicU64>,
    waker: std::sync::mpsc::Receiver<()>,
    /// Whether deliveries are kept instead of acknowledged.
    hold: Arc<AtomicBool>,
    commits: Arc<Commits>,
}

impl Session {
    fn start(directory: &Path) -> Result<Self, Failure> {
        let storage = SqliteStorage::open(directory)?;
        let commits = Arc::new(Commits::default());
        let mut options = BrokerOptions::new(Box::new(storage), Arc::new(SystemClock::new()));
        options.observer = commits.clone();
        let broker = Broker::start(options)?;
        let (sender, deliveries) = channel::<Delivery>();
        let (wake, waker) = channel();
        let finished = Arc::new(AtomicU64::new(0));
        let counter = finished.clone();
        let hold = Arc::new(AtomicBool::new(false));
        let holds = hold.clone();
        std::thread::spawn(move || {
            let mut held = Vec::new();
            for delivery in deliveries {
                counter.fetch_add(delivery.messages.len() as u64, Ordering::SeqCst);
                if holds.load(Ordering::SeqCst) {
                    held.push(delivery);
                } else {
                    delivery.finish(Outcome::acknowledged());
                }
                // When nobody waits any more, the bench is over.
                let _ = wake.send(());
            }
        });
        broker.connect("bench", Arc::new(Acknowledger(sender)));
        let session = Self { broker, finished, waker, hold, commits };
        session.configure("through", 1000)?;
        Ok(session)
    }

    /// Lets the worker consume the queue.
    fn configure(&self, queue: &str, timeout_ms: u64) -> Result<(), Failure> {
        let consumer = WorkerConsumer {
            max_batch_size: 100,
            max_batch_timeout_ms: timeout_ms,
            max_concurrency: None,
            ..WorkerConsumer::new("bench")
        };
        let topology = Topology {
            workers: vec!["bench".to_owned()],
            queues: vec!["waiting".to_owned()],
            consumers: vec![ConsumerDeclaration { queue: queue.to_owned(), consumer }],
            ..Topology::default()
        };
        Ok(wait(self.broker.configure(topology))?)
    }

    /// Sends this many messages in batches, no more than `ahead` of the worker, and waits until all are
    /// durable.
    fn send_to(&self, queue: &str, messages: u64, ahead: u64) -> Result<(), Failure> {
        let body = Bytes::from(vec![7_u8; BODY_BYTES]);
        let (sender, replies) = channel();
        let (mut sent, mut open) = (0, 0);
        while sent < messages || open > 0 {
            while sent < messages && open < WINDOW {
                while sent > self.finished.load(Ordering::SeqCst).saturating_add(ahead) {
                    self.waker.recv()?;
                }
                let count = BATCH.min(messages - sent);
                let message = NewMessage {
                    content_type: ContentType::Bytes,
                    body: body.clone(),
                    delay_seconds: None,
                    held_back_seconds: 0,
                };
                let request = SendRequest {
                    queue: queue.into(),
                    messages: vec![message; usize::try_from(count)?],
                    batch_delay_seconds: None,
                    binding_delay_seconds: None,
                    origin: MessageOrigin::Worker,
                };
                let sender = sender.clone();
                self.broker.send(request, move |result| drop(sender.send(result)));
                sent += count;
                open += 1;
            }
            replies.recv()??;
            open -= 1;
        }
        Ok(())
    }

    /// Sends, delivers and acknowledges, and says how many a second.
    fn run_through(self, messages: u64, ahead: u64) -> Result<f64, Failure> {
        let began = Instant::now();
        self.send_to("through", messages, ahead)?;
        while self.finished.load(Ordering::SeqCst) < messages {
            self.waker.recv()?;
        }
        // The last acknowledgements are durable once a question asked after them is answered.
        wait(self.broker.activity())?;
        let rate = messages as f64 / began.elapsed().as_secs_f64();
        self.stop()?;
        Ok(rate)
    }

    fn first_delivery(&self) -> Result<(), Failure> {
        self.hold.store(true, Ordering::SeqCst);
        self.configure("waiting", 0)?;
        Ok(self.waker.recv()?)
    }

    fn stop(self) -> Result<(), Failure> {
        wait(self.broker.shutdown(Duration::from_millis(100)));
        Ok(())
    }
}

/// Waits for an answer without a runtime.
fn wait<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        std::thread::park();
    }
}

/// Resident memory, where the system tells.
fn resident_mb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kb| kb / 1024)
}
