//! Requests of Workers to the outside.

mod web_socket;

use std::io::ErrorKind;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use data_url::DataUrl;
use futures::{StreamExt, TryStreamExt};
use hyper::ext::ReasonPhrase;
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Method, StatusCode, Url};

use super::content_encoding::{ACCEPTED, ContentEncoding};
use super::header::text;
use super::protocol::events::ResponseHead;
use super::stream::{GuestBody, HostBody};
use super::web_socket::SocketEnd;

/// Bodies of a known length up to this are handed over whole, which saves the guest a crossing.
const WHOLE_BODY_BYTES_MAX: u64 = 64 * 1024;
/// Most redirects that are followed, as the Fetch Standard says.
const REDIRECTS_MAX: usize = 20;
/// What Cloudflare's runtime says where a redirect wants a body again that was a stream.
pub const BODY_CANNOT_BE_REPEATED: &str = "A request with a one-time-use body (it was initialized from a stream, not \
    a buffer) encountered a redirect requiring the body to be retransmitted. To avoid this error in the future, \
    construct this request from a buffer-like body initializer.";

/// The HTTP clients of a session, sharing their connections among its Workers.
#[derive(Clone)]
pub struct Outbound {
    following: Client,
    manual: Client,
    /// The same two for connections that become WebSockets, made when one is asked for.
    upgrading: Arc<[OnceLock<Client>; 2]>,
}

/// A request to the outside.
pub struct OutboundRequest {
    /// The method.
    pub method: String,
    /// The absolute URL.
    pub url: String,
    /// The headers, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: OutboundRequestBody,
    /// Whether redirects are followed; otherwise the redirect itself is the response.
    pub follow_redirects: bool,
    /// Whether encoded bodies are asked for, where the headers say nothing else, and decoded.
    pub decode_body: bool,
}

/// The body of an [`OutboundRequest`].
pub enum OutboundRequestBody {
    /// There is none.
    Empty,
    /// All of it.
    Bytes(Bytes),
    /// Chunks as the guest produces them.
    Stream(GuestBody),
}

/// The outside's answer.
pub struct OutboundResponse {
    /// Status, headers and final URL.
    pub head: ResponseHead,
    /// The body.
    pub body: OutboundBody,
    /// The WebSocket that was asked for.
    pub web_socket: Option<SocketEnd>,
}

/// The body of an [`OutboundResponse`].
pub enum OutboundBody {
    /// There is none.
    Empty,
    /// All of it.
    Bytes(Bytes),
    /// Chunks as they come.
    Stream(HostBody),
}

impl OutboundBody {
    /// The plain bytes of an encoded body.
    pub fn decoded(self, encoding: ContentEncoding) -> Self {
        match self {
            Self::Empty => Self::Empty,
            Self::Bytes(bytes) => {
                let whole = futures::stream::once(std::future::ready(Ok(bytes)));
                Self::Stream(encoding.decode(Box::pin(whole)))
            }
            Self::Stream(body) => Self::Stream(encoding.decode(body)),
        }
    }
}

impl Outbound {
    /// Makes the clients.
    ///
    /// # Errors
    ///
    /// When the system offers no trust store or no TLS can be set up; the text says which.
    pub fn new() -> Result<Self, String> {
        // A provider that is installed already is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = |follow_redirects| client(Client::builder(), follow_redirects);
        Ok(Self { following: client(true)?, manual: client(false)?, upgrading: Arc::default() })
    }

    /// Makes a request and reads the head of its response, and a short body with it.
    ///
    /// # Errors
    ///
    /// When no response comes; the text says why and names host and port.
    pub async fn fetch(&self, request: OutboundRequest) -> Result<OutboundResponse, String> {
        let client = if request.follow_redirects { &self.following } else { &self.manual };
        let url = parse(&request.url)?;
        if url.scheme() == "data" {
            return data_response(url.as_str());
        }
        let method = Method::from_bytes(request.method.as_bytes())
            .map_err(|_| format!("Invalid HTTP method string: {}", request.method))?;
        let headers = outgoing_headers(&request, &method);
        let mut outgoing =
            client.request(method, without_user(&url)).headers(headers).build().map_err(describe)?;
        let is_repeatable = !matches!(request.body, OutboundRequestBody::Stream(_));
        *outgoing.body_mut() = match request.body {
            OutboundRequestBody::Empty => None,
            OutboundRequestBody::Bytes(bytes) => Some(bytes.into()),
            OutboundRequestBody::Stream(body) => Some(reqwest::Body::wrap_stream(
                body.map_err(|error| std::io::Error::other(error.headline())),
            )),
        };
        let response = client.execute(outgoing).await.map_err(describe)?;
        if request.follow_redirects && !is_repeatable && wants_body_again(&response) {
            return Err(BODY_CANNOT_BE_REPEATED.to_owned());
        }
        answer(response, url, request.decode_body).await
    }
}

fn client(builder: ClientBuilder, follow_redirects: bool) -> Result<Client, String> {
    let policy = if follow_redirects { Policy::limited(REDIRECTS_MAX) } else { Policy::none() };
    builder
        .redirect(policy)
        .referer(false)
        .build()
        .map_err(|error| format!("no HTTP client for outgoing requests: {:#}", anyhow::Error::from(error)))
}

/// The user's headers, and what the Fetch Standard and Cloudflare's runtime add to them.
fn outgoing_headers(request: &OutboundRequest, method: &Method) -> HeaderMap {
    let mut headers = header_map(&request.headers);
    let has_no_body = matches!(request.body, OutboundRequestBody::Empty);
    if has_no_body && [Method::POST, Method::PUT].contains(method) {
        headers.entry(header::CONTENT_LENGTH).or_insert(HeaderValue::from_static("0"));
    }
    if request.decode_body {
        headers.entry(header::ACCEPT_ENCODING).or_insert(HeaderValue::from_static(ACCEPTED));
    }
    headers
}

/// Whether this is a redirect that was not followed because its body was a stream.
fn wants_body_again(response: &reqwest::Response) -> bool {
    matches!(response.status(), StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT)
        && response.headers().contains_key(header::LOCATION)
}

fn parse(url: &str) -> Result<Url, String> {
    url.parse().map_err(|error| format!("Invalid URL {url}: {error}"))
}

/// The response that a `data:` URL is: <https://fetch.spec.whatwg.org/#scheme-fetch>.
fn data_response(url: &str) -> Result<OutboundResponse, String> {
    let invalid = |reason: String| format!("fetch failed: {reason}");
    let data = DataUrl::process(url).map_err(|error| invalid(error.to_string()))?;
    let (bytes, _fragment) = data.decode_to_vec().map_err(|error| invalid(error.to_string()))?;
    let head = ResponseHead {
        status: StatusCode::OK.as_u16(),
        status_text: String::from("OK"),
        redirected: false,
        url: String::new(),
        headers: vec![(header::CONTENT_TYPE.to_string(), data.mime_type().to_string())],
    };
    Ok(OutboundResponse { head, body: OutboundBody::Bytes(bytes.into()), web_socket: None })
}

async fn answer(response: reqwest::Response, asked: Url, decodes: bool) -> Result<OutboundResponse, String> {
    let mut head = head_of(&response, asked);
    let encoding = ContentEncoding::of(&head.headers).filter(|_| decodes);
    let has_body = response.content_length() != Some(0);
    if let Some(encoding) = encoding.filter(|_| has_body) {
        // The length is that of the encoded body.
        head.headers.retain(|(name, _)| name != header::CONTENT_LENGTH.as_str());
        let encoded = Box::pin(response.bytes_stream().map(|chunk| chunk.map_err(describe)));
        return Ok(OutboundResponse {
            head,
            body: OutboundBody::Stream(encoding.decode(encoded)),
            web_socket: None,
        });
    }
    let body = match response.content_length() {
        Some(0) => OutboundBody::Empty,
        Some(length) if length <= WHOLE_BODY_BYTES_MAX => {
            OutboundBody::Bytes(response.bytes().await.map_err(describe)?)
        }
        _ => OutboundBody::Stream(Box::pin(response.bytes_stream().map(|chunk| chunk.map_err(describe)))),
    };
    Ok(OutboundResponse { head, body, web_socket: None })
}

fn head_of(response: &reqwest::Response, asked: Url) -> ResponseHead {
    let redirected = without_fragment(response.url()) != without_fragment(&without_user(&asked));
    ResponseHead {
        status: response.status().as_u16(),
        status_text: reason_phrase(response),
        redirected,
        url: if redirected { response.url().to_string() } else { asked.into() },
        headers: response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
    }
}

fn header_map(headers: &[(String, String)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            map.append(name, value);
        }
    }
    map
}

/// What the server said beside the status.
fn reason_phrase(response: &reqwest::Response) -> String {
    match response.extensions().get::<ReasonPhrase>() {
        Some(phrase) => String::from_utf8_lossy(phrase.as_bytes()).into_owned(),
        None => response.status().canonical_reason().unwrap_or_default().to_owned(),
    }
}

/// A user name and a password in a URL are not sent, as Cloudflare's runtime does not.
fn without_user(url: &Url) -> Url {
    let mut url = url.clone();
    // They fail for URLs that cannot have either.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

fn without_fragment(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_fragment(None);
    url
}

/// Why, in a few words, and where: what lies between are names of libraries.
fn describe(error: reqwest::Error) -> String {
    let cause = cause(&error);
    match error.url().and_then(host_and_port) {
        Some(place) => format!("fetch failed: {cause} ({place})"),
        None => format!("fetch failed: {cause}"),
    }
}

fn cause(error: &reqwest::Error) -> String {
    if error.is_redirect() {
        return format!("more than {REDIRECTS_MAX} redirects");
    }
    let mut reason: &dyn std::error::Error = error;
    while let Some(source) = reason.source() {
        reason = source;
        // How the client names the step; what it says after that is the resolver's.
        if reason.to_string() == "dns error" {
            return String::from("host not found");
        }
    }
    let kind = reason.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
    match kind {
        Some(ErrorKind::ConnectionRefused) => String::from("connection refused"),
        Some(ErrorKind::ConnectionReset) => String::from("connection reset"),
        Some(ErrorKind::TimedOut) => String::from("connection timed out"),
        Some(ErrorKind::HostUnreachable) => String::from("host unreachable"),
        Some(ErrorKind::NetworkUnreachable) => String::from("network unreachable"),
        _ => reason.to_string(),
    }
}

fn host_and_port(url: &Url) -> Option<String> {
    Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn failure(url: &str) -> String {
        let request = OutboundRequest {
            method: "GET".into(),
            url: url.into(),
            headers: Vec::new(),
            body: OutboundRequestBody::Empty,
            follow_redirects: true,
            decode_body: true,
        };
        match Outbound::new().expect("a client").fetch(request).await {
            Ok(response) => panic!("{url} answered {}", response.head.status),
            Err(reason) => reason,
        }
    }

    #[tokio::test]
    async fn failures_say_the_cause_and_the_host() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its address").port();
        drop(listener);
        let refused = format!("fetch failed: connection refused (127.0.0.1:{port})");
        assert_eq!(failure(&format!("http://127.0.0.1:{port}/path?query")).await, refused);
        let unknown = failure("https://nowhere.invalid/").await;
        assert_eq!(unknown, "fetch failed: host not found (nowhere.invalid:443)");
    }
}
