use std::time::Duration;

use serde_json::{Value, json};

use super::{World, read};
use crate::http::api::ApiBody;
use crate::http::api::paths::{API_BASE, METRICS, OPENAPI, ROUTES};

#[tokio::test]
async fn the_form_of_an_error() {
    let world = World::new();
    let answer = world.call("GET", "/queues/none/what", Value::Null).await;
    assert_eq!(
        answer.body,
        json!({
            "success": false,
            "errors": [{ "code": 7003, "message": "No route for the URI" }],
            "messages": [],
            "result": null,
        })
    );
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn paths_that_lead_nowhere_and_methods_that_are_not_served() {
    let world = World::new();
    let none = || ApiBody::Whole(Default::default());
    for path in
        ["/cdn-cgi/api/client/v4", "/cdn-cgi/api/client/v4/", "/cdn-cgi/api/client/v4/user", "/", "", "x"]
    {
        assert_eq!(read(world.send("GET", path, none()).await).refusal(), (404, 7003), "{path}");
    }
    for (method, path, allowed) in [
        ("PUT", format!("{API_BASE}/accounts/a/queues"), "POST, GET"),
        ("OPTIONS", format!("{API_BASE}/accounts/a/queues"), "POST, GET"),
        ("HEAD", format!("{API_BASE}/accounts/a/queues/q"), "GET, PUT, PATCH, DELETE"),
        ("GET", format!("{API_BASE}/accounts/a/queues/q/messages/pull"), "POST"),
        ("POST", OPENAPI.to_owned(), "GET"),
        ("DELETE", METRICS.to_owned(), "GET"),
    ] {
        let answer = read(world.send(method, &path, none()).await);
        assert_eq!(answer.refusal(), (405, 7001), "{method} {path}");
        assert_eq!(answer.headers.get("allow").map(String::as_str), Some(allowed));
    }
}

#[tokio::test]
async fn a_base_that_ends_with_a_slash() {
    let world = World::new();
    let path = format!("{API_BASE}//accounts/a/queues");
    assert_eq!(world.send("GET", &path, ApiBody::Whole(Default::default())).await.status, 200);
}

#[tokio::test]
async fn every_operation_of_a_queue_says_that_there_is_none() {
    let world = World::new();
    for route in ROUTES.iter().filter(|route| route.template.contains("{queue_id}")) {
        for (id, expected) in [("0".repeat(32), (404, 10104)), ("a-b".to_owned(), (400, 10107))] {
            let path = route.template.replace("{queue_id}", &id).replace("{consumer_id}", &"1".repeat(32));
            let path = path.strip_prefix("/accounts/{account_id}").unwrap();
            let body = json!({
                "queue_name": "q", "type": "http_pull", "body": 1, "messages": [{ "body": 1 }], "refs": [],
                "delete_messages_permanently": true,
            });
            assert_eq!(world.refused(route.method, path, body).await, expected, "{route:?}");
        }
    }
}

#[tokio::test]
async fn bodies_that_are_no_json() {
    let world = World::new();
    let queue = world.pull_queue("orders").await;
    for route in ROUTES.iter().filter(|route| matches!(route.method, "POST" | "PUT" | "PATCH")) {
        let path =
            route.template.replace("/queues/{queue_id}", &queue).replace("{consumer_id}", &"1".repeat(32));
        let path = path.strip_prefix("/accounts/{account_id}").unwrap();
        for (body, code) in [
            ("{", 10208),
            ("{\"a\":1,}", 10208),
            ("a=1&b=2", 10208),
            ("{}{}", 10208),
            ("{\"body\":+1}", 10208),
            ("\u{feff}{}", 10208),
            ("[]", 10207),
            ("\"text\"", 10207),
            ("1e999", 10207),
        ] {
            let answer = world.call_text(route.method, path, body).await;
            assert_eq!(answer.refusal(), (400, code), "{route:?} {body}");
        }
    }
    let invalid = ApiBody::Whole(bytes::Bytes::from_static(b"{\"body\":\"\xff\"}"));
    let path = format!("{API_BASE}/accounts/a{queue}/messages");
    assert_eq!(read(world.send("POST", &path, invalid).await).refusal(), (400, 10208));
}

#[tokio::test]
async fn bodies_that_are_too_large() {
    let world = World::new();
    let queue = world.pull_queue("orders").await;
    for (method, path, expected) in [
        ("POST", format!("{queue}/messages"), (413, 10204)),
        ("POST", format!("{queue}/messages/batch"), (413, 10205)),
        ("POST", format!("{queue}/messages/ack"), (413, 10207)),
        ("PATCH", queue.clone(), (413, 10207)),
    ] {
        let path = format!("{API_BASE}/accounts/a{path}");
        assert_eq!(read(world.send(method, &path, ApiBody::TooLarge).await).refusal(), expected, "{path}");
    }
    // Where no body is read, none can be too large.
    let path = format!("{API_BASE}/accounts/a{queue}");
    assert_eq!(world.send("DELETE", &path, ApiBody::TooLarge).await.status, 200);
}

#[tokio::test]
async fn a_body_that_nobody_asked_for_is_not_read() {
    let world = World::new();
    let queue = world.queue("orders").await;
    assert_eq!(world.call_text("GET", &queue, "{").await.status, 200);
    assert_eq!(world.call_text("DELETE", &queue, "not JSON").await.status, 200);
}

#[tokio::test]
async fn after_the_end() {
    let world = World::new();
    let queue = world.pull_queue("orders").await;
    world.broker.shutdown(Duration::ZERO).await;
    for (method, path, body) in [
        ("GET", "/queues".to_owned(), Value::Null),
        ("POST", "/queues".to_owned(), json!({ "queue_name": "b" })),
        ("POST", format!("{queue}/messages"), json!({ "body": 1 })),
        ("POST", format!("{queue}/messages/pull"), json!({})),
        ("DELETE", queue.clone(), Value::Null),
    ] {
        let answer = world.call(method, &path, body).await;
        assert_eq!(answer.refusal(), (503, 15000), "{method} {path}");
        assert_eq!(answer.headers.get("x-should-retry").map(String::as_str), Some("false"));
    }
}
