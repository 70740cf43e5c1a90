//! The Queues REST API, as wrangler, the official SDKs and `curl` call it, and the counters.
//!
//! Plain values in, plain values out: the server owns the sockets. [`Api::answer`] is the entry. A request
//! passes the [`guard`], is looked up in the one table of [`paths`], and goes to a handler that reads it,
//! asks the broker once and renders the answer. Every answer is an envelope, every error has a code.
//!
//! Source: Cloudflare's API reference, "Queues", and Cloudflare's documentation, "Pull consumers", "Publish
//! to a Queue via HTTP", "Pause & Purge", "Error codes", "Event subscriptions".
//!
//! Absent by design: sockets, hyper, wasmtime, SQL.

mod acknowledge;
pub(in crate::http) mod body;
mod call;
mod consumers;
pub(in crate::http) mod envelope;
pub(in crate::http) mod error;
mod event_sources;
mod guard;
mod messages;
mod metrics;
mod observability;
mod openapi;
pub mod paths;
mod peek;
mod pull;
mod purge;
pub(in crate::http) mod query;
mod queue_names;
mod queues;
mod refusal;
mod schemas;
mod subscription_file;
mod subscription_registry;
mod subscriptions;
#[cfg(test)]
mod tests;
mod views;

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::{Map, Value};

pub use envelope::ApiResponse;
pub use guard::{AccessRefusal, Guard};
pub use observability::Observability;
pub use paths::API_BASE;
pub use subscription_file::SubscriptionFile;
pub use subscription_registry::{
    MemorySubscriptions, Subscription, SubscriptionChange, SubscriptionStore, SubscriptionStoreError,
    Subscriptions,
};

pub use views::{ConsumerView, MetricsView, QueueView};

use call::Call;
use error::{ApiError, codes};
use paths::{Found, Operation};

use crate::base::Clock;
use crate::broker::{Broker, Producer};

/// Largest body of a request, in bytes: a batch of 256,000 bytes fits however its texts are escaped.
pub const API_BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What the API is made of.
pub struct ApiOptions {
    /// The queues.
    pub broker: Broker,
    /// Where messages are pushed to.
    pub producer: Arc<dyn Producer>,
    /// Who may call.
    pub guard: Guard,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The event subscriptions.
    pub subscriptions: Arc<Subscriptions>,
    /// The workers that may consume queues.
    pub workers: Arc<dyn WorkerDirectory>,
    /// The counters; the broker's observer.
    pub observability: Arc<Observability>,
    /// What is served beside the API, as OpenAPI describes paths; told with the API's own.
    pub further_paths: Map<String, Value>,
}

/// Knows which workers can consume queues.
pub trait WorkerDirectory: Send + Sync {
    /// Whether the worker of this name can consume queues.
    fn readiness(&self, worker: &str) -> Readiness;

    /// Is told that a worker that does not run here was made the consumer of a queue.
    fn absent_consumer(&self, queue: &str, worker: &str);
}

/// Whether a worker can consume queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It runs here and has a `queue()` handler.
    Consumes,
    /// It runs here and has none.
    LacksHandler,
    /// It does not run here; another process may run it, or it may come later.
    Absent,
    /// It is to run here, and has no code that runs yet.
    Unknown,
}

/// A request.
#[derive(Clone, Debug)]
pub struct ApiRequest {
    /// Its method.
    pub method: Method,
    /// Its path, still percent-encoded.
    pub path: String,
    /// What follows the `?`.
    pub query: Option<String>,
    /// Its headers, among them `Host`: for HTTP/2, put the request's authority there.
    pub headers: HeaderMap,
    /// Its body.
    pub body: ApiBody,
    /// Who asks.
    pub peer: SocketAddr,
}

/// A request's body, as far as the server has read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiBody {
    /// All of it.
    Whole(Bytes),
    /// It is longer than [`API_BODY_BYTES_MAX`].
    TooLarge,
}

/// Answers requests. Clones share everything.
#[derive(Clone)]
pub struct Api {
    options: Arc<ApiOptions>,
}

impl Api {
    /// An API over these parts.
    pub fn new(options: ApiOptions) -> Self {
        Self { options: Arc::new(options) }
    }

    /// Answers one request. Every path has an answer; see [`paths::is_api`] for those that are served.
    pub async fn answer(&self, request: ApiRequest) -> ApiResponse {
        if let Err(refusal) = self.options.guard.check(request.peer, &request.headers) {
            return refusal.response();
        }
        let answer = match request.path.strip_prefix(paths::API_BASE) {
            Some(path) => self.operation(path, &request).await,
            None => self.document(&request).await,
        };
        answer.unwrap_or_else(|error| ApiResponse::error(&error))
    }

    /// What is not an operation of the API.
    async fn document(&self, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
        match request.path.as_str() {
            paths::OPENAPI | paths::METRICS if request.method != Method::GET => {
                Err(other_methods(&request.method, "GET".to_owned()))
            }
            paths::OPENAPI => {
                let description = openapi::description(&self.options.further_paths);
                Ok(ApiResponse::json(200, Vec::new(), &description))
            }
            paths::METRICS => metrics::counters(&self.options).await,
            _ => Err(ApiError::no_route()),
        }
    }

    async fn operation(&self, path: &str, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
        let (operation, parameters) = match paths::find(request.method.as_str(), path) {
            Found::Operation(operation, parameters) => (operation, parameters),
            Found::OtherMethods(methods) => return Err(other_methods(&request.method, methods)),
            Found::Nothing => return Err(ApiError::no_route()),
        };
        let call = Call::new(operation, parameters, request.query.as_deref(), &request.body);
        let api = &*self.options;
        match operation {
            Operation::CreateQueue => queues::create(api, &call).await,
            Operation::ListQueues => queues::list(api, &call).await,
            Operation::GetQueue => queues::get(api, &call).await,
            Operation::OverwriteQueue => queues::overwrite(api, &call).await,
            Operation::EditQueue => queues::edit(api, &call).await,
            Operation::DeleteQueue => queues::delete(api, &call).await,
            Operation::GetQueueMetrics => metrics::get(api, &call).await,
            Operation::PushMessage => messages::push(api, &call).await,
            Operation::PushMessages => messages::push_batch(api, &call).await,
            Operation::PullMessages => pull::pull(api, &call).await,
            Operation::AcknowledgeMessages => acknowledge::acknowledge(api, &call).await,
            Operation::PeekMessages | Operation::PreviewMessages => peek::peek(api, &call).await,
            Operation::PurgeMessages => purge::messages(api, &call).await,
            Operation::StartPurge => purge::start(api, &call).await,
            Operation::GetPurgeStatus => purge::status(api, &call).await,
            Operation::CreateConsumer => consumers::create(api, &call).await,
            Operation::ListConsumers => consumers::list(api, &call).await,
            Operation::GetConsumer => consumers::get(api, &call).await,
            Operation::UpdateConsumer => consumers::update(api, &call).await,
            Operation::DeleteConsumer => consumers::delete(api, &call).await,
            Operation::CreateSubscription => subscriptions::create(api, &call).await,
            Operation::ListSubscriptions => subscriptions::list(api, &call).await,
            Operation::GetSubscription => subscriptions::get(api, &call).await,
            Operation::EditSubscription => subscriptions::edit(api, &call).await,
            Operation::DeleteSubscription => subscriptions::delete(api, &call).await,
        }
    }
}

fn other_methods(method: &Method, allowed: String) -> ApiError {
    let message = format!("Method {method} not available for that URI.");
    let error = ApiError::new(405, codes::METHOD_NOT_AVAILABLE, message);
    ApiError { allow: Some(allowed), ..error }
}
