//! Workers run through the real engine: what a script does, seen from the host.

mod artifact;
mod crypto;
mod endings;
mod errors;
mod intl;
mod outside;
mod platform;
mod public_world;
mod services;
mod surface;
mod web_socket_client;
mod web_sockets;
mod webassembly;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use futures::StreamExt;

use super::engine::Engine;
use super::guest::Code;
use super::isolate::{
    Environment, FetchRequest, FetchResponse, InvocationError, ProducerBinding, RequestBody, ResponseBody,
};
use super::log::{LogLevel, LogSink};
use super::outbound::Outbound;
use super::protocol::events::RequestHead;
use super::running::RunningHandlers;
use super::services::Services;
use super::setup::{Setup, SetupFlags, SetupProducer};
use super::worker::{Blueprint, Worker};
use crate::base::{Clock, ContentType, ManualClock, MessageId, Timestamp, Work};
use crate::broker::{
    BatchDecision, Consumer, Decision, DeliveredMessage, Delivery, HandlerResult, Metrics, MetricsReply,
    Outcome, Producer, SendReply, SendRequest, Ticket,
};
use crate::config::{ModuleRule, ModuleRuleKind};
use crate::dev::SystemClock;
use crate::workers::{self, BundleRequest};

/// One engine for all tests of this process, cached beside the build.
pub fn engine() -> Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/engine");
    // Making the engine blocks, which a test's own thread must not.
    let make = || {
        let engine = Engine::new(DIRECTORY.as_ref(), || {}).expect("wasmtime supports this machine");
        engine.prepare().expect("the engine can be made");
        engine
    };
    ENGINE.get_or_init(|| std::thread::spawn(make).join().expect("no panic")).clone()
}

/// Keeps what Workers send and log.
#[derive(Default)]
pub struct Recorder {
    pub sent: Mutex<Vec<SendRequest>>,
    lines: Mutex<Vec<(LogLevel, String)>>,
}

impl Producer for Recorder {
    fn send(&self, request: SendRequest, reply: SendReply) {
        let backlog_count = request.messages.len() as u64;
        self.sent.lock().expect("not poisoned").push(request);
        let oldest_message_timestamp = Some(Timestamp::from_millis(1_700_000_000_000));
        reply(Ok(Metrics { backlog_count, backlog_bytes: 7, oldest_message_timestamp }));
    }

    fn metrics(&self, _queue: &str, reply: MetricsReply) {
        reply(Ok(Metrics::default()));
    }
}

impl LogSink for Recorder {
    fn console(&self, level: LogLevel, text: &str) {
        self.lines.lock().expect("not poisoned").push((level, text.to_owned()));
    }
}

impl Recorder {
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().expect("not poisoned").iter().map(|(_, text)| text.clone()).collect()
    }
}

/// A Worker and what it did.
pub struct Harness {
    pub worker: Worker,
    pub recorder: Arc<Recorder>,
}

pub async fn blueprint(source: &str) -> Blueprint {
    blueprint_with(source, &[]).await
}

async fn blueprint_with(source: &str, flags: &[&str]) -> Blueprint {
    blueprint_from(&[("index.ts", source.as_bytes())], flags).await
}

/// A Worker in several files; `index.ts` is its entry. Files called `.wasm` are modules.
async fn blueprint_from(files: &[(&str, &[u8])], flags: &[&str]) -> Blueprint {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, contents) in files {
        std::fs::write(folder.path().join(name), contents).expect("written");
    }
    let modules = ModuleRule {
        kind: ModuleRuleKind::CompiledWasm,
        globs: vec![String::from("**/*.wasm")],
        fallthrough: false,
    };
    let mut request = BundleRequest::new("index.ts", folder.path(), vec![modules]);
    request.nodejs_compat = flags.contains(&"nodejs_compat");
    let bundle = match workers::bundle(&request).await {
        Ok(bundle) => bundle,
        Err(failure) => panic!("{:?}", failure.diagnostics),
    };
    blueprint_of(Code::Script(Arc::new(bundle)), flags)
}

/// What `code` runs with in tests.
pub fn blueprint_of(code: Code, flags: &[&str]) -> Blueprint {
    let mut vars = serde_json::Map::new();
    vars.insert("GREETING".into(), "hello".into());
    Blueprint {
        code,
        setup: Setup {
            worker: "test".into(),
            vars,
            producers: vec![SetupProducer { binding: "QUEUE".into(), queue: "q".into() }],
            services: Vec::new(),
            missing: Vec::new(),
            flags: SetupFlags { json_messages: true, expose_error_codes: false, wait_for_wait_until: true },
            compatibility_date: "2026-01-01".into(),
            compatibility_flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
        },
        producers: [(
            "QUEUE".to_owned(),
            ProducerBinding { queue: "q".into(), delivery_delay_seconds: None },
        )]
        .into(),
        services: HashMap::new(),
        cpu_ms: 500,
    }
}

/// What isolates share in tests. Called on a runtime.
pub fn environment(producer: Arc<dyn Producer>, clock: Arc<dyn Clock>, work: Work) -> Environment {
    Environment {
        engine: engine(),
        producer,
        outbound: Outbound::new().expect("a client"),
        services: Services::default(),
        clock,
        work,
        handlers: RunningHandlers::default(),
        tokio: tokio::runtime::Handle::current(),
    }
}

impl Harness {
    async fn new(source: &str) -> Self {
        Self::of(blueprint(source).await).await
    }

    async fn of(blueprint: Blueprint) -> Self {
        let (worker, recorder) = Self::unloaded();
        worker.load(blueprint).await.expect("the script starts");
        Self { worker, recorder }
    }

    pub fn unloaded() -> (Worker, Arc<Recorder>) {
        Self::unloaded_with(Arc::new(SystemClock::new()), Work::default())
    }

    pub fn unloaded_with(clock: Arc<dyn Clock>, work: Work) -> (Worker, Arc<Recorder>) {
        let recorder = Arc::new(Recorder::default());
        let environment = environment(recorder.clone(), clock, work);
        (Worker::new("test", environment, recorder.clone()), recorder)
    }

    pub async fn get(&self, path: &str) -> Result<(u16, String), InvocationError> {
        let response = self.worker.fetch(request("GET", path, RequestBody::Empty)).await?;
        let status = response.status;
        Ok((status, text(response).await))
    }

    /// Delivers JSON messages and waits for the outcome.
    pub async fn deliver(&self, bodies: &[&str]) -> Outcome {
        let (delivery, outcome) = delivery(bodies);
        self.worker.deliver(delivery);
        outcome.await.expect("an outcome")
    }
}

/// A delivery of JSON messages, and where its outcome comes out.
pub fn delivery(bodies: &[&str]) -> (Delivery, tokio::sync::oneshot::Receiver<Outcome>) {
    let messages = bodies.iter().enumerate().map(|(index, body)| DeliveredMessage {
        id: MessageId::from_bytes([index as u8; 16]),
        timestamp: Timestamp::from_millis(1_700_000_000_000),
        attempts: 1,
        content_type: ContentType::Json,
        body: bytes::Bytes::copy_from_slice(body.as_bytes()),
        given_id: None,
    });
    let (sender, outcome) = tokio::sync::oneshot::channel();
    let delivery = Delivery {
        queue: "q".into(),
        worker: "test".into(),
        messages: messages.collect(),
        metrics: Metrics::default(),
        ticket: Ticket::new(move |outcome| drop(sender.send(outcome))),
    };
    (delivery, outcome)
}

fn request(method: &str, path: &str, body: RequestBody) -> FetchRequest {
    let head = RequestHead {
        method: method.into(),
        url: format!("http://localhost:8787{path}"),
        headers: vec![("x-test".into(), "yes".into())],
    };
    FetchRequest { head, body, entrypoint: None, props: None }
}

async fn text(response: FetchResponse) -> String {
    let bytes = match response.body {
        ResponseBody::Empty => Vec::new(),
        ResponseBody::Bytes(bytes) => bytes.to_vec(),
        ResponseBody::Stream(mut body) => {
            let mut all = Vec::new();
            while let Some(chunk) = body.next().await {
                all.extend_from_slice(&chunk.expect("a whole body"));
            }
            all
        }
    };
    String::from_utf8(bytes).expect("text")
}

#[tokio::test(flavor = "multi_thread")]
async fn fetch_sees_the_request_and_env() {
    let harness = Harness::new(
        "export default { async fetch(request, env) {
            const url = new URL(request.url);
            return new Response([request.method, url.pathname, url.searchParams.get('a'),
                request.headers.get('X-Test'), env.GREETING].join(' '), { status: 201 });
        } }",
    )
    .await;
    assert_eq!(harness.get("/p?a=1").await.expect("answered"), (201, "GET /p 1 yes hello".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_keeps_its_order_when_something_is_said_of_a_later_message() {
    let harness = Harness::new(
        "export default { async fetch(request, env) {
            await env.QUEUE.sendBatch([{ body: 1 }, { body: { a: 2 } }, { body: 'x', contentType: 'text' },
                { body: 4 }, { body: new Date(0) }, { body: 6, delaySeconds: 6 }]);
            return new Response(await env.QUEUE.sendBatch([]).catch((error) => error.message));
        } }",
    )
    .await;
    let refused = "sendBatch() requires at least one message";
    assert_eq!(harness.get("/").await.expect("answered"), (200, refused.to_owned()));
    let sent = harness.recorder.sent.lock().expect("not poisoned");
    let [request] = &sent[..] else { panic!("{sent:?}") };
    let messages = request.messages.iter().map(|message| (&*message.body, message.delay_seconds));
    let expected: [(&[u8], _); 6] = [
        (b"1", None),
        (br#"{"a":2}"#, None),
        (b"x", None),
        (b"4", None),
        (br#""1970-01-01T00:00:00.000Z""#, None),
        (b"6", Some(6)),
    ];
    assert_eq!(messages.collect::<Vec<_>>(), expected);
    assert_eq!(request.messages[2].content_type, ContentType::Text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_send_reaches_the_producer_and_resolves_with_metrics() {
    let harness = Harness::new(
        "export default { async fetch(request, env) {
            const one = await env.QUEUE.send({ a: [1, 'x'] }, { delaySeconds: 5 });
            await env.QUEUE.sendBatch([{ body: 'text', contentType: 'text' },
                { body: new Uint8Array([1, 2, 255]), contentType: 'bytes' }], { delaySeconds: 2 });
            return Response.json(one.metadata.metrics.backlogCount);
        } }",
    )
    .await;
    assert_eq!(harness.get("/").await.expect("answered"), (200, "1".to_owned()));
    let sent = harness.recorder.sent.lock().expect("not poisoned").clone();
    assert_eq!(sent[0].messages[0].body.as_ref(), br#"{"a":[1,"x"]}"#);
    assert_eq!(sent[0].batch_delay_seconds, Some(5));
    assert_eq!(sent[1].batch_delay_seconds, Some(2));
    assert_eq!(sent[1].messages[0].body.as_ref(), b"text");
    assert_eq!(sent[1].messages[1].body.as_ref(), [1, 2, 255]);
    assert_eq!(sent[1].messages[1].content_type, ContentType::Bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn queue_decides_about_messages() {
    let harness = Harness::new(
        "export default { async queue(batch) {
            for (const message of batch.messages) {
                if (message.body.n === 1) message.retry({ delaySeconds: 9 });
                if (message.body.n === 2) message.ack();
            }
            if (batch.messages.length === 4) batch.retryAll({ delaySeconds: 3 });
        } }",
    )
    .await;
    let outcome = harness.deliver(&[r#"{"n":1}"#, r#"{"n":2}"#, r#"{"n":3}"#]).await;
    assert_eq!(outcome.result, HandlerResult::Ok);
    let retry = Decision::Retry { delay_seconds: Some(9) };
    assert_eq!(outcome.messages, [(0, retry), (1, Decision::Ack)]);
    let outcome = harness.deliver(&[r#"{"n":0}"#; 4]).await;
    assert_eq!(outcome.batch, Some(BatchDecision::RetryAll { delay_seconds: Some(3) }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throwing_handler_fails_its_delivery_with_a_position_in_the_source() {
    let harness = Harness::new(
        "type Body = { n: number };\n\nexport default {\n  async queue(batch: unknown) {\n    throw new TypeError('no');\n  }\n}",
    )
    .await;
    let outcome = harness.deliver(&["1"]).await;
    assert_eq!(outcome.result, HandlerResult::Failed("TypeError: no".into()));
    let lines = harness.recorder.lines().join("\n");
    assert!(lines.contains("TypeError: no") && lines.contains("index.ts:5:"), "{lines}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_queue_handler_fails_the_delivery() {
    let harness = Harness::new("export default { fetch() { return new Response('x'); } }").await;
    let outcome = harness.deliver(&["1"]).await;
    assert!(matches!(outcome.result, HandlerResult::Failed(_)), "{outcome:?}");
    assert!(harness.recorder.lines().join("\n").contains("lack a handler for QueueEvents"));
}

#[tokio::test(flavor = "multi_thread")]
async fn request_bodies_stream_in_and_response_bodies_stream_out() {
    let harness = Harness::new(
        "export default { fetch(request) {
            const upper = new TransformStream({ transform(chunk, controller) {
                controller.enqueue(chunk.map((byte) => byte >= 97 && byte <= 122 ? byte - 32 : byte)); } });
            return new Response(request.body.pipeThrough(upper));
        } }",
    )
    .await;
    let chunks = ["ab", "cd", "ef"].map(|chunk| Ok(bytes::Bytes::from(chunk)));
    let body = RequestBody::Stream(Box::pin(futures::stream::iter(chunks)));
    let response = harness.worker.fetch(request("POST", "/", body)).await.expect("answered");
    assert!(matches!(response.body, ResponseBody::Stream(_)));
    assert_eq!(text(response).await, "ABCDEF");
}

#[tokio::test(flavor = "multi_thread")]
async fn timers_and_concurrent_invocations_share_one_isolate() {
    let harness = Harness::new(
        "let released = false;
        export default { async fetch(request) {
            if (request.url.endsWith('/wait')) {
                while (!released) await new Promise((resolve) => setTimeout(resolve, 1));
                return new Response('released');
            }
            released = true;
            return new Response('releasing');
        } }",
    )
    .await;
    let (waited, releasing) = tokio::join!(harness.get("/wait"), harness.get("/release"));
    assert_eq!(waited.expect("answered").1, "released");
    assert_eq!(releasing.expect("answered").1, "releasing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_loops_is_stopped_and_the_worker_goes_on() {
    let harness = Harness::new(
        "let count = 0;
        export default { fetch(request) {
            if (request.url.endsWith('/loop')) for (;;);
            const recurse = (depth) => depth === 0 ? 0 : recurse(depth - 1) + 1;
            if (request.url.endsWith('/deep')) return new Response(String(recurse(10_000)));
            if (request.url.endsWith('/deeper')) return new Response(String(recurse(Infinity)));
            if (request.url.endsWith('/allocate')) { const all = []; for (;;) all.push(new Uint8Array(1 << 20).fill(1)); }
            return new Response(String(++count));
        } }",
    )
    .await;
    assert_eq!(harness.get("/").await.expect("answered").1, "1");
    let looped = harness.get("/loop").await.expect_err("stopped").to_string();
    assert!(looped.contains("CPU time limit"), "{looped}");
    assert_eq!(harness.get("/").await.expect("answered").1, "1");
    let allocated = harness.get("/allocate").await;
    assert!(allocated.is_err(), "{allocated:?}");
    assert_eq!(harness.get("/deep").await.expect("answered").1, "10000");
    let recursed = harness.get("/deeper").await.expect_err("stopped").to_string();
    assert!(recursed.contains("Maximum call stack size exceeded"), "{recursed}");
    assert_eq!(harness.get("/").await.expect("answered").1, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn processor_time_is_summed_over_the_awaits_of_an_invocation() {
    let harness = Harness::new(
        "const compute = (milliseconds) => { for (const end = Date.now() + milliseconds; Date.now() < end;); };
        export default { async fetch(request) {
            const rounds = Number(new URL(request.url).searchParams.get('rounds'));
            for (let round = 0; round < rounds; round++) {
                compute(50);
                await scheduler.wait(1);
            }
            return new Response('done');
        } }",
    )
    .await;
    assert_eq!(harness.get("/?rounds=2").await.expect("answered").1, "done");
    assert_eq!(harness.get("/?rounds=2").await.expect("counted anew").1, "done");
    let stopped = harness.get("/?rounds=1000").await.expect_err("stopped").to_string();
    assert_eq!(stopped, "Worker exceeded CPU time limit of 500 ms.");
    assert_eq!(harness.get("/?rounds=1").await.expect("another isolate").1, "done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_swaps_the_code_and_a_broken_one_does_not() {
    let (worker, recorder) = Harness::unloaded();
    let harness = Harness { worker, recorder };
    assert!(harness.get("/").await.is_err());
    let version = |n: u32| format!("export default {{ fetch() {{ return new Response('v{n}'); }} }}");
    harness.worker.load(blueprint(&version(1)).await).await.expect("starts");
    assert_eq!(harness.get("/").await.expect("answered").1, "v1");
    let broken = blueprint("throw new Error('at start')").await;
    let error = harness.worker.load(broken).await.expect_err("throws").to_string();
    assert!(error.contains("at start"), "{error}");
    assert_eq!(harness.get("/").await.expect("answered").1, "v1");
    harness.worker.load(blueprint(&version(2)).await).await.expect("starts");
    assert_eq!(harness.get("/").await.expect("answered").1, "v2");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_global_scope_allows_awaiting_but_neither_io_nor_timers() {
    let (worker, recorder) = Harness::unloaded();
    let harness = Harness { worker, recorder };
    let start = async |source: &str| match harness.worker.load(blueprint(source).await).await {
        Ok(_) => String::from("started"),
        Err(error) => error.to_string(),
    };
    let handler = "export default { fetch() { return new Response(String(x)); } }";
    assert_eq!(start(&format!("const x = await Promise.resolve(3); {handler}")).await, "started");
    assert_eq!(harness.get("/").await.expect("answered").1, "3");
    for disallowed in ["await fetch('http://localhost:1')", "setTimeout(() => {}, 1)", "crypto.randomUUID()"]
    {
        let error = start(&format!("const x = {disallowed}; {handler}")).await;
        assert!(error.contains("Disallowed operation called within global scope"), "{disallowed}: {error}");
    }
    let never = start(&format!("const x = await new Promise(() => {{}}); {handler}")).await;
    assert!(never.contains("never settles"), "{never}");
    assert!(start("const nothing = 1;").await.contains("No event handlers were registered"));
    assert_eq!(harness.get("/").await.expect("answered").1, "3");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_runtime_lacks_says_so_by_name() {
    let harness = Harness::new(
        "const attempt = async (use) => { try { return await use(); } catch (error) { return error.message; } };
        export default { async fetch() { return new Response((await Promise.all([
            attempt(() => crypto.subtle.generateKey({ name: 'AES-OCB', length: 256 }, true, ['encrypt'])),
        ])).join('|')); } }",
    )
    .await;
    let said = harness.get("/").await.expect("answered").1;
    assert!(said.contains("algorithm \"AES-OCB\" for generateKey"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn modules_of_node_work_and_contexts_survive_awaits_and_timers() {
    let source = "import { AsyncLocalStorage } from 'node:async_hooks';
        import { createHash } from 'node:crypto';
        import { Buffer } from 'node:buffer';
        import { join } from 'node:path';
        const storage = new AsyncLocalStorage();
        const store = async () => { await 1; await scheduler.wait(1); await Promise.resolve(); return storage.getStore(); };
        export default { async fetch(request) {
            const [a, b] = await Promise.all([storage.run('a', store), storage.run('b', store)]);
            return Response.json([a, b, storage.getStore() ?? null, join('x', '..', 'y'),
                createHash('md5').update('abc').digest('hex'), Buffer.from('hi').toString('base64'), typeof process]);
        } }";
    let (worker, recorder) = Harness::unloaded();
    let harness = Harness { worker, recorder };
    harness.worker.load(blueprint_with(source, &["nodejs_compat"]).await).await.expect("starts");
    assert_eq!(
        harness.get("/").await.expect("answered").1,
        r#"["a","b",null,"y","900150983cd24fb0d6963f7d28e17f72","aGk=","object"]"#
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_stream_that_breaks_is_reported() {
    let harness = Harness::new(
        "export default { fetch() {
            return new Response(new ReadableStream({ pull() { throw new RangeError('broke'); } }));
        } }",
    )
    .await;
    let response = harness.worker.fetch(request("GET", "/", RequestBody::Empty)).await.expect("a head");
    let ResponseBody::Stream(mut body) = response.body else { panic!("no stream") };
    assert!(body.next().await.expect("a chunk or an error").is_err());
    assert!(harness.recorder.lines().join("\n").contains("RangeError: broke"));
}

#[tokio::test(flavor = "multi_thread")]
async fn wait_until_outlives_the_response() {
    let harness = Harness::new(
        "export default { fetch(request, env, ctx) {
            ctx.waitUntil(scheduler.wait(1).then(() => env.QUEUE.send('later')));
            return new Response('now');
        } }",
    )
    .await;
    assert_eq!(harness.get("/").await.expect("answered").1, "now");
    tokio::time::timeout(Duration::from_secs(10), harness.worker.settled()).await.expect("settles");
    assert_eq!(harness.recorder.sent.lock().expect("not poisoned").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn isolates_differ_in_randomness_and_follow_the_clock() {
    let source = "export default { fetch() { return Response.json([Math.random(), crypto.randomUUID(), Date.now()]); } }";
    let (first, second) = (Harness::new(source).await, Harness::new(source).await);
    let values = |text: String| serde_json::from_str::<(f64, String, u64)>(&text).expect("JSON");
    let first = values(first.get("/").await.expect("answered").1);
    let second = values(second.get("/").await.expect("answered").1);
    assert_ne!(first.0, second.0);
    assert_ne!(first.1, second.1);
    let now = SystemClock::new().now().as_millis();
    assert!(now.abs_diff(second.2) < 60_000, "{now} {}", second.2);
}

#[tokio::test(flavor = "multi_thread")]
async fn timers_and_dates_follow_a_clock_that_is_moved() {
    const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);
    let (clock, work) = (Arc::new(ManualClock::new(START)), Work::default());
    let (worker, recorder) = Harness::unloaded_with(clock.clone(), work.clone());
    let source = "export default { async fetch() {
        const start = Date.now();
        const lines = [];
        const note = (name) => lines.push(`${name} ${Date.now() - start}`);
        const timeout = new Promise((done) => setTimeout(done, 3_600_000)).then(() => note('timeout'));
        const wait = scheduler.wait(60_000).then(() => note('wait'));
        const signal = AbortSignal.timeout(7_000);
        signal.addEventListener('abort', () => note('abort'));
        const ticks = setInterval(() => { note('tick'); if (lines.length > 2) clearInterval(ticks); }, 5_000);
        await Promise.all([timeout, wait]);
        note(new Date(performance.now()).toISOString());
        return new Response(lines.join());
    } }";
    worker.load(blueprint(source).await).await.expect("the script starts");
    let asked = worker.clone();
    let answer = tokio::spawn(async move { asked.fetch(request("GET", "/", RequestBody::Empty)).await });
    let mut stops = Vec::new();
    // The request is on its way before the clock is looked at.
    while clock.alarms().due().is_empty() {
        tokio::task::yield_now().await;
    }
    work.settled().await;
    while let Some(due) = clock.alarms().due().first().copied() {
        stops.push(due.at.since(START).as_secs());
        clock.move_to(due.at);
        clock.alarms().ring(due, work.begin());
        work.settled().await;
    }
    assert_eq!(stops, [5, 7, 10, 60, 3600]);
    let answer = answer.await.expect("no panic").expect("answered");
    let expected =
        "tick 5000,abort 7000,tick 10000,wait 60000,timeout 3600000,2027-01-15T09:00:00.000Z 3600000";
    assert_eq!(text(answer).await, expected);
    assert_eq!(recorder.lines(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_have_their_own_timestamps_and_attempts() {
    let harness = Harness::new(
        "export default { queue(batch) {
            console.log(JSON.stringify(batch.messages.map(({ timestamp, attempts }) => [+timestamp, attempts])));
        } }",
    )
    .await;
    for said in [[(5, 1), (5, 1)], [(5, 1), (6, 2)], [(5, 3), (6, 3)], [(5, 3), (5, 1)]] {
        let (mut delivery, outcome) = delivery(&["1", "2"]);
        for (message, (timestamp, attempts)) in delivery.messages.iter_mut().zip(said) {
            message.timestamp = Timestamp::from_millis(timestamp);
            message.attempts = attempts;
        }
        harness.worker.deliver(delivery);
        outcome.await.expect("an outcome");
    }
    let lines = harness.recorder.lines();
    assert_eq!(lines, ["[[5,1],[5,1]]", "[[5,1],[6,2]]", "[[5,3],[6,3]]", "[[5,3],[5,1]]"]);
}
