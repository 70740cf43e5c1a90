use std::net::SocketAddr;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::http::api::{AccessRefusal, Guard};

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
    for host in [
        "localhost",
        "LOCALHOST:8787",
        "127.0.0.1:1",
        "127.1.2.3",
        "[::1]",
        "[::1]:8787",
        "a.b.localhost",
        "localhost.",
    ] {
        assert_eq!(from_here(&[("host", host)]), Ok(()), "{host}");
    }
    for host in [
        "",
        "evil.example",
        "evil.example:8787",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "notlocalhost",
        "localhost:",
        "localhost:x",
        "localhost:+1",
        "localhost:99999",
        "[::2]",
        "[::1",
        "[::1]x",
        "0.0.0.0",
        "user@localhost",
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
        "https://evil.example",
        "http://localhost:3000",
        "null",
        "",
        "http://localhost",
        "file://",
        "http://localhost:8787.evil.example",
        "chrome-extension://localhost:8787",
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
    for given in
        [("authorization", "Bearer s3cret"), ("authorization", "bearer  s3cret "), ("x-auth-key", "s3cret")]
    {
        assert_eq!(check(&guard, "127.0.0.1", &[host, given]), Ok(()), "{given:?}");
    }
    for given in [
        ("authorization", "Bearer s3cre"),
        ("authorization", "Bearer s3crets"),
        ("authorization", "Bearer "),
        ("authorization", "s3cret"),
        ("authorization", "Basic s3cret"),
        ("x-auth-key", ""),
        ("x-other", "s3cret"),
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
