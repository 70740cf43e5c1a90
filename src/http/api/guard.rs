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
        ApiResponse::error(&ApiError::new(403, codes::AUTHENTICATION, format!("Authentication error: {self}")))
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

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn check(guard: &Guard, peer: &str, given: &[(&str, &str)]) -> Result<(), AccessRefusal> {
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            let name: HeaderName = name.parse().unwrap();
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        guard.check(SocketAddr::new(peer.parse().unwrap(), 50_000), &headers)
    }

    fn from_here(given: &[(&str, &str)]) -> Result<(), AccessRefusal> {
        check(&Guard::default(), "127.0.0.1", given)
    }

    #[test]
    fn only_this_machine() {
        for peer in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(check(&Guard::default(), peer, &[("host", "localhost:8787")]), Ok(()), "{peer}");
        }
        for peer in ["192.168.0.7", "10.0.0.1", "::ffff:8.8.8.8", "fe80::1"] {
            let refusal = check(&Guard::default(), peer, &[("host", "localhost:8787")]);
            assert!(matches!(refusal, Err(AccessRefusal::Peer { .. })), "{peer}");
        }
    }

    #[test]
    fn only_hosts_that_no_name_server_can_give_away() {
        for host in
            ["localhost", "LOCALHOST:8787", "127.0.0.1:1", "127.1.2.3", "[::1]", "[::1]:8787", "a.b.localhost", "localhost."]
        {
            assert_eq!(from_here(&[("host", host)]), Ok(()), "{host}");
        }
        for host in [
            "", "evil.example", "evil.example:8787", "localhost.evil.example", "127.0.0.1.evil.example", "notlocalhost",
            "localhost:", "localhost:x", "localhost:+1", "localhost:99999", "[::2]", "[::1", "[::1]x", "0.0.0.0", "user@localhost",
        ] {
            assert!(matches!(from_here(&[("host", host)]), Err(AccessRefusal::Host { .. })), "{host}");
        }
        assert!(from_here(&[]).is_err());
        assert!(from_here(&[("host", "localhost"), ("host", "localhost")]).is_err());
    }

    #[test]
    fn no_pages_of_other_sites() {
        let host = ("host", "localhost:8787");
        assert_eq!(from_here(&[host, ("origin", "http://localhost:8787")]), Ok(()));
        assert_eq!(from_here(&[host, ("sec-fetch-site", "same-origin")]), Ok(()));
        assert_eq!(from_here(&[host, ("sec-fetch-site", "none")]), Ok(()));
        for origin in [
            "https://evil.example", "http://localhost:3000", "null", "", "http://localhost", "file://",
            "http://localhost:8787.evil.example", "chrome-extension://localhost:8787",
        ] {
            let refusal = from_here(&[host, ("origin", origin)]);
            assert!(matches!(refusal, Err(AccessRefusal::Origin { .. })), "{origin}");
        }
        let two = [host, ("origin", "http://localhost:8787"), ("origin", "https://evil.example")];
        assert!(matches!(from_here(&two), Err(AccessRefusal::Origin { .. })));
        let refusal = from_here(&[host, ("sec-fetch-site", "cross-site")]);
        assert!(matches!(refusal, Err(AccessRefusal::Origin { .. })));
    }

    #[test]
    fn a_token_is_mandatory_once_there_is_one() {
        let guard = Guard::new(Some("s3cret".to_owned()), false);
        let host = ("host", "localhost:8787");
        for given in [
            ("authorization", "Bearer s3cret"),
            ("authorization", "bearer  s3cret "),
            ("x-auth-key", "s3cret"),
        ] {
            assert_eq!(check(&guard, "127.0.0.1", &[host, given]), Ok(()), "{given:?}");
        }
        for given in [
            ("authorization", "Bearer s3cre"), ("authorization", "Bearer s3crets"), ("authorization", "Bearer "),
            ("authorization", "s3cret"), ("authorization", "Basic s3cret"), ("x-auth-key", ""), ("x-other", "s3cret"),
        ] {
            assert_eq!(check(&guard, "127.0.0.1", &[host, given]), Err(AccessRefusal::Token), "{given:?}");
        }
        assert_eq!(check(&guard, "127.0.0.1", &[host]), Err(AccessRefusal::Token));
        assert!(!format!("{guard:?}").contains("s3cret"));
    }

    #[test]
    fn beyond_this_machine_the_token_decides() {
        let open = Guard::new(Some(String::new()), true);
        assert!(open.lacks_token());
        assert_eq!(check(&open, "127.0.0.1", &[("host", "localhost")]), Err(AccessRefusal::NoToken));
        let guard = Guard::new(Some("s3cret".to_owned()), true);
        let (host, token) = (("host", "10.0.0.5:8787"), ("authorization", "Bearer s3cret"));
        assert_eq!(check(&guard, "10.0.0.9", &[host, token]), Ok(()));
        assert_eq!(check(&guard, "10.0.0.9", &[host]), Err(AccessRefusal::Token));
        assert_eq!(check(&guard, "10.0.0.9", &[host, token, ("origin", "http://10.0.0.5:8787")]), Ok(()));
        let page = [host, token, ("origin", "https://evil.example")];
        assert!(matches!(check(&guard, "10.0.0.9", &page), Err(AccessRefusal::Origin { .. })));
    }

    #[test]
    fn a_refusal_is_an_envelope() {
        let response = AccessRefusal::Token.response();
        assert_eq!(response.status, 403);
        let body = String::from_utf8(response.body.to_vec()).unwrap();
        assert!(body.contains("\"success\":false") && body.contains("\"code\":10000"), "{body}");
    }
}
