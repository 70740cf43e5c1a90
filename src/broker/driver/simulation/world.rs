//! A driver without a thread, workers and clients that do anything, a disk that fails, and a hand-moved
//! clock.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::ledger::{Causes, Look, Policy, explain};
use super::random::Random;
use crate::base::{Clock, MessageId, Timestamp};
use crate::broker::core::dump::DumpedState;
use crate::broker::core::{ConsumerSettings, Event, Input, ProcessNumber, Reply, SentSpan};
use crate::broker::driver::{Answer, Command, Commands, Driver, IdSource, Queued, start};
use crate::broker::handle::BrokerOptions;
use crate::broker::inquiry::Response;
use crate::broker::ports::{Consumer, Delivery};
use crate::broker::request::Observer;
use crate::broker::storage::faulty::{Faults, FaultyStorage};
use crate::broker::storage::{Loaded, MemoryStorage, Storage};

/// A clock moved by hand.
#[derive(Debug, Default)]
pub(super) struct HandClock(AtomicU64);

impl HandClock {
    pub fn advance_to(&self, instant: Timestamp) {
        self.0.fetch_max(instant.as_millis(), Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }

    fn real_time_until(&self, _deadline: Timestamp) -> Option<Duration> {
        None
    }
}

/// What came out of the driver since the last look.
#[derive(Default)]
pub(super) struct Outbox {
    pub deliveries: Vec<Delivery>,
    pub sent: Vec<(SentSpan, Vec<(u64, String)>)>,
    /// Queue, message, lease token.
    pub leases: Vec<(String, MessageId, String)>,
    pub lines: Vec<String>,
}

pub(super) type SharedOutbox = Arc<Mutex<Outbox>>;

struct SimulatedWorker(SharedOutbox);

impl Consumer for SimulatedWorker {
    fn deliver(&self, delivery: Delivery) {
        self.0.lock().unwrap().deliveries.push(delivery);
    }
}

struct Recorder(SharedOutbox);

impl Observer for Recorder {
    fn event(&self, event: &Event) {
        if !matches!(event, Event::Committed { .. }) {
            self.0.lock().unwrap().lines.push(event.to_string());
        }
    }
}

/// A delivery that a worker holds, and the policies that may have held when it began.
pub(super) struct Held {
    pub delivery: Delivery,
    pub policies: Vec<Policy>,
}

pub(super) struct World {
    pub random: Random,
    pub clock: Arc<HandClock>,
    pub storage: MemoryStorage,
    pub faults: Faults,
    pub driver: Driver,
    receiver: Receiver<Queued>,
    pub outbox: SharedOutbox,
    pub held: Vec<Held>,
    pub leases: Vec<(String, MessageId, String)>,
    pub bodies: BTreeMap<MessageId, String>,
    pub look: Look,
    pub causes: Causes,
    pub trace: Vec<String>,
    pub serial: u64,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let clock = Arc::new(HandClock::default());
        clock.advance_to(Timestamp::from_millis(1_000_000));
        let (storage, faults) = (MemoryStorage::new(), Faults::default());
        let outbox = SharedOutbox::default();
        let (driver, receiver) = open(&mut random, &clock, &storage, &faults, &outbox);
        Self {
            random,
            clock,
            storage,
            faults,
            driver,
            receiver,
            outbox,
            held: Vec::new(),
            leases: Vec::new(),
            bodies: BTreeMap::new(),
            look: Look::default(),
            causes: Causes::default(),
            trace: Vec::new(),
            serial: 0,
        }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Gives the driver something to do with what comes next.
    pub fn tell(&mut self, input: Input) {
        let outbox = self.outbox.clone();
        self.trace.push(format!("{} > {input:?}", self.now()));
        let answer = Answer::new(move |response| note(&outbox, response.ok()));
        self.driver.commands.send(Command::Step(Box::new(input), answer));
    }

    pub fn command(&mut self, command: Command) {
        self.driver.commands.send(command);
    }

    pub fn connect(&mut self, worker: &str) {
        let consumer = Arc::new(SimulatedWorker(self.outbox.clone()));
        self.command(Command::Connect(ProcessNumber::OWNER, worker.to_owned(), consumer));
    }

    /// Lets the driver do everything there is to do at this instant, then looks at all of it.
    pub fn settle(&mut self) {
        let struck = self.faults.struck();
        for _ in 0..100 {
            self.driver.turn(&self.receiver);
            match self.receiver.try_recv() {
                Ok(queued) => self.driver.take(queued),
                Err(_) if self.driver.core.next_deadline().is_some_and(|due| due <= self.now()) => {}
                Err(_) => break,
            }
        }
        assert!(
            self.driver.core.next_deadline().is_none_or(|deadline| deadline > self.now()),
            "the core is never done"
        );
        self.causes.taken_back |= self.faults.struck() > struck;
        self.check();
    }

    /// The process dies and starts again with what is on disk.
    pub fn crash(&mut self) {
        self.trace.push(format!("{} > crash", self.now()));
        let lost = !self.driver.unwritten.is_empty();
        self.held.clear();
        let (driver, receiver) =
            open(&mut self.random, &self.clock, &self.storage, &self.faults, &self.outbox);
        (self.driver, self.receiver) = (driver, receiver);
        let mut outbox = self.outbox.lock().unwrap();
        outbox.deliveries.clear();
        outbox.sent.clear();
        outbox.leases.clear();
        drop(outbox);
        let look = Look::new(self.driver.core.dump());
        if !lost {
            // Deliveries are lost, and deadlines may have come; nothing else is different.
            for seen in self.look.messages.values_mut() {
                if seen.state == DumpedState::Delivered {
                    seen.state = DumpedState::Ready;
                }
            }
            // A delivery that was taken back earlier made its messages ready then, on disk they are since before.
            self.causes = Causes { taken_back: true, ..Causes::default() };
            explain(&self.look, &look, &self.causes, self.now());
        }
        self.look = look;
        self.causes = Causes::default();
        self.connect("a");
        self.connect("b");
        self.settle();
    }

    fn check(&mut self) {
        let look = Look::new(self.driver.core.dump());
        let mut outbox = std::mem::take(&mut *self.outbox.lock().unwrap());
        for (span, messages) in outbox.sent.drain(..) {
            self.accept(&look, &span, messages);
        }
        explain(&self.look, &look, &self.causes, self.now());
        for delivery in outbox.deliveries.drain(..) {
            self.hold(delivery, &look);
        }
        self.leases.append(&mut outbox.leases);
        self.trace.append(&mut outbox.lines);
        self.check_held(&look);
        self.check_disk(&look);
        self.look = look;
        self.causes = Causes::default();
    }

    fn accept(&mut self, look: &Look, span: &SentSpan, messages: Vec<(u64, String)>) {
        for (sequence, (delay_seconds, body)) in (span.first.0..).zip(messages) {
            let found = look.messages.values().find(|seen| seen.row.sequence.0 == sequence);
            match found {
                Some(seen) => {
                    self.causes.sent.insert(seen.row.id, delay_seconds);
                    self.bodies.insert(seen.row.id, body);
                }
                None => assert!(!self.causes.purged_queues.is_empty(), "{body} was accepted and is lost"),
            }
        }
    }

    fn hold(&mut self, delivery: Delivery, look: &Look) {
        let mut policies = self.causes.policies.get(&*delivery.queue).cloned().unwrap_or_default();
        // The consumer may have changed just before or just after the delivery began.
        let queues = self.look.queues.iter().chain(&look.queues);
        for queue in queues.filter(|queue| queue.row.name == delivery.queue) {
            let settings = queue.row.consumer.as_ref().map(|consumer| &consumer.settings);
            policies.push(Policy::of(settings));
        }
        self.check_batch(&delivery, look);
        for message in &delivery.messages {
            let body = self.bodies.get(&message.id).map(String::as_bytes);
            assert_eq!(body, Some(&message.body[..]), "another body for {}", message.id);
            if let Some(seen) = look.messages.get(&message.id) {
                assert_eq!(message.attempts, seen.row.failures + 1, "attempts of {}", message.id);
                assert_eq!(message.timestamp, seen.row.timestamp);
                assert!(seen.row.due <= self.now(), "{} was delivered too early", message.id);
            }
        }
        self.held.push(Held { delivery, policies });
    }

    /// The batch keeps to its consumer's settings, if they were the same all the time.
    fn check_batch(&self, delivery: &Delivery, look: &Look) {
        let named = |look: &Look| look.queues.iter().find(|queue| queue.row.name == delivery.queue).cloned();
        let (Some(before), Some(after)) = (named(&self.look), named(look)) else { return };
        let Some(consumer) = after.row.consumer.clone().filter(|_| before.row == after.row) else { return };
        let ConsumerSettings::Worker(worker) = consumer.settings else { panic!("a pull queue delivers") };
        assert!(!after.row.settings.delivery_paused, "a paused queue delivers");
        assert_eq!(&*delivery.worker, worker.worker);
        let count = u32::try_from(delivery.messages.len()).unwrap();
        assert!(count > 0 && count <= worker.max_batch_size, "{count} messages in a batch");
        let max_concurrency = worker.max_concurrency.unwrap_or(250);
        assert!(after.concurrency <= max_concurrency && after.running <= max_concurrency, "{after:?}");
        let dues = delivery.messages.iter().filter_map(|message| look.messages.get(&message.id));
        let waited = dues.map(|seen| seen.row.due.plus_millis(worker.max_batch_timeout_ms)).min();
        let in_time = waited.is_none_or(|waited| waited <= self.now());
        assert!(
            count == worker.max_batch_size || in_time || self.causes.taken_back,
            "a batch went too early"
        );
    }

    /// Every message a worker holds is held once, and the core knows of each delivery.
    fn check_held(&self, look: &Look) {
        let mut ids = BTreeSet::new();
        for message in self.held.iter().flat_map(|held| &held.delivery.messages) {
            let state = look.messages.get(&message.id).map(|seen| seen.state);
            if state == Some(DumpedState::Delivered) {
                assert!(ids.insert(message.id), "{} is delivered twice at a time", message.id);
            }
        }
        for (id, seen) in &look.messages {
            let held = ids.contains(id);
            assert_eq!(held, seen.state == DumpedState::Delivered, "{id}: {seen:?}");
        }
        assert_eq!(self.driver.core.running(), self.held.len());
        for queue in &look.queues {
            let running = self.held.iter().filter(|held| held.delivery.queue == queue.row.name).count();
            let deleted = running > queue.running as usize;
            assert!(deleted || running == queue.running as usize, "{queue:?}");
        }
    }

    /// What is on disk and what could not be written yet are together what the core holds.
    fn check_disk(&self, look: &Look) {
        let mut rows: BTreeMap<_, _> = BTreeMap::new();
        let mut copy = self.storage.copy();
        copy.commit(&self.driver.unwritten).unwrap();
        let mut queues = Vec::new();
        copy.load(&mut |loaded| match loaded {
            Loaded::Messages(messages) => rows.extend(messages.into_iter().map(|row| (row.id, row))),
            Loaded::Queue(row) => queues.push(*row),
            Loaded::Damaged(row) => panic!("{row:?}"),
            Loaded::Taken(_) => {}
        })
        .unwrap();
        let held: Vec<_> = look.queues.iter().map(|queue| queue.row.clone()).collect();
        assert_eq!(queues, held, "queues on disk");
        let expected: BTreeMap<_, _> = look.messages.iter().map(|(id, seen)| (*id, seen.row)).collect();
        if !self.driver.unwritten.is_empty() || self.causes.taken_back {
            // A delivery that was taken back is ready since then; on disk it is since before.
            let forget = |rows: BTreeMap<MessageId, crate::broker::core::MessageRow>| -> BTreeMap<_, _> {
                rows.into_iter().map(|(id, row)| (id, (row.queue, row.failures, row.leased))).collect()
            };
            assert_eq!(forget(rows), forget(expected), "messages on disk");
        } else {
            let differs =
                |id: &MessageId| rows.get(id) != expected.get(id) && !self.redelivered(id, &rows, &expected);
            let all: BTreeSet<_> = rows.keys().chain(expected.keys()).copied().collect();
            let wrong: Vec<_> = all.iter().filter(|id| differs(id)).collect();
            assert!(wrong.is_empty(), "on disk {rows:?}, held {expected:?}, wrong {wrong:?}");
        }
    }

    /// A message whose delivery was taken back earlier: ready since then, on disk since before.
    fn redelivered(
        &self,
        id: &MessageId,
        rows: &BTreeMap<MessageId, crate::broker::core::MessageRow>,
        expected: &BTreeMap<MessageId, crate::broker::core::MessageRow>,
    ) -> bool {
        let (Some(disk), Some(held)) = (rows.get(id), expected.get(id)) else { return false };
        let same_but_due = crate::broker::core::MessageRow { due: held.due, ..*disk };
        same_but_due == *held && disk.due <= held.due && held.due <= self.now()
    }

    pub fn retry_storage_now(&mut self) {
        if let Some(trouble) = &mut self.driver.trouble {
            trouble.retry_at = Instant::now();
        }
    }
}

fn note(outbox: &SharedOutbox, response: Option<Response>) {
    let mut outbox = outbox.lock().unwrap();
    match response {
        Some(Response::Stepped(Reply::Pulled(Ok(order)), payloads)) => {
            assert!(payloads.iter().all(Option::is_some), "a pull is answered without what it leased");
            assert_eq!(payloads.len(), order.messages.len());
            for (head, token) in order.messages {
                outbox.leases.push((order.queue.to_string(), head.id, token));
            }
        }
        Some(Response::Stepped(reply, _)) => outbox.lines.push(format!("{reply:?}")),
        Some(Response::Looked(looked)) => outbox.lines.push(format!("{looked:?}")),
        None => outbox.lines.push("failed".to_owned()),
    }
}

fn open(
    random: &mut Random,
    clock: &Arc<HandClock>,
    storage: &MemoryStorage,
    faults: &Faults,
    outbox: &SharedOutbox,
) -> (Driver, Receiver<Queued>) {
    faults.fail_next(0);
    let storage = FaultyStorage { inner: storage.clone(), faults: faults.clone() };
    let mut options = BrokerOptions::new(Box::new(storage), clock.clone());
    options.observer = Arc::new(Recorder(outbox.clone()));
    options.outcome_linger = Duration::ZERO;
    // Some bodies stay in memory, some do not.
    options.body_cache_bytes = 1000;
    let ids = IdSource::seeded(random.next());
    let (commands, receiver) = Commands::new(options.work.clone());
    let mut driver = start::prepare(options, ids, commands).unwrap();
    driver.elapsed_ms = |_| 0;
    (driver, receiver)
}
