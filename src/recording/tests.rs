//! A recording, written and read.

use std::io::Cursor;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;

use super::*;
use crate::base::{Clock, ContentType, MessageId, Timestamp};
use crate::broker::{
    BatchDecision, Consumer, Decision, DeliveredMessage, Delivery, Event, Failure, HandlerResult,
    MessageOrigin, Metrics, MetricsReply, NewMessage, Observer, Outcome, Producer, SendReply, SendRequest,
    Ticket,
};
use crate::chaos::{FaultObserver, InjectedFault};
use crate::runtime::log::{LogLevel, LogSink};

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_000_000)
    }

    fn real_time_until(&self, _deadline: Timestamp) -> Option<Duration> {
        None
    }
}

/// Finishes deliveries with the outcomes it holds, and rejects every send.
#[derive(Default)]
struct World(Mutex<Vec<Outcome>>);

impl Consumer for World {
    fn deliver(&self, delivery: Delivery) {
        let outcome = self.0.lock().unwrap().remove(0);
        delivery.finish(outcome);
    }
}

impl Producer for World {
    fn send(&self, _request: SendRequest, reply: SendReply) {
        reply(Err(Failure::Injected));
    }

    fn metrics(&self, _queue: &str, _reply: MetricsReply) {}
}

impl LogSink for World {
    fn console(&self, _level: LogLevel, _text: &str) {}
}

fn message(number: u8, content_type: ContentType, body: &'static [u8]) -> DeliveredMessage {
    DeliveredMessage {
        id: MessageId::from_bytes([number; 16]),
        timestamp: Timestamp::from_millis(999_000),
        attempts: 2,
        content_type,
        body: Bytes::from_static(body),
        given_id: None,
    }
}

fn messages() -> Vec<DeliveredMessage> {
    vec![
        message(1, ContentType::Json, b"{ \"big\": 12345678901234567890 }"),
        message(2, ContentType::Text, "caf\u{e9} \u{0}\n".as_bytes()),
        message(3, ContentType::Bytes, b"text that was sent as bytes"),
        message(4, ContentType::V8, &[0xff, 0x0f]),
    ]
}

fn outcomes() -> Vec<Outcome> {
    let retry = Decision::Retry { delay_seconds: Some(30) };
    vec![
        Outcome { messages: vec![(0, Decision::Ack), (2, retry)], ..Outcome::failed("threw") },
        Outcome {
            result: HandlerResult::Ok,
            batch: Some(BatchDecision::RetryAll { delay_seconds: None }),
            messages: Vec::new(),
        },
        Outcome::acknowledged(),
    ]
}

/// Records three deliveries, and everything else once.
fn recorded() -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.ndjson");
    let spec = "seed=1,duplicate=5%".parse().unwrap();
    let recorder = Recorder::create(&path, Arc::new(Noon), Some(&spec), |error| panic!("{error}")).unwrap();
    let world = Arc::new(World(Mutex::new(outcomes())));
    let worker = recorder.consumer(world.clone());
    for _ in 0..3 {
        worker.deliver(Delivery {
            queue: "orders".into(),
            worker: "shop".into(),
            messages: messages(),
            metrics: Metrics { backlog_count: 7, backlog_bytes: 70, oldest_message_timestamp: None },
            ticket: Ticket::new(|_| ()),
        });
    }
    let request = SendRequest {
        queue: "orders".into(),
        messages: vec![NewMessage {
            content_type: ContentType::Bytes,
            body: Bytes::from_static(&[1, 2, 3]),
            delay_seconds: Some(5),
            held_back_seconds: 0,
        }],
        batch_delay_seconds: None,
        binding_delay_seconds: Some(9),
        origin: MessageOrigin::Worker,
    };
    recorder.producer(world.clone()).send(request, Box::new(|result| assert!(result.is_err())));
    recorder.log("shop", world).exception("Uncaught Error: no");
    let fault = InjectedFault { fault: "drop-ack:orders:1:2".parse().unwrap(), effect: "lost".to_owned() };
    recorder.fault(&fault);
    recorder.event(&Event::Expired { queue: "orders".into(), ids: vec![MessageId::from_bytes([7; 16])] });
    recorder.event(&Event::Committed { records: 1, duration_us: 1 });
    recorder.finish();
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn what_was_delivered_and_answered_reads_back_exactly() {
    let steps = read(Cursor::new(recorded())).unwrap();
    assert_eq!(steps.len(), 6);
    for (number, (pair, outcome)) in (1..).zip(steps.chunks(2).zip(outcomes())) {
        let Step::Deliver(delivery) = &pair[0] else { panic!("{pair:?}") };
        assert_eq!((delivery.number, &*delivery.queue, &*delivery.worker), (number, "orders", "shop"));
        assert_eq!((delivery.at.as_millis(), delivery.metrics.backlog_count), (1_000_000, 7));
        assert_eq!(delivery.messages, messages());
        assert_eq!(pair[1], Step::Finish { number, at: Timestamp::from_millis(1_000_000), outcome });
    }
}

#[test]
fn the_lines_are_as_documented() {
    let recorded = recorded();
    let mut lines: Vec<&str> = recorded.lines().collect();
    let version = env!("CARGO_PKG_VERSION");
    let first = format!(
        r#"{{"type":"session","at":1000000,"format":1,"version":"{version}","chaos":"seed=1,duplicate=5%"}}"#
    );
    assert_eq!(lines.remove(0), first);
    assert_eq!(
        lines[1],
        r#"{"type":"outcome","at":1000000,"delivery":1,"error":"threw","messages":[{"index":0,"decision":"ack"},{"index":2,"decision":"retry","delaySeconds":30}]}"#
    );
    assert!(lines[0].contains(r#""contentType":"bytes","bodyBase64":"dGV4dCB0"#), "{}", lines[0]);
    assert!(lines[0].contains(r#""body":"{ \"big\": 12345678901234567890 }""#), "{}", lines[0]);
    assert_eq!(
        lines[6..],
        [
            r#"{"type":"send","at":1000000,"send":1,"queue":"orders","origin":"worker","bindingDelaySeconds":9,"messages":[{"contentType":"bytes","delaySeconds":5,"bodyBase64":"AQID"}]}"#,
            r#"{"type":"sent","at":1000000,"send":1,"error":"unknown internal error, made by --chaos"}"#,
            r#"{"type":"log","at":1000000,"worker":"shop","level":"exception","text":"Uncaught Error: no"}"#,
            r#"{"type":"fault","at":1000000,"fault":"drop-ack:orders:1:2","effect":"lost"}"#,
            r#"{"type":"event","at":1000000,"text":"Deleted 1 message of queue \"orders\" at the end of the retention period"}"#,
        ]
    );
}

#[test]
fn a_line_that_a_crash_cut_off_is_left_out() {
    let recorded = recorded();
    let all = read(Cursor::new(&recorded)).unwrap().len();
    let third_end = recorded.match_indices('\n').nth(2).unwrap().0;
    let cut = &recorded[..third_end + 40];
    assert_eq!(read(Cursor::new(cut)).unwrap().len(), 2);
    assert_eq!(all, 6);
}

#[test]
fn what_is_no_recording_is_told_with_its_line() {
    let session = recorded().lines().next().unwrap().to_owned();
    for (text, line, part) in [
        ("", 1, "no recording"),
        ("hello\n", 1, "this is no recording, which --record makes: expected value"),
        ("{}\n", 1, "type"),
        ("{\"type\":\"log\"}\n", 1, "begins with a line of type session"),
        (&session.replace("\"format\":1", "\"format\":2"), 1, "format 2"),
        (&format!("{session}\n{{\"type\":\"other\"}}"), 2, "other"),
        (&format!("{session}\n{{\"type\":\"delivery\"}}"), 2, "missing field"),
        (
            &format!(
                "{session}\n{}",
                r#"{"type":"delivery","at":1,"delivery":1,"queue":"q","worker":"w","messages":[]}"#
            ),
            2,
            "at least one message",
        ),
    ] {
        let text = if text.is_empty() { text.to_owned() } else { format!("{}\n", text.trim_end()) };
        let error = read(Cursor::new(text)).unwrap_err();
        assert!(error.line == line && error.problem.contains(part), "{error}");
    }
}

#[test]
fn outcomes_differ_by_what_they_mean() {
    let [failed, retried, acknowledged] = outcomes().try_into().unwrap();
    assert_eq!(difference(&failed, &failed, 4), None);
    let explicit = Outcome { messages: vec![(0, Decision::Ack)], ..Outcome::acknowledged() };
    assert_eq!(difference(&acknowledged, &explicit, 1), None);
    let told = difference(&acknowledged, &retried, 1).unwrap();
    assert_eq!(told, "message 0 is now retried, it had been acknowledged");
    let told = difference(&failed, &acknowledged, 4).unwrap();
    assert!(told.starts_with("the handler now succeeds; it had failed: threw; message 1"), "{told}");
    assert!(told.contains("message 2 is now acknowledged, it had been retried after 30 s"), "{told}");
    let other = Outcome::failed("other");
    assert!(difference(&Outcome::failed("threw"), &other, 1).unwrap().contains("now fails with: other"));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_told_once() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = told.clone();
    let path = std::path::Path::new("/dev/full");
    let recorder = Recorder::create(path, Arc::new(Noon), None, move |error| {
        tell.lock().unwrap().push(error.to_string());
    });
    let recorder = recorder.unwrap();
    for _ in 0..3 {
        recorder.event(&Event::Purged { queue: "orders".into(), count: 1 });
    }
    recorder.finish();
    let told = told.lock().unwrap();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("the recording /dev/full cannot be written: No space left"), "{told:?}");
}
