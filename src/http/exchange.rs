//! Between HTTP messages and a Worker's requests and responses.

use std::borrow::Cow;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::ext::ReasonPhrase;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode, Version};

use super::server::Peer;
use crate::runtime::content_encoding::ContentEncoding;
use crate::runtime::header::text;
use crate::runtime::isolate::{FetchRequest, FetchResponse, RequestBody, ResponseBody};
use crate::runtime::protocol::events::RequestHead;
use crate::runtime::stream::{GuestBody, HostBody};

/// Bodies of a known length up to this are read before the Worker is called.
const WHOLE_BODY_BYTES_MAX: u64 = 64 * 1024;

/// Who asks: <https://developers.cloudflare.com/fundamentals/reference/http-headers/#cf-connecting-ip>.
const CONNECTING_IP: &str = "cf-connecting-ip";

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
    /// A Worker's body, encoded on its way out.
    Encoded(HostBody),
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
            Self::Encoded(body) => body
                .as_mut()
                .poll_next(context)
                .map(|chunk| chunk.map(|chunk| chunk.map(Frame::data).map_err(BrokenBody))),
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
            Self::Guest(_) | Self::Encoded(_) | Self::Events(_) => SizeHint::default(),
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
        headers: headers(&parts.headers, peer),
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
    Ok(FetchRequest { head, body, entrypoint: None, props: None })
}

/// The absolute URL of a request, with the host the client named.
fn url(parts: &Parts, peer: Peer) -> String {
    let named = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = parts.uri.authority().map(|authority| authority.as_str()).or(named);
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    match host.filter(|host| !host.is_empty()) {
        Some(host) => format!("http://{host}{}", escaped(path)),
        None => format!("http://{}{}", peer.local, escaped(path)),
    }
}

/// Clients may leave out the escapes of what is not ASCII; the URLs that Workers see have them.
fn escaped(path: &str) -> Cow<'_, str> {
    if path.is_ascii() {
        return Cow::Borrowed(path);
    }
    let escape =
        |byte: u8| if byte.is_ascii() { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    Cow::Owned(path.bytes().map(escape).collect())
}

/// The client's headers, and its address as Cloudflare has it there; who pretends to be another may.
fn headers(headers: &HeaderMap, peer: Peer) -> Vec<(String, String)> {
    let own = headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value)));
    let mut all: Vec<_> = own.collect();
    if !headers.contains_key(CONNECTING_IP) {
        all.push((CONNECTING_IP.to_owned(), peer.remote.ip().to_canonical().to_string()));
    }
    all
}

/// The HTTP answer for a Worker's response.
pub fn answer(response: FetchResponse, method: &Method, version: Version) -> Response<AnswerBody> {
    let encoding =
        ContentEncoding::of(&response.headers).filter(|_| !response.is_encoded && *method != Method::HEAD);
    let body = match encoding {
        Some(encoding) => encoded(response.body, encoding),
        None => plain(response.body),
    };
    // A length that a Worker claims for a whole body is replaced by the true one.
    let keeps_length = *method == Method::HEAD || matches!(body, AnswerBody::Guest(_));
    let mut answer = Response::new(body);
    *answer.status_mut() = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *answer.version_mut() = version;
    if let Some(phrase) = reason_phrase(answer.status(), &response.status_text) {
        answer.extensions_mut().insert(phrase);
    }
    for (name, value) in &response.headers {
        let (Ok(name), Ok(value)) = (HeaderName::try_from(name), header_value(value)) else { continue };
        let own = name == header::CONTENT_LENGTH && !keeps_length;
        if !own && !CONNECTION_HEADERS.contains(&name) {
            answer.headers_mut().append(name, value);
        }
    }
    answer
}

fn plain(body: ResponseBody) -> AnswerBody {
    match body {
        ResponseBody::Empty => AnswerBody::whole(Bytes::new()),
        ResponseBody::Bytes(bytes) => AnswerBody::whole(bytes),
        ResponseBody::Stream(body) => AnswerBody::Guest(body),
    }
}

fn encoded(body: ResponseBody, encoding: ContentEncoding) -> AnswerBody {
    match body {
        ResponseBody::Empty => AnswerBody::whole(Bytes::new()),
        ResponseBody::Bytes(bytes) => {
            AnswerBody::Encoded(encoding.encode(Box::pin(stream::once(std::future::ready(Ok(bytes))))))
        }
        ResponseBody::Stream(body) => {
            let chunks = body.map(|chunk| chunk.map_err(|error| error.headline()));
            AnswerBody::Encoded(encoding.encode(Box::pin(chunks)))
        }
    }
}

/// What the status line says where it is not the status's own phrase; statuses that have none get an empty one.
fn reason_phrase(status: StatusCode, text: &str) -> Option<ReasonPhrase> {
    let own = status.canonical_reason();
    if own.is_some_and(|own| text.is_empty() || own == text) {
        return None;
    }
    ReasonPhrase::try_from(text.as_bytes()).ok()
}

fn header_value(value: &str) -> Result<HeaderValue, header::InvalidHeaderValue> {
    HeaderValue::from_str(value).or_else(|_| HeaderValue::from_bytes(value.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(headers: &[(&str, &str)], is_encoded: bool) -> FetchResponse {
        FetchResponse {
            status: 200,
            status_text: String::new(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: ResponseBody::Bytes(Bytes::from_static(b"plain")),
            is_encoded,
            web_socket: None,
        }
    }

    async fn bytes(answer: Response<AnswerBody>) -> Bytes {
        answer.into_body().collect().await.expect("a whole body").to_bytes()
    }

    #[tokio::test]
    async fn bodies_are_encoded_as_their_header_says_unless_they_are_already() {
        let gzip = [("content-encoding", "gzip"), ("content-length", "5")];
        let encoded = answer(response(&gzip, false), &Method::GET, Version::HTTP_11);
        assert_eq!(encoded.headers()[header::CONTENT_ENCODING], "gzip");
        assert!(!encoded.headers().contains_key(header::CONTENT_LENGTH));
        assert!(bytes(encoded).await.starts_with(&[0x1f, 0x8b]), "the mark of gzip");
        assert_eq!(bytes(answer(response(&gzip, true), &Method::GET, Version::HTTP_11)).await, "plain");
        let other = response(&[("content-encoding", "deflate")], false);
        assert_eq!(bytes(answer(other, &Method::GET, Version::HTTP_11)).await, "plain");
    }

    #[test]
    fn a_reason_phrase_is_the_workers_or_the_statuss_own() {
        let phrase = |status: u16, text: &str| {
            let status = StatusCode::from_u16(status).expect("a status");
            reason_phrase(status, text).map(|phrase| phrase.as_bytes().to_vec())
        };
        assert_eq!(phrase(418, "Tea"), Some(b"Tea".to_vec()));
        assert_eq!(phrase(299, ""), Some(Vec::new()));
        assert_eq!((phrase(200, ""), phrase(200, "OK"), phrase(200, "a\r\nb")), (None, None, None));
    }

    #[test]
    fn workers_see_who_asks_and_escaped_urls() {
        let peer = Peer {
            remote: "[::ffff:192.0.2.7]:4711".parse().expect("an address"),
            local: "127.0.0.1:8787".parse().expect("an address"),
        };
        let address = |map: &HeaderMap| headers(map, peer).pop().map(|(_, value)| value);
        assert_eq!(address(&HeaderMap::new()).as_deref(), Some("192.0.2.7"));
        let mut pretended = HeaderMap::new();
        pretended.insert(CONNECTING_IP, HeaderValue::from_static("198.51.100.1"));
        assert_eq!(address(&pretended).as_deref(), Some("198.51.100.1"));
        assert_eq!(escaped("/a?b=é%20"), "/a?b=%C3%A9%20");
    }
}
