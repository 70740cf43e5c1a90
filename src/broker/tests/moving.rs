//! Looking at all messages, moving them, and taking in what was exported.

use super::*;
use crate::base::MessageId;
use crate::broker::core::ImportRefusal;

/// A queue `q` whose consumer fails once and for all, and whose dead letters go to `dead`.
fn failing(storage: impl Storage + 'static) -> Bench {
    let bench = bench(storage);
    let consumer = WorkerConsumer {
        max_batch_size: 1,
        max_batch_timeout_ms: 0,
        max_retries: 0,
        dead_letter_queue: Some("dead".to_owned()),
        ..WorkerConsumer::new("w")
    };
    let topology = Topology {
        workers: vec!["w".to_owned()],
        queues: vec!["other".to_owned()],
        consumers: vec![ConsumerDeclaration { queue: "q".to_owned(), consumer }],
        ..Topology::default()
    };
    wait(bench.broker.configure(topology)).unwrap();
    bench
}

fn fail(bench: &Bench) -> MessageId {
    let delivery = bench.deliveries.recv().unwrap();
    let id = delivery.messages[0].id;
    delivery.finish(Outcome::failed("threw"));
    id
}

fn bodies(messages: &[PeekedMessage]) -> Vec<Bytes> {
    messages.iter().map(|message| message.body.clone()).collect()
}

#[test]
fn dead_letters_remember_their_queue_and_go_back() {
    let directory = tempfile::tempdir().unwrap();
    let first = failing(sqlite(directory.path()));
    wait(first.broker.send_and_wait(request("q", &["one", "two"]))).unwrap();
    let ids = [fail(&first), fail(&first)];
    wait(first.broker.send_and_wait(request("dead", &["sent there"]))).unwrap();
    wait(first.broker.pause("q", ChangeSource::Api)).unwrap();
    wait(first.broker.shutdown(Duration::ZERO));

    let second = failing(sqlite(directory.path()));
    let peeked = wait(second.broker.peek("dead", 10)).unwrap();
    let origins: Vec<_> = peeked.iter().map(|message| message.dead_letter_of.as_deref()).collect();
    assert_eq!(origins, [Some("q"), Some("q"), None]);
    let back = |message: &PeekedMessage, to: &str| (message.reference.clone(), to.to_owned());
    let moves =
        vec![back(&peeked[0], "q"), back(&peeked[1], "other"), ("nothing".to_owned(), "q".to_owned())];
    let moved = wait(second.broker.move_messages("dead", moves.clone())).unwrap();
    assert_eq!((moved.count, moved.warnings.len()), (2, 1));
    let again = wait(second.broker.move_messages("dead", moves)).unwrap();
    assert_eq!((again.count, again.warnings.len()), (0, 3));
    let found = wait(second.broker.peek("q", 10)).unwrap();
    assert_eq!((found[0].id, found[0].body.clone(), found[0].attempts), (ids[0], "one".into(), 0));
    assert_eq!(found[0].dead_letter_of, None);
    assert_eq!(wait(second.broker.peek("other", 10)).unwrap()[0].id, ids[1]);
    assert_eq!(bodies(&wait(second.broker.peek("dead", 10)).unwrap()), ["sent there"]);
}

#[test]
fn what_is_leased_is_not_moved_and_an_unknown_queue_moves_nothing() {
    let bench = bench(MemoryStorage::new());
    let broker = &bench.broker;
    wait(broker.send_and_wait(request("q", &["held", "waiting"]))).unwrap();
    let held = bench.deliveries.recv().unwrap();
    let peeked = wait(broker.peek("q", 10)).unwrap();
    let moves = |to: &str| peeked.iter().map(|message| (message.reference.clone(), to.to_owned())).collect();
    assert!(wait(broker.move_messages("q", moves("nowhere"))).is_err());
    assert_eq!(wait(broker.metrics("q")).unwrap().backlog_count, 2);
    let moved = wait(broker.move_messages("q", moves("pulled"))).unwrap();
    assert_eq!((moved.count, moved.warnings[0].1.as_str()), (1, "the message is leased"));
    held.finish(Outcome::acknowledged());
    assert_eq!(bodies(&wait(broker.peek("pulled", 10)).unwrap()), ["waiting"]);
}

#[test]
fn pages_go_on_where_they_stopped_whatever_goes_meanwhile() {
    let bench = bench(MemoryStorage::new());
    let broker = &bench.broker;
    wait(broker.send_and_wait(request("pulled", &["1", "2", "3", "4", "5"]))).unwrap();
    let first = wait(broker.browse("pulled", None, 2)).unwrap();
    assert_eq!(bodies(&first.messages), ["1", "2"]);
    let gone = first.messages.into_iter().map(|message| message.reference).collect();
    wait(broker.purge_messages("pulled", gone)).unwrap();
    let second = wait(broker.browse("pulled", first.next, 2)).unwrap();
    assert_eq!(bodies(&second.messages), ["3", "4"]);
    let last = wait(broker.browse("pulled", second.next, 2)).unwrap();
    assert_eq!((bodies(&last.messages), last.next), (vec!["5".into()], None));
}

fn imported(id: u8, body: &'static str) -> ImportedMessage {
    ImportedMessage {
        id: MessageId::from_bytes([id; 16]),
        timestamp: Timestamp::from_millis(7),
        failures: 2,
        content_type: ContentType::V8,
        due: None,
        payload: Payload {
            body: Bytes::from_static(body.as_bytes()),
            origin: MessageOrigin::Worker,
            delay_seconds: Some(3),
            dead_letter_of: None,
        },
    }
}

#[test]
fn an_import_keeps_what_messages_were_and_may_be_repeated() {
    let directory = tempfile::tempdir().unwrap();
    let bench = bench(sqlite(directory.path()));
    let broker = &bench.broker;
    let later = ImportedMessage { due: Some(bench.clock.now().plus_seconds(1)), ..imported(2, "later") };
    let messages = vec![imported(1, "now"), later, imported(1, "twice")];
    let outcome = wait(broker.import("pulled", messages.clone())).unwrap();
    assert_eq!(outcome, MessagesImported { count: 2, present: 1 });
    let outcome = wait(broker.import("pulled", messages)).unwrap();
    assert_eq!(outcome, MessagesImported { count: 0, present: 3 });
    let peeked = wait(broker.peek("pulled", 10)).unwrap();
    assert_eq!(bodies(&peeked), ["now", "later"]);
    let PeekedMessage { id, timestamp, attempts, content_type, delay_seconds, .. } = &peeked[0];
    assert_eq!((id, timestamp.as_millis()), (&MessageId::from_bytes([1; 16]), 7));
    assert_eq!((*attempts, *content_type, *delay_seconds), (2, ContentType::V8, Some(3)));
    assert_eq!(
        peeked.iter().map(|message| message.state).collect::<Vec<_>>(),
        [MessageState::Ready, MessageState::Delayed]
    );
    wait(broker.import("q", vec![imported(1, "delivered")])).unwrap();
    let delivery = bench.deliveries.recv().unwrap();
    assert_eq!((delivery.messages[0].attempts, &delivery.messages[0].body[..]), (3, &b"delivered"[..]));
}

#[test]
fn an_import_is_refused_as_a_whole() {
    let bench = bench(MemoryStorage::new());
    let mut large = imported(2, "");
    large.payload.body = Bytes::from(vec![0; 128_001]);
    let refused = wait(bench.broker.import("pulled", vec![imported(1, "small"), large])).unwrap_err();
    assert!(matches!(refused, Failure::Refused(ImportRefusal::MessageSize { bytes: 128_001 })));
    assert_eq!(wait(bench.broker.metrics("pulled")).unwrap().backlog_count, 0);
    assert!(wait(bench.broker.import("nowhere", vec![imported(1, "small")])).is_err());
}
