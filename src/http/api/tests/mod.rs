//! The API over a real broker, with storage in memory and a clock moved by hand. Every answer is held
//! against the API's own description.

mod access;
mod consumers;
mod description;
mod errors;
mod fuzz;
mod guard;
mod messages;
mod pulling;
mod queues;
mod restart;
mod schema;
mod subscriptions;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::{Map, Value, json};

use super::paths::{API_BASE, Found, find};
use super::{
    Api, ApiBody, ApiOptions, ApiRequest, ApiResponse, Guard, MemorySubscriptions, Observability, Readiness,
    SubscriptionStore, Subscriptions, WorkerDirectory,
};
use crate::base::{Clock, Timestamp};
use crate::broker::storage::MemoryStorage;
use crate::broker::{Broker, BrokerOptions};

/// When every test begins.
const BEGINNING_MS: u64 = 1_746_067_737_132;
/// How the API writes that.
const BEGINNING: &str = "2025-05-01T02:48:57.132000Z";

struct HandClock(AtomicU64);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }

    fn real_time_until(&self, _deadline: Timestamp) -> Option<Duration> {
        None
    }
}

/// Workers as tests need them, and the consumers that were told to be absent.
#[derive(Default)]
struct Workers(Mutex<Vec<String>>);

impl WorkerDirectory for Workers {
    fn readiness(&self, worker: &str) -> Readiness {
        match worker {
            "deaf" => Readiness::LacksHandler,
            "ghost" => Readiness::Absent,
            _ => Readiness::Consumes,
        }
    }

    fn absent_consumer(&self, queue: &str, worker: &str) {
        self.0.lock().unwrap().push(format!("{queue} {worker}"));
    }
}

struct World {
    api: Api,
    broker: Broker,
    clock: Arc<HandClock>,
    workers: Arc<Workers>,
}

/// An answer, read.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: BTreeMap<&'static str, String>,
    body: Value,
}

impl Answer {
    /// Status and code of a refusal.
    fn refusal(&self) -> (u16, u64) {
        assert_eq!(self.body["success"], json!(false), "{self:?}");
        (self.status, self.body["errors"][0]["code"].as_u64().unwrap())
    }

    fn message(&self) -> &str {
        self.body["errors"][0]["message"].as_str().unwrap()
    }

    fn pointer(&self) -> &str {
        self.body["errors"][0]["source"]["pointer"].as_str().unwrap_or_default()
    }
}

impl World {
    fn new() -> Self {
        Self::with(Guard::default(), |_| {})
    }

    fn with(guard: Guard, change: impl FnOnce(&mut BrokerOptions)) -> Self {
        Self::with_store(guard, change, Box::new(MemorySubscriptions::default()))
    }

    fn with_store(
        guard: Guard,
        change: impl FnOnce(&mut BrokerOptions),
        store: Box<dyn SubscriptionStore>,
    ) -> Self {
        let clock = Arc::new(HandClock(AtomicU64::new(BEGINNING_MS)));
        let observability = Arc::new(Observability::new());
        let mut options = BrokerOptions::new(Box::new(MemoryStorage::default()), clock.clone());
        options.observer = observability.clone();
        change(&mut options);
        let broker = Broker::start(options).unwrap();
        let workers = Arc::new(Workers::default());
        let subscriptions = Arc::new(Subscriptions::open(store).unwrap());
        let api = Api::new(ApiOptions {
            broker: broker.clone(),
            producer: Arc::new(broker.clone()),
            guard,
            clock: clock.clone(),
            subscriptions,
            workers: workers.clone(),
            observability,
            further_paths: Map::new(),
        });
        Self { api, broker, clock, workers }
    }

    fn advance_ms(&self, milliseconds: u64) {
        self.clock.0.fetch_add(milliseconds, Ordering::SeqCst);
        self.broker.tick();
    }

    /// Sends a request to a whole path, as it is.
    async fn send(&self, method: &str, path: &str, body: ApiBody) -> ApiResponse {
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (path, None),
        };
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("localhost:8787"));
        headers.insert("content-type", HeaderValue::from_static("text/plain;charset=UTF-8"));
        self.api
            .answer(ApiRequest {
                method: Method::from_bytes(method.as_bytes()).unwrap(),
                path: path.to_owned(),
                query,
                headers,
                body,
                peer: SocketAddr::from((Ipv4Addr::LOCALHOST, 50_000)),
            })
            .await
    }

    /// Sends any text as the body of a request below the account, and holds the answer against the
    /// description.
    async fn call_text(&self, method: &str, path: &str, body: &str) -> Answer {
        let below = format!("/accounts/023e105f4ecef8ad9ca31a8372d0c353{path}");
        let body = ApiBody::Whole(Bytes::copy_from_slice(body.as_bytes()));
        let response = self.send(method, &format!("{API_BASE}{below}"), body).await;
        let answer = read(response);
        let template = below.split('?').next().unwrap_or_default();
        if let Found::Operation(operation, _) = find(method, template) {
            schema::check_answer(operation, answer.status, &answer.body);
        }
        answer
    }

    async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        self.call_text(method, path, &text).await
    }

    /// The result of a request that must be done.
    async fn done(&self, method: &str, path: &str, body: Value) -> Value {
        let answer = self.call(method, path, body).await;
        assert_eq!(answer.status, 200, "{method} {path}: {answer:?}");
        answer.body["result"].clone()
    }

    /// Status and code of a request that must be refused.
    async fn refused(&self, method: &str, path: &str, body: Value) -> (u16, u64) {
        self.call(method, path, body).await.refusal()
    }

    /// Creates a queue and gives the path of it.
    async fn queue(&self, name: &str) -> String {
        let queue = self.done("POST", "/queues", json!({ "queue_name": name })).await;
        format!("/queues/{}", queue["queue_id"].as_str().unwrap())
    }

    /// Creates a queue with a pull consumer and gives the path of it.
    async fn pull_queue(&self, name: &str) -> String {
        let queue = self.queue(name).await;
        self.done("POST", &format!("{queue}/consumers"), json!({ "type": "http_pull" })).await;
        queue
    }
}

fn read(response: ApiResponse) -> Answer {
    assert_eq!(response.content_type, "application/json");
    let body: Value = serde_json::from_slice(&response.body).unwrap();
    Answer { status: response.status, headers: response.headers.into_iter().collect(), body }
}

/// Replaces what is random, 32 hexadecimal characters, by `ID`.
fn without_ids(value: &Value) -> String {
    let text = serde_json::to_string_pretty(value).unwrap();
    let parts = text.split('"').map(|part| {
        let random = part.len() == 32 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
        if random { "ID" } else { part }
    });
    parts.collect::<Vec<_>>().join("\"")
}
