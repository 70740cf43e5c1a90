//! What components do, seen from the host.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;

use super::{component, consumer, responder};
use crate::broker::{Decision, HandlerResult, MetricsReply, Producer, SendReply, SendRequest};
use crate::runtime::component::{ComponentGuest, ComponentSettings, InvocationLimits};
use crate::runtime::guest::Code;
use crate::runtime::isolate::{Environment, InvocationError};
use crate::runtime::tests::{Harness, blueprint_of, delivery, engine};

async fn harness(component: Vec<u8>) -> Harness {
    match load(component).await {
        Ok(harness) => harness,
        Err(error) => panic!("{error}"),
    }
}

async fn load(component: Vec<u8>) -> Result<Harness, InvocationError> {
    let (worker, recorder) = Harness::unloaded();
    let code = tokio::task::spawn_blocking(move || Code::from_wasm(&engine(), &component));
    let code = match code.await.expect("no panic") {
        Ok(code) => code,
        Err(refusal) => panic!("{refusal}"),
    };
    worker.load(blueprint_of(code, &[])).await?;
    Ok(Harness { worker, recorder })
}

fn retry(seconds: u32) -> Decision {
    Decision::Retry { delay_seconds: Some(seconds) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_decided_message_by_message_and_messages_are_sent() {
    let harness = harness(consumer()).await;
    let outcome = harness.deliver(&["\"a\"", "\"r\"", "\"s\""]).await;
    assert_eq!(outcome.result, HandlerResult::Ok);
    assert_eq!(outcome.messages, [(0, Decision::Ack), (1, retry(7)), (2, Decision::Ack)]);
    let sent = harness.recorder.sent.lock().expect("not poisoned");
    assert_eq!(&*sent[0].queue, "q");
    assert_eq!(sent[0].messages[0].body.as_ref(), b"\"s\"");
    assert_eq!(sent[0].messages[0].delay_seconds, Some(30));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_producer_tells_what_is_wrong() {
    let harness = harness(consumer()).await;
    // The codes in the order of wit/worker.wit.
    assert_eq!(harness.deliver(&["\"u\""]).await.messages, [(0, retry(0))]);
    assert_eq!(harness.deliver(&["\"j\""]).await.messages, [(0, retry(2))]);
    assert!(harness.recorder.sent.lock().expect("not poisoned").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_and_senseless_outcomes_are_retried() {
    let harness = harness(consumer()).await;
    let failed = harness.deliver(&["\"f\""]).await;
    assert_eq!(failed.result, HandlerResult::Failed("refused".into()));
    let late = harness.deliver(&["\"x\""]).await;
    assert!(matches!(&late.result, HandlerResult::Failed(reason) if reason.contains("86401")), "{late:?}");
    assert!(late.messages.is_empty());
    assert!(harness.recorder.lines().contains(&"refused".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_and_output_reach_the_log() {
    let harness = harness(consumer()).await;
    harness.deliver(&["\"v\"", "\"p\""]).await;
    assert_eq!(harness.recorder.lines(), ["hello", "\"p\""]);
}

#[tokio::test(flavor = "multi_thread")]
async fn instances_are_used_again_until_they_trap() {
    let harness = harness(consumer()).await;
    assert_eq!(harness.deliver(&["\"c\""]).await.messages, [(0, retry(1))]);
    assert_eq!(harness.deliver(&["\"c\""]).await.messages, [(0, retry(2))]);
    let trapped = harness.deliver(&["\"t\""]).await;
    let HandlerResult::Failed(reason) = trapped.result else { panic!("{trapped:?}") };
    assert_eq!(reason, "RuntimeError: wasm `unreachable` instruction executed");
    let lines = harness.recorder.lines().join("\n");
    let named =
        ["at explode (consumer:0x", "at outer (", "at queue ("].iter().all(|name| lines.contains(name));
    assert!(named, "{lines}");
    assert_eq!(harness.deliver(&["\"c\""]).await.messages, [(0, retry(1))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_hold_for_components() {
    let harness = harness(consumer()).await;
    let reason = async |letter: &str| match harness.deliver(&[letter]).await.result {
        HandlerResult::Failed(reason) => reason,
        HandlerResult::Ok => panic!("{letter} succeeded"),
    };
    let (looped, grown) = tokio::join!(reason("\"l\""), reason("\"m\""));
    assert_eq!(looped, "Worker exceeded CPU time limit of 500 ms.");
    assert_eq!(grown, "Worker exceeded memory limit of 128 MB.");
    let lines = harness.recorder.lines();
    for told in [looped, grown] {
        assert!(lines.iter().any(|line| line.starts_with(&format!("{told}\n    at handle ("))), "{lines:?}");
    }
    assert_eq!(harness.deliver(&["\"a\""]).await.result, HandlerResult::Ok);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_say_nothing_are_put_into_words() {
    let harness = harness(consumer()).await;
    let reason = async |letter: &str| match harness.deliver(&[letter]).await.result {
        HandlerResult::Failed(reason) => reason,
        HandlerResult::Ok => panic!("{letter} succeeded"),
    };
    assert_eq!(reason("\"e\"").await, "The component's queue() failed and gave no reason.");
    let malformed = reason("\"d\"").await;
    assert!(malformed.starts_with("The component's answer is malformed: "), "{malformed}");
}

/// Queues that never answer.
#[derive(Default)]
struct Silent(Mutex<Vec<SendReply>>);

impl Producer for Silent {
    fn send(&self, _: SendRequest, reply: SendReply) {
        self.0.lock().expect("not poisoned").push(reply);
    }

    fn metrics(&self, _: &str, _: MetricsReply) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invocation_that_waits_for_too_long_is_ended() {
    let (worker, recorder) = Harness::unloaded();
    let loading = tokio::task::spawn_blocking(|| Code::from_wasm(&engine(), &consumer()));
    let Ok(Ok(Code::Component(code))) = loading.await else { panic!("it is a component") };
    let blueprint = blueprint_of(Code::Component(code.clone()), &[]);
    let settings = ComponentSettings {
        code,
        setup: blueprint.setup,
        producers: blueprint.producers,
        log: recorder.clone(),
        limits: InvocationLimits { cpu_ms: 500, wall_time: Duration::from_secs(1) },
        sources: None,
    };
    let environment = Environment { producer: Arc::new(Silent::default()), ..worker.environment().clone() };
    let (_running, ended) = watch::channel(false);
    let (guest, _) = ComponentGuest::start(environment, settings, ended).await.expect("it starts");
    let (delivery, outcome) = delivery(&["\"s\""]);
    guest.deliver(delivery);
    let outcome = outcome.await.expect("an outcome");
    assert_eq!(outcome.result, HandlerResult::Failed(crate::runtime::limits::WALL_TIME_EXCEEDED.to_owned()));
    assert!(recorder.lines().contains(&crate::runtime::limits::WALL_TIME_EXCEEDED.to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_answered_and_missing_handlers_named() {
    let responder = harness(responder()).await;
    assert_eq!(responder.get("/p?a=1").await.expect("answered"), (201, "/p?a=1".to_owned()));
    let many = futures::future::join_all((0..20).map(|_| responder.get("/p"))).await;
    assert!(many.into_iter().all(|answer| answer.is_ok_and(|answer| answer.0 == 201)));
    let trapped = responder.get("/much-too-long").await.expect_err("it trapped").to_string();
    assert_eq!(trapped, "RuntimeError: wasm `unreachable` instruction executed");
    assert!(responder.recorder.lines().join("\n").contains("at too-long ("));
    assert_eq!(responder.get("/p").await.expect("answered").1, "/p");
    let silent = responder.get("/silent").await.expect_err("no answer").to_string();
    assert_eq!(silent, "The component's handler ended without an answer.");
    assert!(responder.recorder.lines().contains(&silent));
    let outcome = responder.deliver(&["1"]).await;
    assert!(matches!(outcome.result, HandlerResult::Failed(_)), "{outcome:?}");
    let consumer = harness(consumer()).await;
    let refused = consumer.get("/").await.expect_err("no handler").to_string();
    assert!(refused.contains("lack a handler for FetchEvents"), "{refused}");
    responder.worker.settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_with_other_signatures_are_found_at_the_start() {
    let other = component(
        "(module (func (export \"qemu-dev:worker/consumer@0.1.7#queue\")))",
        "package test:t; world w { export qemu-dev:worker/consumer@0.1.7; } \
         package qemu-dev:worker@0.1.7 { interface consumer { queue: func(); } }",
    );
    let Err(error) = load(other).await else { panic!("it started") };
    assert!(error.to_string().contains("another version of wit/worker.wit"), "{error}");
}
