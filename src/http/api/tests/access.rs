use std::net::SocketAddr;

use http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::{World, read};
use crate::http::api::paths::{METRICS, OPENAPI};
use crate::http::api::{ApiBody, ApiRequest, ApiResponse, Guard};

const QUEUES: &str = "/cdn-cgi/api/client/v4/accounts/a/queues";

async fn call(world: &World, path: &str, peer: &str, given: &[(&str, &str)]) -> ApiResponse {
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        headers.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
    }
    let peer = SocketAddr::new(peer.parse().unwrap(), 50_000);
    let body = ApiBody::Whole(Default::default());
    let request = ApiRequest { method: Method::GET, path: path.to_owned(), query: None, headers, body, peer };
    world.api.answer(request).await
}

#[tokio::test]
async fn strangers_are_refused_on_every_path() {
    let world = World::new();
    let host = ("host", "localhost:8787");
    for path in [QUEUES, OPENAPI, METRICS, "/cdn-cgi/nothing"] {
        for (peer, headers) in [
            ("10.0.0.9", &[host][..]),
            ("127.0.0.1", &[]),
            // A name that a stranger's name server has given the address of this machine.
            ("127.0.0.1", &[("host", "evil.example:8787")]),
            // A form on a stranger's page.
            ("127.0.0.1", &[host, ("origin", "https://evil.example")]),
            ("127.0.0.1", &[host, ("origin", "null")]),
            ("127.0.0.1", &[host, ("sec-fetch-site", "cross-site")]),
        ] {
            let answer = read(call(&world, path, peer, headers).await);
            assert_eq!(answer.refusal(), (403, 10000), "{path} {peer} {headers:?}");
        }
    }
    assert_eq!(call(&world, QUEUES, "::1", &[host]).await.status, 200);
}

#[tokio::test]
async fn a_token_is_asked_for() {
    let world = World::with(Guard::new(Some("s3cret".to_owned()), false), |_| {});
    let host = ("host", "127.0.0.1:8787");
    for wrong in [("x-none", ""), ("authorization", "Bearer wrong"), ("x-auth-key", "wrong")] {
        let answer = read(call(&world, QUEUES, "127.0.0.1", &[host, wrong]).await);
        assert_eq!(answer.refusal(), (403, 10000), "{wrong:?}");
        assert!(answer.message().starts_with("Authentication error"));
    }
    for right in [("authorization", "Bearer s3cret"), ("x-auth-key", "s3cret")] {
        assert_eq!(call(&world, QUEUES, "127.0.0.1", &[host, right]).await.status, 200, "{right:?}");
    }
}

#[tokio::test]
async fn without_a_token_any_token_will_do() {
    let world = World::new();
    let headers = [("host", "localhost"), ("authorization", "Bearer anything")];
    assert_eq!(call(&world, QUEUES, "127.0.0.1", &headers).await.status, 200);
}
