//! Requests under `/cdn-cgi/`, which Cloudflare reserves in production too: handed to the API as plain
//! values, and back.

use std::sync::Arc;

use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode};

use super::api::{API_BODY_BYTES_MAX, Api, ApiBody, ApiRequest, ApiResponse, Guard};
use super::control::{Control, is_control};
use super::events::{self, EventStream};
use super::exchange::AnswerBody;
use super::server::Peer;

/// Where everything that is reserved lies.
pub const RESERVED: &str = "/cdn-cgi/";

/// Answers what is reserved. Clones share everything.
#[derive(Clone)]
pub struct Administration {
    /// The REST API and its like.
    pub api: Api,
    /// What tests ask of the session.
    pub control: Control,
    /// Who may call; the API asks it by itself.
    pub guard: Guard,
    /// What happens in the queues.
    pub events: Arc<EventStream>,
}

impl Administration {
    /// Answers one request.
    pub async fn answer(&self, request: Request<Incoming>, peer: Peer) -> Response<AnswerBody> {
        let (mut parts, body) = request.into_parts();
        // HTTP/2 names the host beside the headers.
        if let Some(authority) = parts.uri.authority()
            && let Ok(host) = HeaderValue::from_str(authority.as_str())
        {
            parts.headers.entry(header::HOST).or_insert(host);
        }
        if parts.uri.path() == events::EVENTS && parts.method == Method::GET {
            return match self.guard.check(peer.remote, &parts.headers) {
                Ok(()) => event_stream(&self.events),
                Err(refusal) => render(refusal.response()),
            };
        }
        match plain(parts, body, peer).await {
            Err(status) => answer_with(status),
            Ok(request) if is_control(&request.path) => render(self.control.answer(request).await),
            Ok(request) => render(self.api.answer(request).await),
        }
    }
}

fn event_stream(events: &EventStream) -> Response<AnswerBody> {
    let mut answer = Response::new(AnswerBody::Events(events.read()));
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// The request as a plain value.
async fn plain(parts: Parts, body: Incoming, peer: Peer) -> Result<ApiRequest, StatusCode> {
    let body = match Limited::new(body, API_BODY_BYTES_MAX).collect().await {
        Ok(body) => ApiBody::Whole(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => ApiBody::TooLarge,
        // The client broke off, so nobody reads the answer.
        Err(_) => return Err(StatusCode::BAD_REQUEST),
    };
    Ok(ApiRequest {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        headers: parts.headers,
        body,
        peer: peer.remote,
    })
}

fn render(response: ApiResponse) -> Response<AnswerBody> {
    let mut answer = Response::new(AnswerBody::whole(response.body));
    *answer.status_mut() = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(response.content_type));
    for (name, value) in response.headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            answer.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    answer
}

fn answer_with(status: StatusCode) -> Response<AnswerBody> {
    let mut answer = Response::new(AnswerBody::whole(Vec::new()));
    *answer.status_mut() = status;
    answer
}
