use serde_json::{Value, json};

use super::{BEGINNING_MS, World};
use crate::base::ContentType;
use crate::broker::{BrokerOptions, MessageOrigin, MessageState};
use crate::http::api::Guard;

#[tokio::test]
async fn a_push_answers_with_the_backlog() {
    let world = World::new();
    let queue = world.queue("orders").await;
    let pushed =
        world.done("POST", &format!("{queue}/messages"), json!({ "body": { "greeting": "hello" } })).await;
    let metrics = json!({
        "backlog_count": 1, "backlog_bytes": 20, "oldest_message_timestamp_ms": BEGINNING_MS,
    });
    assert_eq!(pushed, json!({ "metadata": { "metrics": metrics } }));
    assert_eq!(world.done("GET", &format!("{queue}/metrics"), Value::Null).await, metrics);
}

#[tokio::test]
async fn bodies_are_kept_as_they_were_pushed() {
    let world = World::new();
    let queue = world.queue("orders").await;
    let id = queue.strip_prefix("/queues/").unwrap();
    let push = format!("{queue}/messages");
    let cases = [
        (
            r#"{"body": { "b" : 1.50, "a": 12345678901234567890123 }}"#,
            ContentType::Json,
            r#"{"b":1.50,"a":12345678901234567890123}"#,
        ),
        (r#"{"body":null}"#, ContentType::Json, "null"),
        (r#"{"body":"text","content_type":"json"}"#, ContentType::Json, "\"text\""),
        (r#"{"body":"\ud83d\ude00 \u00e9","content_type":"text"}"#, ContentType::Text, "😀 é"),
        (r#"{"content_type":"text","body":""}"#, ContentType::Text, ""),
        (r#"{"body":"\ud800","content_type":null,"extra":{"x":[]}}"#, ContentType::Json, r#""\ud800""#),
    ];
    for (request, ..) in &cases {
        let answer = world.call_text("POST", &push, request).await;
        assert_eq!(answer.status, 200, "{request} {answer:?}");
    }
    let peeked = world.broker.peek(id, 100).await.unwrap();
    for ((request, content_type, body), message) in cases.iter().zip(&peeked) {
        assert_eq!(message.content_type, *content_type, "{request}");
        assert_eq!(String::from_utf8_lossy(&message.body), *body, "{request}");
        assert_eq!(message.origin, MessageOrigin::Api);
    }
}

#[tokio::test]
async fn the_nearest_delay_holds() {
    let world = World::new();
    let queue = world.queue("orders").await;
    let id = queue.strip_prefix("/queues/").unwrap();
    world.done("PATCH", &queue, json!({ "settings": { "delivery_delay": 30 } })).await;
    let batch = json!({
        "delay_seconds": 20,
        "messages": [{ "body": 0, "delay_seconds": 10 }, { "body": 1, "delay_seconds": 0 }, { "body": 2 }],
    });
    world.done("POST", &format!("{queue}/messages/batch"), batch).await;
    world.done("POST", &format!("{queue}/messages"), json!({ "body": 3 })).await;
    world.done("POST", &format!("{queue}/messages"), json!({ "body": 4, "delay_seconds": 5.0 })).await;
    let peeked = world.broker.peek(id, 100).await.unwrap();
    let due: Vec<u64> = peeked.iter().map(|message| message.due.as_millis() - BEGINNING_MS).collect();
    assert_eq!(due, [10_000, 0, 20_000, 30_000, 5_000]);
    assert_eq!(peeked[1].state, MessageState::Ready);
}

#[tokio::test]
async fn what_is_refused() {
    let world = World::new();
    let queue = world.queue("orders").await;
    for (body, code, pointer) in [
        (json!({}), 10207, "/body"),
        (json!([]), 10207, ""),
        (json!({ "body": 1, "content_type": "text" }), 10207, "/body"),
        (json!({ "body": null, "content_type": "text" }), 10207, "/body"),
        (json!({ "body": 1, "content_type": "bytes" }), 10203, "/content_type"),
        (json!({ "body": 1, "content_type": "v8" }), 10203, "/content_type"),
        (json!({ "body": 1, "content_type": "JSON" }), 10203, "/content_type"),
        (json!({ "body": 1, "content_type": 5 }), 10207, "/content_type"),
        (json!({ "body": 1, "delay_seconds": -1 }), 10203, "/delay_seconds"),
        (json!({ "body": 1, "delay_seconds": 86_401 }), 10203, "/delay_seconds"),
        (json!({ "body": 1, "delay_seconds": 0.5 }), 10203, "/delay_seconds"),
        (json!({ "body": 1, "delay_seconds": "5" }), 10207, "/delay_seconds"),
        (json!({ "body": "x".repeat(127_999) }), 10204, ""),
        (json!({ "body": "x".repeat(128_001), "content_type": "text" }), 10204, ""),
    ] {
        let answer = world.call("POST", &format!("{queue}/messages"), body).await;
        assert_eq!((answer.refusal(), answer.pointer()), ((400, code), pointer));
    }
    let many = vec![json!({ "body": 1 }); 101];
    let large = vec![json!({ "body": "x".repeat(128_000), "content_type": "text" }); 3];
    for (body, code, pointer) in [
        (json!({}), 10207, "/messages"),
        (json!({ "messages": {} }), 10207, "/messages"),
        (json!({ "messages": [] }), 10206, ""),
        (json!({ "messages": many }), 10206, ""),
        (json!({ "messages": large }), 10205, ""),
        (json!({ "messages": [{ "body": 1 }, 5] }), 10207, "/messages/1"),
        (json!({ "messages": [{ "body": 1 }, {}] }), 10207, "/messages/1/body"),
        (json!({ "messages": [{ "body": 1, "delay_seconds": 86_401 }] }), 10203, "/messages/0/delay_seconds"),
        (json!({ "messages": [{ "body": 1 }], "delay_seconds": 86_401 }), 10202, "/delay_seconds"),
    ] {
        let answer = world.call("POST", &format!("{queue}/messages/batch"), body).await;
        assert_eq!((answer.refusal(), answer.pointer()), ((400, code), pointer));
    }
    let metrics = world.done("GET", &format!("{queue}/metrics"), Value::Null).await;
    assert_eq!(metrics["backlog_count"], 0, "nothing of what was refused is there");
    assert_eq!(metrics["oldest_message_timestamp_ms"], 0);
}

#[tokio::test]
async fn the_largest_messages_are_taken() {
    let world = World::new();
    let queue = world.queue("orders").await;
    let text = |length: usize| json!({ "body": "x".repeat(length), "content_type": "text" });
    let batch = json!({ "messages": [text(128_000), text(128_000)] });
    world.done("POST", &format!("{queue}/messages/batch"), batch).await;
    let json = json!({ "body": "x".repeat(127_998) });
    let pushed = world.done("POST", &format!("{queue}/messages"), json).await;
    assert_eq!(pushed["metadata"]["metrics"]["backlog_bytes"], 384_000);
    let escaped = "\\u0001".repeat(128_000);
    let message = format!("{{\"body\":\"{escaped}\",\"content_type\":\"text\"}}");
    let batch = format!("{{\"messages\":[{message},{message}]}}");
    assert!(batch.len() < crate::http::api::API_BODY_BYTES_MAX);
    assert_eq!(world.call_text("POST", &format!("{queue}/messages/batch"), &batch).await.status, 200);
}

#[tokio::test]
async fn depth_is_bounded() {
    let world = World::new();
    let queue = world.queue("orders").await;
    let push = format!("{queue}/messages");
    for (depth, status) in [(1, 200), (512, 200), (513, 400), (200_000, 400)] {
        let body = format!("{{\"body\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        let answer = world.call_text("POST", &push, &body).await;
        assert_eq!(answer.status, status, "{depth}");
        if status == 400 {
            assert_eq!((answer.refusal(), answer.pointer()), ((400, 10207), "/body"));
        }
    }
    let open = format!("{{\"body\":{}", "[".repeat(200_000));
    assert_eq!(world.call_text("POST", &push, &open).await.refusal(), (400, 10208));
}

#[tokio::test]
async fn production_s_limits_where_they_are_asked_for() {
    let limited = |options: &mut BrokerOptions| {
        options.messages_per_second = Some(2);
        options.backlog_bytes_max = 5;
    };
    let world = World::with(Guard::default(), limited);
    let queue = world.queue("orders").await;
    let push = format!("{queue}/messages");
    world.done("POST", &push, json!({ "body": 1 })).await;
    world.done("POST", &push, json!({ "body": 2 })).await;
    let answer = world.call("POST", &push, json!({ "body": 3 })).await;
    assert_eq!(answer.refusal(), (429, 10250));
    assert_eq!(answer.headers.get("retry-after").map(String::as_str), Some("1"));
    assert_eq!(answer.headers.get("x-should-retry"), None);
    world.advance_ms(1_000);
    let answer = world.call("POST", &push, json!({ "body": "long" })).await;
    assert_eq!(answer.refusal(), (429, 10251));
    assert_eq!(answer.headers.get("x-should-retry").map(String::as_str), Some("false"));
}

#[tokio::test]
async fn peeking_and_purging_single_messages() {
    let world = World::new();
    let queue = world.pull_queue("orders").await;
    for number in 0..7 {
        world.done("POST", &format!("{queue}/messages"), json!({ "body": number })).await;
    }
    let peek = format!("{queue}/messages/peek");
    let peeked = world.done("POST", &peek, Value::Null).await;
    assert_eq!(peeked["messages"].as_array().unwrap().len(), 5);
    let first = &peeked["messages"][0];
    assert_eq!(
        (&first["body"], &first["attempts"], &first["metadata"]),
        (&json!("MA=="), &json!(0), &json!({ "CF-sourceMessageSource": "api", "CF-Content-Type": "json" }))
    );
    assert!(first.get("lease_id").is_none());
    let all = world.done("POST", &format!("{queue}/messages/preview"), json!({ "batch_size": 100 })).await;
    assert_eq!(all["messages"].as_array().unwrap().len(), 7);
    assert_eq!(world.refused("POST", &peek, json!({ "batch_size": 101 })).await, (400, 10207));
    let refs = json!({ "refs": [{ "ref": first["ref"] }, { "ref": "nonsense" }] });
    let purged = world.done("POST", &format!("{queue}/messages/purge"), refs).await;
    assert_eq!(purged, json!({ "warnings": { "nonsense": "there is no such message" }, "errors": [] }));
    let metrics = world.done("GET", &format!("{queue}/metrics"), Value::Null).await;
    assert_eq!(metrics["backlog_count"], 6);
    for (body, pointer) in [
        (json!({}), "/refs"),
        (json!({ "refs": ["x"] }), "/refs/0"),
        (json!({ "refs": [{}] }), "/refs/0/ref"),
        (json!({ "refs": [{ "ref": 1 }] }), "/refs/0/ref"),
    ] {
        let answer = world.call("POST", &format!("{queue}/messages/purge"), body).await;
        assert_eq!((answer.refusal(), answer.pointer()), ((400, 10207), pointer));
    }
}

#[tokio::test]
async fn purging_a_queue() {
    let world = World::new();
    let queue = world.queue("orders").await;
    let purge = format!("{queue}/purge");
    assert_eq!(world.done("GET", &purge, Value::Null).await, json!({ "completed": "true" }));
    let batch = json!({ "messages": [{ "body": 1 }, { "body": 2, "delay_seconds": 60 }] });
    world.done("POST", &format!("{queue}/messages/batch"), batch).await;
    for unconfirmed in [
        json!({}),
        json!({ "delete_messages_permanently": false }),
        json!({ "delete_messages_permanently": 1 }),
    ] {
        assert_eq!(world.refused("POST", &purge, unconfirmed).await, (400, 10207));
    }
    world.advance_ms(1_000);
    let started = world.done("POST", &purge, json!({ "delete_messages_permanently": true })).await;
    let at = "2025-05-01T02:48:58.132000Z";
    assert_eq!(
        (&started["queue_name"], &started["started_at"], &started["complete"]),
        (&json!("orders"), &json!(at), &json!(true))
    );
    assert_eq!(
        world.done("GET", &purge, Value::Null).await,
        json!({ "started_at": at, "completed": "true" })
    );
    let metrics = world.done("GET", &format!("{queue}/metrics"), Value::Null).await;
    assert_eq!(metrics["backlog_count"], 0);
}
