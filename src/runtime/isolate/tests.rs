//! What the host reads in an isolate's memory is what `JSON.stringify` writes.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value};

use super::guest::{Drained, Guest};
use crate::base::{ManualClock, Timestamp, Work};
use crate::runtime::deadline::{Deadline, Ending};
use crate::runtime::guest::Code;
use crate::runtime::host::HostState;
use crate::runtime::limits::MemoryUsage;
use crate::runtime::protocol::Body;
use crate::runtime::protocol::events::{BodyForGuest, EventWriter, RequestHead};
use crate::runtime::protocol::operations::{self, Operation};
use crate::runtime::tests::{Recorder, blueprint, environment};
use crate::runtime::wasm::Modules;

const CPU_MS: u64 = 60_000;
/// Sends what the request tells it to, and answers with the texts of the bodies.
const WORKER: &str = include_str!("tests/worker.js");

/// An isolate whose every step is seen.
struct Stepped {
    guest: Guest,
    /// It runs what the guest waits for.
    _tokio: tokio::runtime::Runtime,
}

impl Stepped {
    fn new() -> Self {
        let tokio = tokio::runtime::Runtime::new().expect("a runtime");
        let recorder = Arc::new(Recorder::default());
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(0)));
        let (environment, blueprint) = tokio.block_on(async {
            let environment = environment(recorder.clone(), clock.clone(), Work::default());
            (environment, blueprint(WORKER).await)
        });
        let Code::Script(bundle) = &blueprint.code else { panic!("a script") };
        let usage = MemoryUsage::default();
        let modules = Modules::new(environment.engine.compiler(), &[], usage.clone(), CPU_MS);
        let deadline = Deadline::new(Ending::default());
        let state = HostState::new(clock, recorder, modules, usage, deadline);
        let mut guest = Guest::new(&environment, state, CPU_MS).expect("an instance");
        let setup = serde_json::to_string(&blueprint.setup).expect("JSON");
        let started = guest.start(&setup, &bundle.script).expect("started");
        assert!(started.told.operations.contains(r#""type":"started""#), "{}", started.told.operations);
        Self { guest, _tokio: tokio }
    }

    /// What the host read of what the Worker sent, if it did, and the texts that it should have read.
    fn send(&mut self, path: &str, body: &str) -> (Option<Vec<String>>, Vec<String>) {
        let head = RequestHead {
            method: "POST".into(),
            url: format!("http://localhost{path}"),
            headers: Vec::new(),
        };
        let mut events = EventWriter::default();
        events.fetch(1, (None, None), &head, &BodyForGuest::Bytes(Bytes::copy_from_slice(body.as_bytes())));
        let (json, bytes) = events.finish();
        let drained = self.guest.tick(json, bytes, Duration::ZERO).expect("it goes on");
        let expected = answer(&drained);
        let Drained { taken_bodies, .. } = drained;
        assert!(taken_bodies.len() <= 1, "{taken_bodies:?}");
        let texts = |bodies: Vec<Bytes>| bodies.iter().map(|body| text(body)).collect();
        (taken_bodies.into_iter().next().map(texts), expected)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

fn answer(drained: &Drained) -> Vec<String> {
    let operations = operations::parse(&drained.told.operations).expect("operations");
    let body = operations.into_iter().find_map(|operation| match operation {
        Operation::Response(response) => response.body,
        _ => None,
    });
    match body {
        Some(Body::Text(text)) => serde_json::from_str(&text).expect("a list of texts"),
        other => panic!("{other:?} in {}", drained.told.operations),
    }
}

#[test]
fn plain_values_are_read_by_the_host() {
    let mut stepped = Stepped::new();
    let (all_read, all_expected) = stepped.send("/plain", "");
    assert!(all_expected.len() > 20, "{all_expected:?}");
    for (index, expected) in all_expected.iter().enumerate() {
        let (read, _) = stepped.send(&format!("/plainOne/{index}"), "");
        assert_eq!(read.as_deref(), Some(std::slice::from_ref(expected)));
    }
    assert_eq!(all_read, Some(all_expected));
    let (read, expected) = stepped.send("/beside", "");
    assert_eq!(read.expect("read by the host"), expected);
}

#[test]
fn what_is_not_plain_is_left_to_javascript() {
    let mut stepped = Stepped::new();
    let (_, names) = stepped.send("/names", "");
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        assert_eq!(stepped.send(&format!("/one/{name}"), "").0, None, "{name}");
    }
    for name in stepped.send("/messageNames", "").1 {
        assert_eq!(stepped.send(&format!("/message/{name}"), "").0, None, "{name}");
    }
    for path in ["/none", "/tooMany"] {
        assert_eq!(stepped.send(path, "").0, None, "{path}");
    }
    let (read, expected) = stepped.send("/plain", "");
    assert_eq!(read.expect("read by the host"), expected);
    for path in ["/iterator", "/prototype"] {
        assert_eq!(stepped.send(path, "").0, None, "{path}");
    }
}

#[test]
fn any_json_is_read_by_the_host() {
    let mut stepped = Stepped::new();
    let mut runner = TestRunner::new(Config { cases: 300, ..Config::default() });
    let batch = proptest::collection::vec(json(), 1..20);
    let stepped = std::cell::RefCell::new(&mut stepped);
    let result = runner.run(&batch, |values| {
        let body = serde_json::to_string(&values).expect("JSON");
        let (read, expected) = stepped.borrow_mut().send("/json", &body);
        prop_assert_eq!(read, Some(expected));
        Ok(())
    });
    result.expect("they are the same");
}

/// Any value of JSON whose names do not look like numbers, which have an order of their own.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-1e6..1e6_f64).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[ -~]{0,40}".prop_map(Value::from),
        "[\u{0}-\u{ff}]{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 60, 8, |inner| {
        let object = proptest::collection::vec(("[^0-9].{0,8}", inner.clone()), 0..8);
        let object = object.prop_map(|members| {
            let unique = members.into_iter().filter(|(name, _)| name != "toJSON" && name != "__proto__");
            Value::from(unique.collect::<Map<_, _>>())
        });
        prop_oneof![proptest::collection::vec(inner, 0..8).prop_map(Value::from), object]
    })
}
