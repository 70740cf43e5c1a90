use serde_json::{Value, json};

use super::schema::fits;
use super::{World, read};
use crate::http::api::ApiBody;
use crate::http::api::openapi::describe;
use crate::http::api::paths::{METRICS, OPENAPI, ROUTES};

async fn description() -> Value {
    let response = World::new().send("GET", OPENAPI, ApiBody::Whole(Default::default())).await;
    let answer = read(response);
    assert_eq!(answer.status, 200);
    answer.body
}

#[tokio::test]
async fn describes_every_route_and_nothing_else() {
    let description = description().await;
    let mut described = 0;
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let route = ROUTES
                .iter()
                .find(|route| route.template == path && route.method.eq_ignore_ascii_case(method));
            let route = route.unwrap_or_else(|| panic!("{method} {path} is described and not served"));
            assert_eq!(operation["operationId"], describe(route.operation).id);
            described += 1;
        }
    }
    assert_eq!(described, ROUTES.len());
    assert_eq!(description["openapi"], "3.1.0");
    assert_eq!(description["servers"][0]["url"], "/cdn-cgi/api/client/v4");
}

#[tokio::test]
async fn names_are_unique_and_references_lead_somewhere() {
    let description = description().await;
    let mut ids: Vec<&str> = ROUTES.iter().map(|route| describe(route.operation).id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), ROUTES.len());
    let schemas = description["components"]["schemas"].as_object().unwrap();
    let text = description.to_string();
    let references: Vec<&str> =
        text.split("#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    for reference in &references {
        assert!(schemas.contains_key(*reference), "{reference}");
    }
    for schema in schemas.keys() {
        assert!(references.contains(&schema.as_str()), "{schema} is used nowhere");
    }
}

#[test]
fn requests_of_the_documentation_fit() {
    for (schema, request, expected) in [
        ("Message", json!({ "body": { "greeting": "hello" } }), true),
        ("Message", json!({ "content_type": "json" }), false),
        ("MessageBatch", json!({ "messages": [], "delay_seconds": 1 }), false),
        ("PullRequest", json!({ "visibility_timeout_ms": 6000, "batch_size": 50 }), true),
        ("PullRequest", json!({ "batch_size": 101 }), false),
        ("AcknowledgeRequest", json!({ "acks": [{ "lease_id": "l" }], "retries": [] }), true),
        ("QueueCreate", json!({ "queue_name": "My Queue" }), false),
        ("SubscriptionChange", json!({ "enabled": false }), true),
        ("EventSource", json!({ "type": "workersBuilds.worker" }), false),
        ("EventSource", json!({ "type": "workersBuilds.worker", "worker_name": "w" }), true),
    ] {
        assert_eq!(fits(schema, &request), expected, "{schema} {request}");
    }
}

#[tokio::test]
async fn the_counters_are_served_as_text() {
    let world = World::new();
    let queue = world.pull_queue("orders").await;
    world.done("POST", &format!("{queue}/messages"), json!({ "body": "x", "content_type": "text" })).await;
    world.advance_ms(2_500);
    let response = world.send("GET", METRICS, ApiBody::Whole(Default::default())).await;
    assert_eq!((response.status, response.content_type), (200, "text/plain; version=0.0.4; charset=utf-8"));
    let text = String::from_utf8(response.body.to_vec()).unwrap();
    for line in [
        "queues_backlog_messages{queue=\"orders\"} 1",
        "queues_backlog_bytes{queue=\"orders\"} 1",
        "queues_oldest_message_age_seconds{queue=\"orders\"} 2.5",
        "queues_sent_messages_total{queue=\"orders\"} 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
}
