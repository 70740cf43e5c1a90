//! A Worker that was compiled, run by a host that knows nothing of the event loop.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::outside::Outside;
use super::{Blueprint, Harness, RequestBody, blueprint, blueprint_of, delivery, engine, request, text};
use crate::base::{ContentType, Timestamp};
use crate::broker::{Consumer, Decision, HandlerResult};
use crate::runtime::artifact::{Artifact, Interfaces};
use crate::runtime::component::ComponentCode;
use crate::runtime::guest::Code;
use crate::runtime::isolate::Handlers;
use crate::runtime::setup::SetupService;

/// Builds the source for these handlers, with a variable more.
async fn built(source: &str, handlers: Handlers) -> Vec<u8> {
    let Blueprint { code: Code::Script(bundle), mut setup, .. } = blueprint(source).await else {
        panic!("no script")
    };
    setup.vars.insert(String::from("SETTINGS"), serde_json::json!({ "cron": "at build" }));
    setup.services.push(SetupService { binding: String::from("OTHER") });
    let building = tokio::task::spawn_blocking(move || Artifact::build(&bundle, handlers, &setup));
    building.await.expect("no panic").unwrap_or_else(|error| panic!("{error:#}"))
}

/// Runs a component by `wit/worker.wit`, whatever else it exports.
async fn by_the_public_world(component: Vec<u8>) -> Harness {
    let linking = tokio::task::spawn_blocking(move || {
        let (engine, material) = (engine(), Sha256::new().chain_update(&component));
        let compiled = engine.machine().component("component", material, || Ok(component));
        ComponentCode::link(engine.machine(), &compiled.unwrap_or_else(|error| panic!("{error:#}")))
    });
    let code = linking.await.expect("no panic").unwrap_or_else(|refusal| panic!("{refusal}"));
    let (worker, recorder) = Harness::unloaded();
    let mut blueprint = blueprint_of(Code::Component(Arc::new(code)), &[]);
    blueprint.setup.vars.insert(String::from("SETTINGS"), serde_json::json!({ "cron": "* * * * *" }));
    let loaded = worker.load(blueprint).await;
    loaded.unwrap_or_else(|error| panic!("{error}"));
    Harness { worker, recorder }
}

const CONSUMER: &str = "let deliveries = 0;
    const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const actions = {
        ack: (message) => message.ack(),
        retry: (message) => message.retry({ delaySeconds: 7 }),
        async send(message, env) {
            const { metadata } = await env.QUEUE.send({ greeting: env.GREETING }, { delaySeconds: 30 });
            console.log('backlog', metadata.metrics.backlogCount);
        },
        async late(message) {
            const before = Date.now();
            await sleep(20);
            message.retry({ delaySeconds: Date.now() - before >= 15 ? 1 : 2 });
        },
        throw() { throw new TypeError('no', { cause: new Error('deeper') }); },
        hang: () => new Promise(() => {}),
    };
    export default {
        async queue(batch, env, context) {
            console.log(`delivery ${++deliveries} of ${batch.queue}`);
            if (batch.messages[0].body !== 'hang') setInterval(() => {}, 1000);
            context.waitUntil(sleep(1).then(() => console.log('afterwards')));
            for (const message of batch.messages) {
                const { body } = message;
                await actions[typeof body === 'string' ? body : new TextDecoder().decode(body)](message, env);
            }
        },
    };";

#[tokio::test(flavor = "multi_thread")]
async fn a_compiled_consumer_runs_by_the_public_world() {
    let handlers = Handlers { queue: true, ..Handlers::default() };
    let component = built(CONSUMER, handlers).await;
    let exports = Interfaces::of(&component).exports;
    assert_eq!(exports, ["qemu-dev:worker/consumer@0.1.0", "qemu-dev:engine/isolate@0.1.0"]);
    let harness = by_the_public_world(component).await;

    let outcome = harness.deliver(&["\"ack\"", "\"retry\"", "\"send\"", "\"late\""]).await;
    assert_eq!(outcome.result, HandlerResult::Ok, "{:?}", harness.recorder.lines());
    let retry = |seconds| Decision::Retry { delay_seconds: Some(seconds) };
    assert_eq!(outcome.messages, [(0, Decision::Ack), (1, retry(7)), (3, retry(1))]);
    {
        let sent = harness.recorder.sent.lock().expect("not poisoned");
        assert_eq!(sent[0].messages[0].body.as_ref(), br#"{"greeting":"hello"}"#);
        assert_eq!(sent[0].messages[0].delay_seconds, Some(30));
    }
    assert_eq!(harness.recorder.lines(), ["delivery 1 of q", "backlog 1", "afterwards"]);

    let outcome = harness.deliver(&["\"ack\"", "\"throw\""]).await;
    assert_eq!(outcome.result, HandlerResult::Failed("TypeError: no".into()));
    assert_eq!(outcome.messages, [(0, Decision::Ack)]);
    let lines = harness.recorder.lines().join("\n");
    assert!(lines.contains("delivery 2 of q") && lines.contains("  [cause]: Error: deeper"), "{lines}");
    let outcome = harness.deliver(&["\"hang\""]).await;
    assert!(matches!(outcome.result, HandlerResult::Failed(_)), "{outcome:?}");
    assert_eq!(harness.deliver(&["\"ack\""]).await.messages, [(0, Decision::Ack)]);

    let (mut delivery, outcome) = delivery(&["ack", "retry", "retry"]);
    let content_types = [ContentType::Bytes, ContentType::Text, ContentType::Bytes];
    for (message, content_type) in delivery.messages.iter_mut().zip(content_types) {
        message.content_type = content_type;
    }
    harness.worker.deliver(delivery);
    let messages = outcome.await.expect("an outcome").messages;
    assert_eq!(messages, [(0, Decision::Ack), (1, retry(7)), (2, retry(7))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn cron_events_and_variables_come_by_the_public_world() {
    let source = "export default {
        async scheduled(controller, env) {
            console.log(controller.cron === env.SETTINGS.cron, controller.scheduledTime, typeof env.GREETING);
            const refused = [];
            for (const act of [() => fetch('data:,x'), async () => env.OTHER.fetch('http://localhost')])
                await act().catch((error) => refused.push(error.message));
            if (controller.cron !== '* * * * *') throw new Error(refused.join('; '));
        },
    }";
    let component = built(source, Handlers { scheduled: true, ..Handlers::default() }).await;
    let exports = Interfaces::of(&component).exports;
    assert_eq!(exports, ["qemu-dev:worker/scheduler@0.1.0", "qemu-dev:engine/isolate@0.1.0"]);
    let harness = by_the_public_world(component).await;
    let time = Timestamp::from_millis(1_700_000_000_000);
    harness.worker.scheduled("* * * * *".into(), time).await.expect("it is handled");
    assert_eq!(harness.recorder.lines(), ["true 1700000000000 string"]);
    let failure = harness.worker.scheduled("0 0 * * *".into(), time).await.expect_err("it fails").to_string();
    assert!(failure.contains("data: URLs need a host that drives"), "{failure}");
    assert!(failure.contains("the service binding \"OTHER\" leads nowhere"), "{failure}");
}

const RESPONDER: &str = "const encoder = new TextEncoder();
    const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    export default {
        async fetch(request, env, context) {
            const { pathname, searchParams } = new URL(request.url);
            const outside = searchParams.get('outside');
            switch (pathname) {
                case '/echo':
                    return new Response(await request.text(), { status: 201, headers: {
                        'x-method': request.method, 'x-test': request.headers.get('x-test') } });
                case '/stream':
                    context.waitUntil(sleep(20).then(() => console.log('afterwards')));
                    return new Response(new ReadableStream({ async pull(controller) {
                        await sleep(1);
                        this.left ??= 3;
                        if (this.left-- === 0) controller.close();
                        else controller.enqueue(encoder.encode('x'.repeat(5000)));
                    } }));
                case '/outside': {
                    const answers = await Promise.all(['a', 'b'].map(async (name) => {
                        const answer = await fetch(`${outside}/${name}`, { method: 'POST', body: name });
                        return `${answer.status} ${await answer.text()}`;
                    }));
                    return new Response(answers.join('; '));
                }
                case '/redirected': {
                    const answer = await fetch(`${outside}/found`, { method: 'POST', body: 'x' });
                    return new Response(`${answer.redirected} ${new URL(answer.url).pathname} ${await answer.text()}`);
                }
                case '/refused':
                    return await fetch('http://127.0.0.1:1/').catch((error) => new Response(error.name));
                case '/hang':
                    return new Promise(() => {});
                default:
                    throw new RangeError('no such page');
            }
        },
    };";

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_answered_and_made_by_the_public_world() {
    let outside = Outside::new();
    let component = built(RESPONDER, Handlers { fetch: true, ..Handlers::default() }).await;
    let mut exports = Interfaces::of(&component).exports;
    exports.sort();
    assert_eq!(exports, ["qemu-dev:engine/isolate@0.1.0", "wasi:http/incoming-handler@0.2.0"]);
    let harness = by_the_public_world(component).await;
    let get = async |path: &str| harness.get(path).await.unwrap_or_else(|error| panic!("{path}: {error}"));

    let echo = request("PUT", "/echo", RequestBody::Bytes("über".into()));
    let echoed = harness.worker.fetch(echo).await.unwrap_or_else(|error| panic!("{error}"));
    let has = |name: &str, value: &str| echoed.headers.iter().any(|(key, held)| key == name && held == value);
    assert!(echoed.status == 201 && has("x-method", "PUT") && has("x-test", "yes"), "{:?}", echoed.headers);
    assert_eq!(text(echoed).await, "über");

    assert_eq!(get("/stream").await, (200, "x".repeat(15_000)));
    let base = format!("outside=http://127.0.0.1:{}", outside.port);
    assert_eq!(get(&format!("/outside?{base}")).await.1, "200 plain; 200 plain");
    assert_eq!(get(&format!("/redirected?{base}")).await.1, "true /there plain");
    let mut heads: Vec<String> =
        outside.requests().iter().filter_map(|head| head.lines().next().map(str::to_owned)).collect();
    heads.sort();
    assert_eq!(
        heads,
        ["GET /there?secret HTTP/1.1", "POST /a HTTP/1.1", "POST /b HTTP/1.1", "POST /found HTTP/1.1"]
    );
    assert_eq!(get("/refused").await.1, "TypeError");

    let failure = harness.get("/nowhere").await.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(failure.contains("RangeError: no such page"), "{failure}");
    assert!(harness.get("/hang").await.is_err());
    harness.worker.settled().await;
    assert!(harness.recorder.lines().contains(&String::from("afterwards")));
}
