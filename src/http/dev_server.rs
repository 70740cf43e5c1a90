//! One Worker's requests.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};

use super::administration::{Administration, RESERVED};
use super::error_page;
use super::exchange::{self, AnswerBody};
use super::server::Peer;
use super::upgrade::{Upgrade, Upgrades};
use crate::runtime::worker::Worker;

/// A request that was answered.
#[derive(Clone, Debug)]
pub struct RequestRecord {
    /// The worker, where several answer on ports of their own.
    pub worker: Option<Arc<str>>,
    /// The method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The status of the answer.
    pub status: u16,
    /// How long the answer took, to its first byte.
    pub duration: Duration,
}

/// Told of each request that was answered.
pub trait RequestLog: Send + Sync + 'static {
    /// One request was answered.
    fn request(&self, record: RequestRecord);
}

/// The worker that answers on a port. Another may take its place: one of another name, say.
#[derive(Clone)]
pub struct Answering(Arc<RwLock<Worker>>);

impl Answering {
    /// Answers with this worker.
    pub fn new(worker: Worker) -> Self {
        Self(Arc::new(RwLock::new(worker)))
    }

    /// From now on this worker answers, also what waits for a reload of the one before.
    pub fn replace(&self, worker: Worker) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = worker;
    }

    /// The worker that answers now.
    pub fn current(&self) -> Worker {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The worker that answers when no reload is under way.
    async fn settled(&self) -> Worker {
        loop {
            let worker = self.current();
            worker.unheld().await;
            if self.current().name() == worker.name() {
                return worker;
            }
        }
    }
}

/// Answers the requests of one port.
pub struct DevServer {
    answering: Answering,
    administration: Administration,
    upgrades: Upgrades,
    log: Arc<dyn RequestLog>,
    options: DevServerOptions,
}

/// How one port answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DevServerOptions {
    /// Whether records name the worker, as one of several with ports.
    pub named: bool,
    /// Whether `/__scheduled?cron=…` runs the worker's `scheduled()`, as with `wrangler dev --test-scheduled`.
    pub test_scheduled: bool,
}

/// Where `scheduled()` is run from outside of what is reserved.
const SCHEDULED: &str = "/__scheduled";

impl DevServer {
    /// Answers by the worker of `answering`, what is reserved by `administration`, and tells `log` what the worker
    /// answered. Connections that become WebSockets are among `upgrades`.
    pub fn new(
        answering: Answering,
        administration: Administration,
        upgrades: Upgrades,
        log: Arc<dyn RequestLog>,
        options: DevServerOptions,
    ) -> Self {
        Self { answering, administration, upgrades, log, options }
    }

    /// Answers one request.
    pub async fn answer(&self, request: Request<Incoming>, peer: Peer) -> Response<AnswerBody> {
        if request.uri().path().starts_with(RESERVED) {
            return self.administration.answer(request, peer).await;
        }
        let began = Instant::now();
        let method = request.method().as_str().to_owned();
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let worker = self.answering.settled().await;
        let answer = if self.options.test_scheduled && request.uri().path() == SCHEDULED {
            run_scheduled(&worker, &request).await
        } else {
            by_worker(&worker, request, peer, &self.upgrades).await
        };
        let status = answer.status().as_u16();
        let worker = self.options.named.then(|| worker.name().clone());
        self.log.request(RequestRecord { worker, method, path, status, duration: began.elapsed() });
        answer
    }
}

async fn run_scheduled(worker: &Worker, request: &Request<Incoming>) -> Response<AnswerBody> {
    let query = request.uri().query().unwrap_or_default().as_bytes();
    let cron = url::form_urlencoded::parse(query).find(|(name, _)| name == "cron");
    let cron = cron.map(|(_, cron)| cron.into_owned()).unwrap_or_default();
    let now = worker.environment().clock.now();
    match worker.scheduled(cron, now).await {
        Ok(()) => plain(StatusCode::OK, "Ran scheduled event"),
        Err(error) => error_page::render(&error, request.headers()),
    }
}

async fn by_worker(
    worker: &Worker,
    mut request: Request<Incoming>,
    peer: Peer,
    upgrades: &Upgrades,
) -> Response<AnswerBody> {
    let upgrade = Upgrade::of(&mut request);
    let (method, version, headers) = (request.method().clone(), request.version(), request.headers().clone());
    let request = match exchange::request_for_worker(request, peer).await {
        Ok(request) => request,
        Err(error) => return plain(StatusCode::BAD_REQUEST, format!("The request broke off: {error}\n")),
    };
    match worker.fetch(request).await {
        Ok(response) if response.web_socket.is_some() => {
            upgrades.answer(response, upgrade, &worker.environment().work)
        }
        Ok(response) => exchange::answer(response, &method, version),
        Err(error) => error_page::render(&error, &headers),
    }
}

fn plain(status: StatusCode, text: impl Into<Bytes>) -> Response<AnswerBody> {
    let mut answer = Response::new(AnswerBody::whole(text));
    *answer.status_mut() = status;
    answer
}
