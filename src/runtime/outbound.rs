//! Requests of Workers to the outside.

use std::io::ErrorKind;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Url};

use super::header;
use super::protocol::events::ResponseHead;
use super::stream::{GuestBody, HostBody};

/// Bodies of a known length up to this are handed over whole, which saves the guest a crossing.
const WHOLE_BODY_BYTES_MAX: u64 = 64 * 1024;
/// Most redirects that are followed, as the Fetch Standard says.
const REDIRECTS_MAX: usize = 20;

/// The HTTP clients of a session, sharing their connections among its Workers.
#[derive(Clone)]
pub struct Outbound {
    following: Client,
    manual: Client,
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

impl Outbound {
    /// Makes the clients.
    ///
    /// # Errors
    ///
    /// When the system offers no trust store or no TLS can be set up; the text says which.
    pub fn new() -> Result<Self, String> {
        // A provider that is installed already is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = |policy| {
            Client::builder().redirect(policy).build().map_err(|error| {
                format!("no HTTP client for outgoing requests: {:#}", anyhow::Error::from(error))
            })
        };
        Ok(Self { following: client(Policy::limited(REDIRECTS_MAX))?, manual: client(Policy::none())? })
    }

    /// Makes a request and reads the head of its response, and a short body with it.
    ///
    /// # Errors
    ///
    /// When no response comes; the text says why and names host and port.
    pub async fn fetch(&self, request: OutboundRequest) -> Result<OutboundResponse, String> {
        let client = if request.follow_redirects { &self.following } else { &self.manual };
        let url: Url =
            request.url.parse().map_err(|error| format!("Invalid URL {}: {error}", request.url))?;
        let method = Method::from_bytes(request.method.as_bytes())
            .map_err(|_| format!("Invalid HTTP method string: {}", request.method))?;
        let mut outgoing = client
            .request(method, url.clone())
            .headers(header_map(&request.headers))
            .build()
            .map_err(describe)?;
        *outgoing.body_mut() = match request.body {
            OutboundRequestBody::Empty => None,
            OutboundRequestBody::Bytes(bytes) => Some(bytes.into()),
            OutboundRequestBody::Stream(body) => Some(reqwest::Body::wrap_stream(
                body.map_err(|error| std::io::Error::other(error.headline())),
            )),
        };
        let response = client.execute(outgoing).await.map_err(describe)?;
        answer(response, &url).await
    }
}

async fn answer(response: reqwest::Response, asked: &Url) -> Result<OutboundResponse, String> {
    let status = response.status();
    let head = ResponseHead {
        status: status.as_u16(),
        status_text: status.canonical_reason().unwrap_or_default().to_owned(),
        redirected: without_fragment(response.url()) != without_fragment(asked),
        url: response.url().to_string(),
        headers: response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), header::text(value)))
            .collect(),
    };
    let body = match response.content_length() {
        Some(0) => OutboundBody::Empty,
        Some(length) if length <= WHOLE_BODY_BYTES_MAX => {
            OutboundBody::Bytes(response.bytes().await.map_err(describe)?)
        }
        _ => OutboundBody::Stream(Box::pin(response.bytes_stream().map(|chunk| chunk.map_err(describe)))),
    };
    Ok(OutboundResponse { head, body })
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
