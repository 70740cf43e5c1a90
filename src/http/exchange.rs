//! Between HTTP messages and a Worker's requests and responses.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::{Stream, StreamExt};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode, Version};

use super::server::Peer;
use crate::runtime::isolate::{FetchRequest, FetchResponse, RequestBody, ResponseBody};
use crate::runtime::protocol::events::RequestHead;
use crate::runtime::stream::GuestBody;

/// Bodies of a known length up to this are read before the Worker is called.
const WHOLE_BODY_BYTES_MAX: u64 = 64 * 1024;

/// Headers that belong to one connection, not to the message.
const CONNECTION_HEADERS: [HeaderName; 6] = [
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::TE,
    header::TRAILER,
    HeaderName::from_static("keep-alive"),
];

/// The body of an answer.
pub enum AnswerBody {
    /// All of it, or nothing when it was taken.
    Whole(Option<Bytes>),
    /// Chunks as a Worker produces them.
    Guest(GuestBody),
    /// Events as they happen.
    Events(Pin<Box<dyn Stream<Item = Bytes> + Send>>),
}

impl AnswerBody {
    /// A body that is there already.
    pub fn whole(bytes: impl Into<Bytes>) -> Self {
        Self::Whole(Some(bytes.into()).filter(|bytes| !bytes.is_empty()))
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = BrokenBody;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenBody>>> {
        match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Events(events) => {
                events.as_mut().poll_next(context).map(|event| event.map(|event| Ok(Frame::data(event))))
            }
            Self::Guest(body) => Pin::new(body).poll_next(context).map(|chunk| {
                chunk.map(|chunk| chunk.map(Frame::data).map_err(|error| BrokenBody(error.headline())))
            }),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Self::Guest(_) | Self::Events(_) => SizeHint::default(),
        }
    }
}

/// A Worker's response stream broke; the connection is cut so that the client notices.
#[derive(Debug, thiserror::Error)]
#[error("the response stream broke: {0}")]
pub struct BrokenBody(String);

/// The Worker's view of a request. Reads a short body whole.
///
/// # Errors
///
/// When the client broke off while it sent its body.
pub async fn request_for_worker(
    request: Request<Incoming>,
    peer: Peer,
) -> Result<FetchRequest, hyper::Error> {
    let (parts, body) = request.into_parts();
    let head = RequestHead {
        method: parts.method.as_str().to_owned(),
        url: url(&parts, peer),
        headers: headers(&parts.headers),
    };
    let body = match body.size_hint().exact() {
        Some(0) => RequestBody::Empty,
        Some(length) if length <= WHOLE_BODY_BYTES_MAX => {
            RequestBody::Bytes(body.collect().await?.to_bytes())
        }
        _ => RequestBody::Stream(Box::pin(
            body.into_data_stream()
                .map(|chunk| chunk.map_err(|error| format!("The client went away: {error}"))),
        )),
    };
    Ok(FetchRequest { head, body, entrypoint: None })
}

/// The absolute URL of a request, with the host the client named.
fn url(parts: &Parts, peer: Peer) -> String {
    let named = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = parts.uri.authority().map(|authority| authority.as_str()).or(named);
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    match host.filter(|host| !host.is_empty()) {
        Some(host) => format!("http://{host}{path}"),
        None => format!("http://{}{path}", peer.local),
    }
}

/// Header values are byte strings; what is not ASCII is read as UTF-8, else as Latin-1.
fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => text.to_owned(),
        Err(_) => value.as_bytes().iter().map(|byte| char::from(*byte)).collect(),
    };
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

/// The HTTP answer for a Worker's response.
pub fn answer(response: FetchResponse, method: &Method, version: Version) -> Response<AnswerBody> {
    let body = match response.body {
        ResponseBody::Empty => AnswerBody::whole(Bytes::new()),
        ResponseBody::Bytes(bytes) => AnswerBody::whole(bytes),
        ResponseBody::Stream(body) => AnswerBody::Guest(body),
    };
    // A length that a Worker claims for a whole body is replaced by the true one.
    let keeps_length = *method == Method::HEAD || matches!(body, AnswerBody::Guest(_));
    let mut answer = Response::new(body);
    *answer.status_mut() = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *answer.version_mut() = version;
    for (name, value) in &response.headers {
        let (Ok(name), Ok(value)) = (HeaderName::try_from(name), header_value(value)) else { continue };
        let own = name == header::CONTENT_LENGTH && !keeps_length;
        if !own && !CONNECTION_HEADERS.contains(&name) {
            answer.headers_mut().append(name, value);
        }
    }
    answer
}

fn header_value(value: &str) -> Result<HeaderValue, header::InvalidHeaderValue> {
    HeaderValue::from_str(value).or_else(|_| HeaderValue::from_bytes(value.as_bytes()))
}
