//! Connections that become WebSockets.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::upgrade::OnUpgrade;
use hyper::{Method, Request, Response, StatusCode, Version};
use hyper_util::rt::TokioIo;
use tokio::sync::watch;

use super::exchange::{self, AnswerBody};
use crate::base::Work;
use crate::runtime::isolate::FetchResponse;
use crate::runtime::web_socket::handshake::{self, VERSION};
use crate::runtime::web_socket::{Role, SocketEnd, connection};

/// How long clients may take to read that they are to go.
const PATIENCE: Duration = Duration::from_secs(1);
/// What is said of the connection, not by the Worker. No extension is spoken here.
const HANDSHAKE_HEADERS: [HeaderName; 2] = [header::SEC_WEBSOCKET_ACCEPT, header::SEC_WEBSOCKET_EXTENSIONS];

/// A request for a WebSocket.
pub struct Upgrade {
    /// The client's key, or what is wrong with its handshake.
    key: Result<String, &'static str>,
    connection: OnUpgrade,
}

impl Upgrade {
    /// What is needed to answer `request` with a WebSocket, if it asks for one.
    pub fn of(request: &mut Request<Incoming>) -> Option<Self> {
        let asked = request.headers().get(header::UPGRADE)?;
        if !asked.as_bytes().eq_ignore_ascii_case(b"websocket") || request.version() != Version::HTTP_11 {
            return None;
        }
        let key = key_of(request.method(), request.headers());
        Some(Self { key, connection: hyper::upgrade::on(request) })
    }
}

fn key_of(method: &Method, headers: &HeaderMap) -> Result<String, &'static str> {
    if method != Method::GET {
        return Err("ERROR: WebSocket must be initiated with a GET request.");
    }
    if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != VERSION) {
        return Err("ERROR: The requested WebSocket version is not supported.");
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY).and_then(|key| key.to_str().ok());
    key.filter(|key| handshake::is_key(key)).map(str::to_owned).ok_or("ERROR: Missing Sec-WebSocket-Key")
}

/// The connections of a server that became WebSockets. Clones share them.
#[derive(Clone)]
pub struct Upgrades {
    /// Each connection has a receiver.
    stop: Arc<watch::Sender<bool>>,
}

impl Default for Upgrades {
    fn default() -> Self {
        Self { stop: Arc::new(watch::Sender::new(false)) }
    }
}

impl Upgrades {
    /// The answer for a Worker's response with a WebSocket, which the connection of `upgrade` becomes. What happens on
    /// it counts as `work`.
    pub fn answer(
        &self,
        mut response: FetchResponse,
        upgrade: Option<Upgrade>,
        work: &Work,
    ) -> Response<AnswerBody> {
        let (Some(upgrade), Some(end)) = (upgrade, response.web_socket.take()) else {
            return refusal("ERROR: WebSockets are served over HTTP/1.1 only.");
        };
        let key = match upgrade.key {
            Ok(key) => key,
            Err(complaint) => return refusal(complaint),
        };
        let mut answer = exchange::answer(response, &Method::GET, Version::HTTP_11);
        HANDSHAKE_HEADERS.iter().for_each(|name| drop(answer.headers_mut().remove(name)));
        let accept = HeaderValue::from_str(&handshake::accept_for(&key));
        answer.headers_mut().extend(accept.ok().map(|accept| (header::SEC_WEBSOCKET_ACCEPT, accept)));
        answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        answer.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        tokio::spawn(work.track(serve(upgrade.connection, end, self.stop.subscribe())));
        answer
    }

    /// Tells all clients that the service restarts, and waits a moment until they are told.
    pub async fn end(&self) {
        self.stop.send_replace(true);
        let _ = tokio::time::timeout(PATIENCE, self.stop.closed()).await;
    }
}

async fn serve(connection: OnUpgrade, end: SocketEnd, mut stop: watch::Receiver<bool>) {
    // A client that goes away meanwhile drops the end, which the Worker is told.
    let Ok(upgraded) = connection.await else { return };
    let stopped = stop.wait_for(|stop| *stop);
    connection::run(TokioIo::new(upgraded), Role::Server, end, stopped).await;
}

fn refusal(complaint: &'static str) -> Response<AnswerBody> {
    let mut answer = Response::new(AnswerBody::whole(Bytes::from_static(complaint.as_bytes())));
    *answer.status_mut() = StatusCode::BAD_REQUEST;
    answer
}
