//! Owner and members in one process, over real sockets.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;

use super::address::{Address, Secret};
use super::handshake::VERSION;
use super::{OpenError, StateOptions};
use crate::base::{ContentType, ManualClock, Timestamp};
use crate::broker::storage::StateLock;
use crate::broker::*;
use crate::dev::SystemClock;

/// How long something may take that must happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// One process.
struct Process {
    broker: Broker,
    deliveries: Receiver<Delivery>,
    deliver: Sender<Delivery>,
    notes: Arc<Notes>,
    runtime: tokio::runtime::Runtime,
}

#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Observer for Notes {
    fn event(&self, event: &Event) {
        self.0.lock().unwrap().push(event.to_string());
    }
}

struct Hands(Sender<Delivery>);

impl Consumer for Hands {
    fn deliver(&self, delivery: Delivery) {
        // A test that is over takes no more deliveries.
        let _ = self.0.send(delivery);
    }
}

impl Process {
    fn open(directory: &Path, label: &str) -> Self {
        Self::try_open(directory, label).unwrap()
    }

    fn try_open(directory: &Path, label: &str) -> Result<Self, OpenError> {
        let notes = Arc::new(Notes::default());
        let options = StateOptions {
            observer: Some(notes.clone()),
            ..StateOptions::new(directory, Arc::new(SystemClock::new()), label)
        };
        let broker = Broker::open(options)?;
        let (deliver, deliveries) = channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        Ok(Self { broker, deliveries, deliver, notes, runtime })
    }

    fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(async { tokio::time::timeout(PATIENCE, future).await.unwrap() })
    }

    /// Declares these consumers, `queue:worker`, one message at a time and at once, and connects the workers.
    fn consume(&self, consumers: &[&str]) -> Result<(), String> {
        let declared = consumers.iter().map(|text| text.split_once(':').unwrap());
        let consumers: Vec<_> = declared
            .map(|(queue, worker)| ConsumerDeclaration {
                queue: queue.to_owned(),
                consumer: WorkerConsumer {
                    max_batch_size: 1,
                    max_batch_timeout_ms: 0,
                    max_concurrency: Some(1),
                    ..WorkerConsumer::new(worker)
                },
            })
            .collect();
        let workers: Vec<_> = consumers.iter().map(|declared| declared.consumer.worker.clone()).collect();
        let topology = Topology { workers: workers.clone(), consumers, ..Topology::default() };
        self.wait(self.broker.configure(topology)).map_err(|error| error.to_string())?;
        for worker in workers {
            self.broker.connect(&worker, Arc::new(Hands(self.deliver.clone())));
        }
        Ok(())
    }

    fn send(&self, queue: &str, body: &str) -> Metrics {
        self.wait(self.broker.send_and_wait(request(queue, body))).unwrap()
    }

    fn delivery(&self) -> Delivery {
        self.deliveries.recv_timeout(PATIENCE).unwrap()
    }

    /// Takes a delivery, acknowledges it, and answers with its body.
    fn take(&self) -> String {
        let delivery = self.delivery();
        let body = String::from_utf8(delivery.messages[0].body.to_vec()).unwrap();
        delivery.finish(Outcome::acknowledged());
        body
    }

    fn count(&self, queue: &str) -> u64 {
        self.wait(self.broker.metrics(queue)).unwrap().backlog_count
    }

    fn stop(self) {
        self.wait(self.broker.shutdown(PATIENCE));
    }

    /// Waits until an event with these words has come.
    fn note(&self, words: &str) {
        let seen = || self.notes.0.lock().unwrap().iter().any(|note| note.contains(words));
        let until = std::time::Instant::now() + PATIENCE;
        while !seen() {
            assert!(std::time::Instant::now() < until, "no {words:?} in {:?}", self.notes.0.lock().unwrap());
            std::thread::yield_now();
        }
    }
}

fn request(queue: &str, body: &str) -> SendRequest {
    SendRequest {
        queue: queue.into(),
        messages: vec![NewMessage {
            content_type: ContentType::Text,
            body: Bytes::copy_from_slice(body.as_bytes()),
            delay_seconds: None,
            held_back_seconds: 0,
        }],
        batch_delay_seconds: None,
        binding_delay_seconds: None,
        origin: MessageOrigin::Worker,
    }
}

#[test]
fn a_member_sends_to_the_owners_worker_and_takes_for_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let owner = Process::open(directory.path(), "owner");
    let member = Process::open(directory.path(), "member");
    owner.consume(&["to-owner:o"]).unwrap();
    member.consume(&["to-member:m"]).unwrap();
    member.send("to-owner", "up");
    owner.send("to-member", "down");
    assert_eq!((owner.take().as_str(), member.take().as_str()), ("up", "down"));
    // Each is told of both.
    for process in [&owner, &member] {
        process.note("QUEUE to-owner 1/1");
        process.note("QUEUE to-member 1/1");
    }
    assert_eq!((member.count("to-owner"), owner.count("to-member")), (0, 0));
    member.stop();
    owner.stop();
    assert_eq!(Address::read(directory.path()).unwrap(), None);
}

#[test]
fn every_question_is_answered_alike_in_both() {
    let directory = tempfile::tempdir().unwrap();
    let owner = Process::open(directory.path(), "owner");
    let member = Process::open(directory.path(), "member");
    let created = member.wait(member.broker.create_queue("q", QueueSettings::default(), ChangeSource::Api));
    let created = created.unwrap();
    assert_eq!(owner.wait(owner.broker.queue("q")).unwrap(), created);
    let taken = member.wait(member.broker.create_queue("q", QueueSettings::default(), ChangeSource::Api));
    assert!(taken.unwrap_err().to_string().contains("already taken"));
    let pull = ConsumerSettings::Pull(PullConsumer::default());
    member.wait(member.broker.attach_consumer("q", pull, ChangeSource::Api)).unwrap();
    owner.send("q", "one");
    owner.send("q", "two");
    let pulled = member.wait(member.broker.pull(PullRequest {
        queue: "q".to_owned(),
        batch_size: Some(1),
        visibility_timeout_ms: None,
    }));
    let pulled = pulled.unwrap();
    assert_eq!(pulled.messages[0].body, "one");
    let acks = vec![pulled.messages[0].lease.clone()];
    let request = AcknowledgeRequest { queue: "q".to_owned(), acks, retries: Vec::new() };
    assert_eq!(member.wait(member.broker.acknowledge(request)).unwrap().ack_count, 1);
    let peeked = member.wait(member.broker.peek("q", 10)).unwrap();
    assert_eq!(peeked, owner.wait(owner.broker.peek("q", 10)).unwrap());
    assert_eq!(peeked.len(), 1);
    member.wait(member.broker.pause("q", ChangeSource::Api)).unwrap();
    assert!(owner.wait(owner.broker.queue("q")).unwrap().settings.delivery_paused);
    let queues = member.wait(member.broker.queues_with_metrics()).unwrap();
    assert_eq!((queues.len(), queues[0].1.backlog_count), (1, 1));
    assert_eq!(member.wait(member.broker.queues()).unwrap().len(), 1);
    assert_eq!(member.wait(member.broker.activity()).unwrap().running, 0);
    assert_eq!(member.wait(member.broker.purge("q")).unwrap(), 1);
    member.wait(member.broker.delete_queue("q")).unwrap();
    let missing = member.wait(member.broker.queue("q")).unwrap_err();
    assert_eq!(missing.to_string(), "queue \"q\" does not exist");
}

#[test]
fn the_largest_bodies_fit() {
    let directory = tempfile::tempdir().unwrap();
    let _owner = Process::open(directory.path(), "owner");
    let member = Process::open(directory.path(), "member");
    member.consume(&["q:m"]).unwrap();
    member.wait(member.broker.pause("q", ChangeSource::Api)).unwrap();
    let body = "x".repeat(128_000);
    for _ in 0..20 {
        member.send("q", &body);
    }
    assert_eq!(member.wait(member.broker.peek("q", 100)).unwrap().len(), 20);
    member.wait(member.broker.resume("q", ChangeSource::Api)).unwrap();
    for _ in 0..20 {
        assert_eq!(member.take().len(), body.len());
    }
}

#[test]
fn messages_wait_while_their_consumers_process_is_away() {
    let directory = tempfile::tempdir().unwrap();
    let owner = Process::open(directory.path(), "owner");
    let first = Process::open(directory.path(), "first");
    first.consume(&["q:m"]).unwrap();
    owner.send("q", "one");
    // It goes without an answer; no attempt is counted.
    let held = first.delivery();
    drop(first);
    owner.note("went away with 1 message of queue \"q\"");
    owner.send("q", "two");
    let second = Process::open(directory.path(), "second");
    second.consume(&["q:m"]).unwrap();
    let mut bodies = Vec::new();
    for _ in 0..2 {
        let delivery = second.delivery();
        assert_eq!(delivery.messages[0].attempts, 1);
        bodies.push(delivery.messages[0].body.clone());
        delivery.finish(Outcome::acknowledged());
    }
    bodies.sort();
    assert_eq!(bodies, ["one", "two"]);
    drop(held);
}

#[test]
fn a_queue_that_a_living_process_consumes_is_refused_to_others_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let owner = Process::open(directory.path(), "a/wrangler.jsonc");
    owner.consume(&["q:w"]).unwrap();
    let member = Process::open(directory.path(), "b/wrangler.jsonc");
    let refused = member.consume(&["q:v"]).unwrap_err();
    let process = std::process::id();
    assert_eq!(
        refused,
        format!(
            "Multiple consumers defined for queue \"q\": \"w\" (a/wrangler.jsonc, process {process}) and \"v\" \
             (b/wrangler.jsonc, process {process}); stop one of the two, or take the queue from its configuration"
        )
    );
    owner.stop();
    member.consume(&["q:v"]).unwrap();
}

#[test]
fn when_the_owner_goes_a_member_takes_over_and_the_others_follow() {
    let directory = tempfile::tempdir().unwrap();
    let owner = Process::open(directory.path(), "owner");
    let members = ["first", "second"].map(|label| Process::open(directory.path(), label));
    let [first, second] = &members;
    first.consume(&["to-first:f"]).unwrap();
    second.consume(&["to-second:s"]).unwrap();
    owner.consume(&["q:o"]).unwrap();
    owner.stop();
    // Asked while there may be no owner; whoever gets the lock answers.
    first.send("to-second", "one");
    second.send("to-first", "two");
    assert_eq!((second.take().as_str(), first.take().as_str()), ("one", "two"));
    second.send("q", "kept");
    // The next one goes, too.
    let [first, second] = members;
    first.stop();
    second.send("to-second", "three");
    assert_eq!(second.take(), "three");
    assert_eq!(second.count("q"), 1);
    let back = Process::open(directory.path(), "back");
    back.consume(&["q:o"]).unwrap();
    assert_eq!(back.take(), "kept");
}

/// The owner goes while a worker of a member holds a message; `next` sends until there is another.
fn held_across_owners(next: impl Fn(&Process, &Process)) {
    let directory = tempfile::tempdir().unwrap();
    let owner = Process::open(directory.path(), "owner");
    let member = Process::open(directory.path(), "member");
    member.consume(&["q:m"]).unwrap();
    owner.send("q", "one");
    let held = member.delivery();
    let other = Process::open(directory.path(), "other");
    owner.wait(owner.broker.shutdown(Duration::ZERO));
    next(&other, &member);
    // Whoever owns the queues now has been told of the workers before this.
    assert_eq!(member.count("q"), 2);
    assert!(member.deliveries.try_recv().is_err(), "two at a time");
    held.finish(Outcome::acknowledged());
    let delivery = member.delivery();
    assert_eq!((&delivery.messages[0].body[..], delivery.messages[0].attempts), (&b"two"[..], 1));
    delivery.finish(Outcome::acknowledged());
    member.send("q", "three");
    assert_eq!(member.take(), "three");
    assert_eq!(member.count("q"), 0);
}

#[test]
fn what_a_worker_holds_when_the_owner_goes_it_goes_on_with() {
    held_across_owners(|_, member| assert_eq!(member.send("q", "two").backlog_count, 2));
    held_across_owners(|other, _| assert_eq!(other.send("q", "two").backlog_count, 2));
}

#[test]
fn nothing_confirmed_is_lost_and_nobody_sees_an_error_when_owners_come_and_go() {
    let directory = tempfile::tempdir().unwrap();
    let mut owner = Process::open(directory.path(), "first");
    let producer = Process::open(directory.path(), "producer");
    let (confirm, confirmed) = channel();
    let mut sent = 0_u32;
    producer.wait(producer.broker.create_queue("q", QueueSettings::default(), ChangeSource::Api)).unwrap();
    for _ in 0..4 {
        for _ in 0..100 {
            let confirm = confirm.clone();
            producer.broker.send(request("q", &sent.to_string()), move |result| {
                confirm.send(result.map(drop)).unwrap();
            });
            sent += 1;
        }
        let next = Process::open(directory.path(), "next");
        // Many are on their way.
        std::mem::replace(&mut owner, next).stop();
    }
    for _ in 0..sent {
        confirmed.recv_timeout(PATIENCE).unwrap().unwrap();
    }
    // What was stored before its answer got lost was recognised when it was sent again.
    assert_eq!(producer.count("q"), u64::from(sent));
}

#[test]
fn an_outcome_of_a_member_is_durable_before_it_ends() {
    let directory = tempfile::tempdir().unwrap();
    let owner = Process::open(directory.path(), "owner");
    let member = Process::open(directory.path(), "member");
    member.consume(&["q:m"]).unwrap();
    owner.send("q", "one");
    let delivery = member.delivery();
    member.broker.disconnect("m");
    let broker = member.broker.clone();
    let ending = std::thread::spawn(move || member.stop());
    delivery.finish(Outcome::acknowledged());
    ending.join().unwrap();
    assert_eq!(owner.count("q"), 0);
    assert!(matches!(owner.wait(broker.queues()), Err(Failure::Closed(BrokerClosed))));
}

/// Something that listens and does as it is told with whoever comes.
fn impostor(directory: &Path, answer: impl Fn(std::net::TcpStream) + Send + 'static) -> StateLock {
    let lock = StateLock::acquire(directory).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    write_address(directory, listener.local_addr().unwrap(), VERSION);
    std::thread::spawn(move || listener.incoming().flatten().for_each(answer));
    lock
}

fn write_address(directory: &Path, address: std::net::SocketAddr, version: &str) {
    let (version, secret) = (version.to_owned(), Secret::new());
    let address = Address { version, process: 7, address, secret, clock_is_manual: false };
    address.write(directory).unwrap();
}

fn refusal(directory: &Path) -> String {
    Process::try_open(directory, "member").map(drop).unwrap_err().to_string()
}

#[test]
fn a_lock_whose_holder_has_no_address_is_told_with_the_remedy() {
    let directory = tempfile::tempdir().unwrap();
    let _lock = StateLock::acquire(directory.path()).unwrap();
    let text = refusal(directory.path());
    assert!(text.contains(&directory.path().join("lock").display().to_string()), "{text}");
    assert!(text.contains("owner.json") && text.contains("--persist-to"), "{text}");
}

#[test]
fn an_owner_that_hangs_up_is_told_with_the_file_that_names_it() {
    let directory = tempfile::tempdir().unwrap();
    let _lock = impostor(directory.path(), drop);
    let text = refusal(directory.path());
    assert!(text.starts_with("process 7, which holds these queues according to "), "{text}");
    assert!(text.contains("owner.json, does not answer: "), "{text}");
}

#[test]
fn an_owner_that_is_silent_keeps_nobody_waiting_for_ever() {
    use super::handshake::{Hello, Verdict, Welcome};
    let directory = tempfile::tempdir().unwrap();
    let silent = Mutex::new(Vec::new());
    let _lock = impostor(directory.path(), move |mut stream| {
        let _: Hello = super::handshake::read(&mut stream, PATIENCE).unwrap();
        let welcome = Welcome { verdict: Verdict::Welcome, version: VERSION.to_owned() };
        super::handshake::write(&mut stream, &welcome).unwrap();
        silent.lock().unwrap().push(stream);
    });
    let options = StateOptions {
        answer_patience: Duration::from_millis(50),
        ..StateOptions::new(directory.path(), Arc::new(SystemClock::new()), "member")
    };
    let broker = Broker::open(options).unwrap();
    for _ in 0..2 {
        let (sender, answers) = channel();
        broker.send(request("q", "one"), move |result| sender.send(result).unwrap());
        let told = answers.recv_timeout(PATIENCE).unwrap().unwrap_err().to_string();
        assert!(told.contains("(process 7) has said nothing for 50ms"), "{told}");
        assert!(told.contains(&directory.path().display().to_string()), "{told}");
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_removed_under_its_owner_is_told_and_nothing_is_confirmed() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("state");
    let owner = Process::open(&directory, "owner");
    owner.consume(&["q:w"]).unwrap();
    std::fs::remove_dir_all(&directory).unwrap();
    // Nobody sends, and it is told all the same.
    owner.note("was removed or replaced while it is in use");
    let refused = owner.wait(owner.broker.send_and_wait(request("q", "one"))).unwrap_err().to_string();
    assert!(refused.contains(&directory.join("queues.sqlite").display().to_string()), "{refused}");
    let next = Process::open(&directory, "next");
    next.consume(&["q:v"]).unwrap();
    let refused = owner.wait(owner.broker.send_and_wait(request("q", "one"))).unwrap_err().to_string();
    assert!(refused.contains("removed or replaced"), "{refused}");
    owner.stop();
    // What is there now is another's.
    let member = Process::open(&directory, "member");
    member.send("q", "two");
    assert_eq!(next.take(), "two");
}

#[test]
fn another_secret_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let owner = Process::open(directory.path(), "owner");
    let address = Address::read(directory.path()).unwrap().unwrap();
    write_address(directory.path(), address.address, VERSION);
    let text = refusal(directory.path());
    assert!(text.contains("process 7 does not accept the secret in "), "{text}");
    assert!(text.contains("owner.json") && text.contains("--persist-to"), "{text}");
    address.write(directory.path()).unwrap();
    Process::open(directory.path(), "member").send_to_new("q", &owner);
}

impl Process {
    fn send_to_new(&self, queue: &str, other: &Self) {
        self.consume(&[&format!("{queue}:w")]).unwrap();
        other.send(queue, "one");
        assert_eq!(self.take(), "one");
    }
}

#[test]
fn another_version_is_told_with_both() {
    let directory = tempfile::tempdir().unwrap();
    let _lock = StateLock::acquire(directory.path()).unwrap();
    write_address(directory.path(), "127.0.0.1:1".parse().unwrap(), "77.0.0");
    let text = refusal(directory.path());
    assert!(text.contains("held by qemu-dev 77.0.0 (process 7)") && text.contains(VERSION), "{text}");
}

#[test]
fn a_stale_address_is_no_obstacle() {
    let directory = tempfile::tempdir().unwrap();
    write_address(directory.path(), "127.0.0.1:1".parse().unwrap(), "77.0.0");
    let owner = Process::open(directory.path(), "owner");
    assert_eq!(Address::read(directory.path()).unwrap().unwrap().process, std::process::id());
    owner.stop();
}

#[test]
fn a_file_that_is_no_address_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let _lock = StateLock::acquire(directory.path()).unwrap();
    std::fs::write(Address::path(directory.path()), "127.0.0.1").unwrap();
    let text = refusal(directory.path());
    assert!(text.contains("owner.json does not say where"), "{text}");
}

#[test]
fn a_clock_that_is_set_by_hand_needs_queues_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let still = || StateOptions {
        clock_is_manual: true,
        ..StateOptions::new(directory.path(), Arc::new(ManualClock::new(Timestamp::from_millis(7))), "still")
    };
    let owner = Process::open(directory.path(), "owner");
    let refused = Broker::open(still()).map(drop).unwrap_err().to_string();
    assert!(refused.contains("whose clock decides"), "{refused}");
    owner.stop();
    let owner = Broker::open(still()).unwrap();
    let refused = Process::try_open(directory.path(), "session").map(drop).unwrap_err().to_string();
    assert!(refused.contains("whose clock is set by hand"), "{refused}");
    // A command has no Workers that look at a clock.
    let command = StateOptions::new(directory.path(), Arc::new(SystemClock::new()), "command");
    Broker::open(command).map(drop).unwrap();
    drop(owner);
}

#[test]
fn only_the_owner_s_session_begins_anew() {
    let directory = tempfile::tempdir().unwrap();
    let (owner, member) =
        (Process::open(directory.path(), "owner"), Process::open(directory.path(), "member"));
    owner.consume(&["q:w"]).unwrap();
    let reset = |process: &Process| {
        let topology = Topology::default();
        process.runtime.block_on(process.broker.reset(topology)).map_err(|error| error.to_string())
    };
    let refused = reset(&member).unwrap_err();
    assert!(refused.contains("another process's"), "{refused}");
    // It is a member as before.
    member.send("q", "still there");
    assert_eq!(owner.take(), "still there");
    reset(&owner).unwrap();
}

#[test]
fn whoever_does_not_greet_is_not_served() {
    use std::io::{Read, Write};
    let directory = tempfile::tempdir().unwrap();
    let owner = Process::open(directory.path(), "owner");
    owner.consume(&["q:w"]).unwrap();
    let address = Address::read(directory.path()).unwrap().unwrap();
    for garbage in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0xff; 64], &[4, 0, 0, 0, b'{', b'}', b'{', b'}']] {
        let mut stream = std::net::TcpStream::connect(address.address).unwrap();
        stream.write_all(garbage).unwrap();
        let mut answer = Vec::new();
        // The connection may be reset instead of closed.
        let _ = stream.read_to_end(&mut answer);
        assert!(answer.is_empty());
    }
    owner.send("q", "still there");
    assert_eq!(owner.take(), "still there");
}

#[test]
fn a_member_that_makes_no_sense_is_cut_off_and_the_others_are_served() {
    let directory = tempfile::tempdir().unwrap();
    let owner = Process::open(directory.path(), "owner");
    let member = Process::open(directory.path(), "member");
    member.consume(&["q:m"]).unwrap();
    let address = Address::read(directory.path()).unwrap().unwrap();
    let mut stream = std::net::TcpStream::connect(address.address).unwrap();
    let hello = super::handshake::Hello::new(address.secret, "odd".to_owned(), true);
    super::handshake::write(&mut stream, &hello).unwrap();
    let welcome: super::handshake::Welcome = super::handshake::read(&mut stream, PATIENCE).unwrap();
    assert_eq!(welcome.verdict, super::handshake::Verdict::Welcome);
    let mut odd = Vec::new();
    super::frame::append(&mut odd, &[0xee; 40]).unwrap();
    std::io::Write::write_all(&mut stream, &odd).unwrap();
    // It is cut off: reading comes to an end.
    let _ = std::io::copy(&mut stream, &mut std::io::sink());
    owner.send("q", "one");
    assert_eq!(member.take(), "one");
}

#[test]
fn a_member_that_reads_nothing_keeps_nobody_waiting() {
    let directory = tempfile::tempdir().unwrap();
    let owner = Process::open(directory.path(), "owner");
    let address = Address::read(directory.path()).unwrap().unwrap();
    let mut stream = std::net::TcpStream::connect(address.address).unwrap();
    let hello = super::handshake::Hello::new(address.secret, "deaf".to_owned(), true);
    super::handshake::write(&mut stream, &hello).unwrap();
    let _: super::handshake::Welcome = super::handshake::read(&mut stream, PATIENCE).unwrap();
    owner.consume(&["q:w"]).unwrap();
    // More events than wait anywhere, none of them read.
    for number in 0..3000 {
        owner.broker.send(request("q", &number.to_string()), |result| {
            result.unwrap();
        });
    }
    for _ in 0..3000 {
        owner.take();
    }
    assert_eq!(owner.count("q"), 0);
}
