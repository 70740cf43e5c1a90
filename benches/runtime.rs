//! What the runtime costs: starting an isolate, a message handled, a request answered, a file saved.
//!
//! The first two run in this process, without queues and without a server; the others ask the real binary over
//! loopback. `cargo bench --bench runtime`; with `-- FILE.js` an isolate is started with that Worker, too. Beside
//! wrangler dev: `benches/compare/compare.py`.

#[path = "../tests/support/mod.rs"]
mod support;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use qemu_dev::base::{ContentType, MessageId, Timestamp, Work};
use qemu_dev::broker::{
    Consumer, DeliveredMessage, Delivery, HandlerResult, Metrics, MetricsReply, Producer, SendReply,
    SendRequest, Ticket,
};
use qemu_dev::dev::SystemClock;
use qemu_dev::runtime::engine::Engine;
use qemu_dev::runtime::guest::Code;
use qemu_dev::runtime::isolate::{Environment, FetchRequest, RequestBody};
use qemu_dev::runtime::log::{LogLevel, LogSink};
use qemu_dev::runtime::outbound::Outbound;
use qemu_dev::runtime::protocol::events::RequestHead;
use qemu_dev::runtime::running::RunningHandlers;
use qemu_dev::runtime::services::Services;
use qemu_dev::runtime::setup::{Setup, SetupFlags};
use qemu_dev::runtime::worker::{Blueprint, Worker};
use qemu_dev::workers::{self, Bundle, BundleRequest};
use support::project::Project;
use support::session::Session;
use tokio::sync::oneshot;

const BUNDLE_BYTES: usize = 250_000;
const STARTS: usize = 20;
const BATCH: usize = 100;
const BATCHES: usize = 400;
const ROUNDS: usize = 9;
const CONNECTIONS: usize = 16;
const REQUESTS: usize = 4_000;
const RELOADS: usize = 30;
/// How long a reload is waited for.
const RELOAD_PATIENCE: Duration = Duration::from_secs(10);

/// Handlers that differ by what they do with each message, and what the engine alone takes for the same bodies.
const CONSUMER: &str = r#"
let total = 0;
const handlers = {
    "no word about messages": () => {},
    "bodies read, each acknowledged": (batch) => {
        for (const message of batch.messages) {
            total += message.body.email.length;
            message.ack();
        }
    },
};
export default {
    fetch: async (request) => {
        const text = await request.text();
        for (let round = 0; round < Number(new URL(request.url).searchParams.get("rounds")); round++) JSON.parse(text);
        return new Response();
    },
    queue: (batch) => handlers[batch.queue](batch),
};"#;
const HANDLERS: [&str; 2] = ["no word about messages", "bodies read, each acknowledged"];

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cache = concat!(env!("CARGO_MANIFEST_DIR"), "/target/engine");
    let engine = Engine::new(cache.as_ref(), || {}).unwrap();
    engine.prepare().unwrap();
    runtime.block_on(isolate_start(&engine, "a made-up script", &made_up()));
    if let Some(path) = std::env::args().skip(1).find(|argument| argument.ends_with(".js")) {
        runtime.block_on(isolate_start(&engine, &path, &bundle(Path::new(&path))));
    }
    runtime.block_on(messages(&engine, &bundle_of(CONSUMER)));
    requests_and_reloads();
}

/// A script of many functions as people write them, all used by the handler.
fn made_up() -> Bundle {
    let mut source = String::from("const functions = [];\n");
    let mut number = 0;
    while source.len() < BUNDLE_BYTES {
        let _ = write!(
            source,
            r#"
function normalizeOrder{number}(order, options = {{}}) {{
  if (order === null || typeof order !== "object") {{
    throw new TypeError(`Order {number} is not an object: ${{String(order)}}`);
  }}
  const items = (order.items ?? []).filter((item) => item.quantity > 0);
  const totalCents = items.reduce((sum, item) => sum + item.quantity * item.priceCents, 0);
  for (const [name, value] of Object.entries(options)) {{
    if (name.startsWith("ignore") && value) delete order[name.slice(6).toLowerCase()];
  }}
  return {{ ...order, items, totalCents, currency: order.currency || "EUR", revision: {number} }};
}}
functions.push(normalizeOrder{number});
"#
        );
        number += 1;
    }
    source.push_str("export default { fetch: () => new Response(String(functions.length)) };");
    bundle_of(&source)
}

async fn isolate_start(engine: &Engine, name: &str, bundle: &Bundle) {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let worker = worker(engine);
        let began = Instant::now();
        worker.load(blueprint(bundle)).await.unwrap();
        times.push(began.elapsed());
    }
    println!("isolate with {name}, {} KB bundled: {}", bundle.script.len() / 1000, spread(times));
}

async fn messages(engine: &Engine, bundle: &Bundle) {
    let worker = worker(engine);
    worker.load(blueprint(bundle)).await.unwrap();
    let bodies: Vec<_> = (0..BATCH)
        .map(|number| {
            format!(
                r#"{{"i":{number},"email":"user{number}@example.com","tags":[1,2,3],"at":1700000000000}}"#
            )
        })
        .collect();
    for handler in HANDLERS {
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            let began = Instant::now();
            for _ in 0..BATCHES {
                deliver(&worker, handler, &bodies).await;
            }
            times.push(began.elapsed() / (BATCH * BATCHES) as u32);
        }
        println!("a message in a batch of {BATCH}, {handler}: {}", spread(times));
    }
    let text = format!("[{}]", bodies.join(","));
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        parse(&worker, &text).await;
        times.push(began.elapsed() / (BATCH * BATCHES) as u32);
    }
    println!("of that, the engine's JSON.parse of a body: {}", spread(times));
}

async fn deliver(worker: &Worker, queue: &str, bodies: &[String]) {
    let messages = bodies.iter().enumerate().map(|(index, body)| DeliveredMessage {
        id: MessageId::from_bytes([index as u8; 16]),
        timestamp: Timestamp::from_millis(1_700_000_000_000),
        attempts: 1,
        content_type: ContentType::Json,
        body: Bytes::copy_from_slice(body.as_bytes()),
        given_id: None,
    });
    let (sender, outcome) = oneshot::channel();
    worker.deliver(Delivery {
        queue: queue.into(),
        worker: worker.name().clone(),
        messages: messages.collect(),
        metrics: Metrics::default(),
        ticket: Ticket::new(move |outcome| drop(sender.send(outcome))),
    });
    let outcome = outcome.await.unwrap();
    assert_eq!(outcome.result, HandlerResult::Ok);
}

async fn parse(worker: &Worker, text: &str) {
    let head = RequestHead {
        method: "POST".into(),
        url: format!("http://localhost/?rounds={BATCHES}"),
        headers: Vec::new(),
    };
    let body = RequestBody::Bytes(Bytes::copy_from_slice(text.as_bytes()));
    let answer = worker.fetch(FetchRequest { head, body, entrypoint: None, props: None }).await.unwrap();
    assert_eq!(answer.status, 200);
}

/// Small answers on several connections, then a file saved again and again until its answer is there.
fn requests_and_reloads() {
    let source =
        |version: usize| format!("export default {{ fetch: () => new Response('version {version}') }};");
    let project = Project::new(&[
        ("wrangler.json", r#"{"name": "bench", "main": "index.js", "compatibility_date": "2026-06-05"}"#),
        ("index.js", &source(0)),
    ]);
    let session = Session::start(&project, &[]);
    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            let mut connection = session.connect();
            scope.spawn(move || {
                for _ in 0..REQUESTS {
                    connection.request("GET", "/", &[], None).unwrap();
                }
            });
        }
    });
    let rate = (CONNECTIONS * REQUESTS) as f64 / began.elapsed().as_secs_f64();
    println!(
        "small answers on {CONNECTIONS} connections: {rate:.0} requests/s, the client on the same machine"
    );
    let times = (1..=RELOADS).map(|version| {
        let began = Instant::now();
        project.write("index.js", &source(version));
        while session.text("/") != format!("version {version}") {
            assert!(began.elapsed() < RELOAD_PATIENCE, "the new code is not live");
            thread::sleep(Duration::from_micros(200));
        }
        began.elapsed()
    });
    println!("a saved file until the first answer of the new code: {}", spread(times.collect()));
    session.stop();
}

fn spread(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    format!("median {:.1?}, fastest {:.1?}", times[times.len() / 2], times[0])
}

fn bundle_of(source: &str) -> Bundle {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index.js");
    std::fs::write(&path, source).unwrap();
    bundle(&path)
}

fn bundle(path: &Path) -> Bundle {
    let path = path.canonicalize().unwrap();
    let request = BundleRequest::new(path.file_name().unwrap(), path.parent().unwrap(), Vec::new());
    let made = tokio::runtime::Runtime::new().unwrap().block_on(workers::bundle(&request));
    made.unwrap_or_else(|failure| panic!("{:?}", failure.diagnostics))
}

fn blueprint(bundle: &Bundle) -> Blueprint {
    Blueprint {
        code: Code::Script(Arc::new(bundle.clone())),
        setup: Setup {
            worker: "bench".into(),
            vars: serde_json::Map::new(),
            producers: Vec::new(),
            services: Vec::new(),
            missing: Vec::new(),
            flags: SetupFlags { json_messages: true, expose_error_codes: false, wait_for_wait_until: true },
            compatibility_date: "2026-01-01".into(),
            compatibility_flags: Vec::new(),
        },
        producers: HashMap::new(),
        services: HashMap::new(),
        cpu_ms: 30_000,
    }
}

fn worker(engine: &Engine) -> Worker {
    let environment = Environment {
        engine: engine.clone(),
        producer: Arc::new(Nothing),
        outbound: Outbound::new().unwrap(),
        services: Services::default(),
        clock: Arc::new(SystemClock::new()),
        work: Work::default(),
        handlers: RunningHandlers::default(),
        tokio: tokio::runtime::Handle::current(),
    };
    Worker::new("bench", environment, Arc::new(Nothing))
}

/// Queues and a log that nobody asks for here.
struct Nothing;

impl Producer for Nothing {
    fn send(&self, _: SendRequest, _: SendReply) {}

    fn metrics(&self, _: &str, _: MetricsReply) {}
}

impl LogSink for Nothing {
    fn console(&self, _: LogLevel, text: &str) {
        eprintln!("{text}");
    }
}
