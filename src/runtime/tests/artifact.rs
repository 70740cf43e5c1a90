//! A Worker that was compiled behaves as its source does.

use std::collections::BTreeSet;

use super::{Blueprint, Harness, blueprint, blueprint_of, engine};
use crate::broker::{BatchDecision, HandlerResult};
use crate::runtime::artifact::{Artifact, Interfaces};
use crate::runtime::guest::Code;
use crate::runtime::isolate::Handlers;
use crate::workers::Bundle;

const SOURCE: &str = "import { env } from 'cloudflare:workers';
    const greeting = env.GREETING + '!';
    type Batch = { messages: { body: { n: number } }[], retryAll(options: object): void };
    export default {
        fetch() { return new Response(greeting); },
        async queue(batch: Batch) {
            if (batch.messages[0].body.n === 0)
                throw new TypeError('no');
            await env.QUEUE.send(batch.messages[0].body);
            batch.retryAll({ delaySeconds: 3 });
        },
    };";

#[tokio::test(flavor = "multi_thread")]
async fn equal_sources_give_equal_components_that_behave_as_the_source() {
    let Blueprint { code: Code::Script(bundle), setup, .. } = blueprint(SOURCE).await else {
        panic!("no script")
    };
    let handlers = Handlers { fetch: true, queue: true, scheduled: false };
    let build = move || Artifact::build(&bundle, handlers, &setup);
    let building = tokio::task::spawn_blocking(move || (build(), build()));
    let (first, second) = building.await.expect("no panic");
    let component = first.expect("it can be built");
    assert!(component == second.expect("it can be built again"), "two builds differ");
    let interfaces = Interfaces::of(&component);
    let exports = [
        "qemu-dev:worker/consumer@0.1.0",
        "wasi:http/incoming-handler@0.2.0",
        "qemu-dev:engine/isolate@0.1.0",
    ];
    assert_eq!(interfaces.exports, exports);
    let (ours, others): (Vec<&str>, Vec<&str>) =
        interfaces.imports.iter().map(String::as_str).partition(|name| name.starts_with("qemu-dev:"));
    let host = ["engine/host", "engine/wasm", "engine/wasm-copies"];
    let public = ["worker/types", "worker/producer", "worker/variables"];
    let expected = [host, public].concat().iter().map(|name| format!("qemu-dev:{name}@0.1.0")).collect();
    assert_eq!(BTreeSet::from_iter(ours.into_iter().map(str::to_owned)), expected);
    assert!(others.iter().all(|name| name.starts_with("wasi:")), "{others:?}");
    assert!(!component.windows(5).any(|window| window == b"hello"), "a variable is in the component");

    let loading = tokio::task::spawn_blocking(move || Code::from_wasm(&engine(), &component));
    let code = loading.await.expect("no panic");
    let code = code.unwrap_or_else(|refusal| panic!("{refusal}"));
    let (worker, recorder) = Harness::unloaded();
    let handlers = worker.load(blueprint_of(code, &[])).await.expect("it starts");
    assert!(handlers.fetch && handlers.queue && !handlers.scheduled);
    let harness = Harness { worker, recorder };
    assert_eq!(harness.get("/").await.expect("answered"), (200, "hello!".to_owned()));
    let outcome = harness.deliver(&[r#"{"n":1}"#]).await;
    assert_eq!(outcome.batch, Some(BatchDecision::RetryAll { delay_seconds: Some(3) }));
    assert_eq!(harness.recorder.sent.lock().expect("not poisoned").len(), 1);
    let failed = harness.deliver(&[r#"{"n":0}"#]).await;
    assert_eq!(failed.result, HandlerResult::Failed("TypeError: no".into()));
    let lines = harness.recorder.lines().join("\n");
    assert!(lines.contains("index.ts:8:"), "{lines}");
}

#[tokio::test]
async fn a_bundle_survives_as_bytes() {
    let Code::Script(bundle) = blueprint(SOURCE).await.code else { panic!("no script") };
    let again = Bundle::from_bytes(&bundle.to_bytes()).expect("it is read");
    assert_eq!((&again.script, &again.exports), (&bundle.script, &bundle.exports));
    assert_eq!(again.to_bytes(), bundle.to_bytes());
    assert!(Bundle::from_bytes(b"{}").is_none());
    assert!(Bundle::from_bytes(b"\0asm").is_none());
}
