//! Who may use what is served under `/cdn-cgi/`.
//!
//! A web page that a person visits must not reach their queues: neither with a form, nor by giving its own
//! name the address of this machine (DNS rebinding). So the peer and the host it names must be this machine
//! itself, and a page of another site is refused. Where a server listens beyond this machine, a token takes
//! the place of both.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use http::{HeaderMap, header};

use super::envelope::ApiResponse;
use super::error::{ApiError, codes};

/// Decides who may call. One guard serves every administrative path.
#[derive(Clone, Default)]
pub struct Guard {
    token: Option<String>,
    beyond_loopback: bool,
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let token = self.token.as_ref().map(|_| "secret");
        let mut debug = formatter.debug_struct("Guard");
        debug.field("token", &token).field("beyond_loopback", &self.beyond_loopback).finish()
    }
}

/// Why a caller was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessRefusal {
    /// The caller is not on this machine.
    #[error("only programs on this machine may call; {peer} is not")]
    Peer {
        /// Its address.
        peer: IpAddr,
    },
    /// The caller does not name this machine.
    #[error("the Host header must name this machine, as localhost or 127.0.0.1 do; it is \"{host}\"")]
    Host {
        /// What it names.
        host: String,
    },
    /// A web page of another site calls.
    #[error("web pages of other sites may not call; the request comes from \"{origin}\"")]
    Origin {
        /// The page's origin, or `cross-site` when only that is known.
        origin: String,
    },
    /// A token is needed and none, or another, was given.
    #[error("the token is missing or wrong; send it as \"Authorization: Bearer <token>\"")]
    Token,
    /// The server listens beyond this machine and was given no token to ask for.
    #[error("the server listens beyond this machine, so a token is needed: start it with --api-token")]
    NoToken,
}

impl Guard {
    /// A guard that asks for `token`, if there is one. `beyond_loopback` says that the server listens on
    /// an address that other machines reach; without a token nobody may call then.
    pub fn new(token: Option<String>, beyond_loopback: bool) -> Self {
        Self { token: token.filter(|token| !token.is_empty()), beyond_loopback }
    }

    /// Whether a token is needed and was not given, so that every caller will be refused.
    pub const fn lacks_token(&self) -> bool {
        self.beyond_loopback && self.token.is_none()
    }

    /// Whether this caller may call. `headers` must have the request's `Host`: for HTTP/2, put its authority
    /// there.
    ///
    /// # Errors
    /// Says why not; see [`AccessRefusal::response`].
    pub fn check(&self, peer: SocketAddr, headers: &HeaderMap) -> Result<(), AccessRefusal> {
        if self.lacks_token() {
            return Err(AccessRefusal::NoToken);
        }
        let host = single(headers, header::HOST.as_str()).unwrap_or_default();
        if !self.beyond_loopback {
            check_peer(peer)?;
            check_host(host)?;
        }
        check_page(host, headers)?;
        match &self.token {
            Some(token) if !presented(headers).any(|given| equal(token, given)) => Err(AccessRefusal::Token),
            _ => Ok(()),
        }
    }
}

impl AccessRefusal {
    /// The answer: status 403, code 10000.
    pub fn response(&self) -> ApiResponse {
        ApiResponse::error(&ApiError::new(
            403,
            codes::AUTHENTICATION,
            format!("Authentication error: {self}"),
        ))
    }
}

fn check_peer(peer: SocketAddr) -> Result<(), AccessRefusal> {
    let address = peer.ip().to_canonical();
    if address.is_loopback() { Ok(()) } else { Err(AccessRefusal::Peer { peer: address }) }
}

fn check_host(host: &str) -> Result<(), AccessRefusal> {
    if names_this_machine(host) { Ok(()) } else { Err(AccessRefusal::Host { host: host.to_owned() }) }
}

/// A page may call only from the very origin that it calls.
fn check_page(host: &str, headers: &HeaderMap) -> Result<(), AccessRefusal> {
    let refused = |origin: &str| Err(AccessRefusal::Origin { origin: origin.to_owned() });
    if headers.get_all("sec-fetch-site").iter().any(|site| site == "cross-site") {
        return refused("cross-site");
    }
    if !headers.contains_key(header::ORIGIN) {
        return Ok(());
    }
    let origin = single(headers, header::ORIGIN.as_str()).unwrap_or_default();
    let page = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    match page {
        Some(page) if !host.is_empty() && page.eq_ignore_ascii_case(host) => Ok(()),
        _ => refused(origin),
    }
}

/// The value of a header that must be there once.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    if values.next().is_some() { None } else { first.to_str().ok() }
}

fn names_this_machine(host: &str) -> bool {
    if let Some(bracketed) = host.strip_prefix('[') {
        let Some((address, rest)) = bracketed.split_once(']') else { return false };
        return is_port(rest) && address.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback());
    }
    let (name, port) = host.find(':').map_or((host, ""), |colon| host.split_at(colon));
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    let is_name = name == "localhost" || name.ends_with(".localhost");
    is_port(port) && (is_name || name.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback()))
}

/// Nothing, or a colon and digits.
fn is_port(text: &str) -> bool {
    let Some(port) = text.strip_prefix(':') else { return text.is_empty() };
    port.parse::<u16>().is_ok() && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// The tokens a caller presents: as wrangler and the SDKs do, or as an API key.
fn presented(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let bearer = headers.get_all(header::AUTHORIZATION).iter().filter_map(|value| bearer(value.as_bytes()));
    bearer.chain(headers.get_all("x-auth-key").iter().map(|value| value.as_bytes()))
}

fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
}

/// Compares in a time that depends on the lengths alone, so that a token cannot be guessed byte by byte.
fn equal(token: &str, given: &[u8]) -> bool {
    let token = token.as_bytes();
    let differences = token.iter().zip(given).fold(0, |sum, (one, other)| sum | (one ^ other));
    token.len() == given.len() && std::hint::black_box(differences) == 0
}
