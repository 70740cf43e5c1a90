//! What tests ask of a session beside its clock: waiting, beginning anew, handlers by hand.

use serde_json::{Value, json};

use super::support::project::Project;
use super::support::session::Session;
use super::{project, queue_settings};

/// Counts in a global; what it does with a message is what the message says.
const WORKER: &str = r#"
let seen = 0;
export default {
  async fetch(request, env) {
    if (request.method === "GET") return Response.json(seen);
    const { body, options } = await request.json();
    await env.QUEUE.send(body, options);
    return new Response("sent");
  },
  async queue(batch, env) {
    for (const message of batch.messages) {
      seen += 1;
      console.log(`got ${JSON.stringify(message.body)}`);
      if (message.body.retry) message.retry({ delaySeconds: message.body.retry });
      if (message.body.ack) message.ack();
      if (message.body.wait) await scheduler.wait(message.body.wait);
      if (message.body.resend) await env.QUEUE.send({ again: true });
      if (message.body.fail) throw new Error("on purpose");
    }
  },
  async scheduled(event) {
    if (event.cron === "bad") throw new Error("bad cron");
    console.log(`cron ${event.cron} at ${event.scheduledTime}`);
  },
};
"#;

const MANUAL: [&str; 4] = ["--clock", "manual", "--clock-start", "2027-01-01T00:00:00Z"];

fn start(arguments: &[&str]) -> (Project, Session) {
    let settings = r#""max_batch_timeout": 1, "max_retries": 2, "dead_letter_queue": "dead""#;
    let project = project(&queue_settings(settings), WORKER);
    let session = Session::start(&project, arguments);
    (project, session)
}

fn ask(session: &Session, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
    let body = body.map(Value::to_string);
    let answer = session.connect().request(method, path, &[], body.as_deref()).unwrap();
    let status = answer.head.status();
    (status, serde_json::from_str(&answer.body).unwrap_or(Value::String(answer.body)))
}

fn post(session: &Session, path: &str, body: &Value) -> (u16, Value) {
    ask(session, "POST", path, Some(body))
}

fn send(session: &Session, body: &Value, delay_seconds: u32) {
    let request = json!({ "body": body, "options": { "delaySeconds": delay_seconds } });
    assert_eq!(post(session, "/", &request), (200, json!("sent")));
}

fn expect(session: &Session, expectation: &Value) -> (u16, Value) {
    post(session, "/cdn-cgi/api/expect", expectation)
}

#[test]
fn waiting_in_real_time_instead_of_sleeping() {
    let (_project, session) = start(&["--no-watch"]);
    send(&session, &json!({ "n": 1 }), 0);
    let (status, idle) = ask(&session, "GET", "/cdn-cgi/api/idle?timeout=20s", None);
    assert_eq!((status, &idle["idle"]), (200, &json!(true)));
    assert_eq!(session.text("/"), "1");
    send(&session, &json!({ "n": 2 }), 3600);
    assert_eq!(ask(&session, "GET", "/cdn-cgi/api/idle", None).0, 200);
    let (status, idle) = ask(&session, "GET", "/cdn-cgi/api/idle?timeout=1ms&delayed=wait", None);
    assert_eq!((status, &idle["pending"]), (408, &json!(1)));
    let (status, told) =
        expect(&session, &json!({ "queue": "q", "event": "acknowledged", "body": { "n": 1 } }));
    assert_eq!((status, &told["events"][0]["body"]), (200, &json!({ "n": 1 })));
    session.stop();
}

#[test]
fn one_call_moves_the_clock_and_finds_what_happened() {
    let (_project, session) = start(&MANUAL);
    send(&session, &json!({ "n": 1, "retry": 3600 }), 43_200);
    let dead =
        json!({ "queue": "q", "event": "dead-lettered", "json_path": "$[?@ == 3600]", "until": "idle" });
    let (status, told) = expect(&session, &dead);
    assert_eq!(status, 200, "{told}");
    assert_eq!(told["events"][0]["detail"], "dead");
    assert_eq!(told["events"][0]["at"], "2027-01-01T14:00:03.000Z");
    let deliveries = json!({ "event": "delivered", "count": 3, "within": "1s" });
    assert_eq!(expect(&session, &deliveries).0, 200);
    let (status, told) = expect(&session, &json!({ "event": "sent", "body": { "n": 2 }, "within": "1ms" }));
    assert_eq!((status, &told["met"]), (408, &json!(false)));
    assert!(told["nearest"].as_array().unwrap().iter().any(|miss| miss["because"] == "another body"));
    let since = &told["newest"];
    let none = json!({ "queue": "q", "event": ["sent", "dead-lettered"], "none": true, "since": since });
    assert_eq!(expect(&session, &none).0, 200);
    send(&session, &json!({ "resend": true }), 10);
    let (status, told) = expect(&session, &none);
    assert_eq!((status, told["events"].as_array().map(Vec::len)), (409, Some(2)), "{told}");
    session.stop();
}

#[test]
fn nothing_of_before_is_seen_after_a_reset() {
    let (_project, session) = start(&MANUAL);
    send(&session, &json!({ "wait": 3_600_000, "resend": true }), 0);
    send(&session, &json!({ "n": 1 }), 43_200);
    let moved = post(&session, "/cdn-cgi/api/clock", &json!({ "advance": "2s" }));
    assert_eq!(moved.0, 200);
    assert_eq!(session.text("/"), "1");
    let (status, reset) = post(&session, "/cdn-cgi/api/reset", &json!({ "clock": "start" }));
    assert_eq!((status, &reset["now"]), (200, &json!("2027-01-01T00:00:00.000Z")), "{reset}");
    assert_eq!(session.text("/"), "0");
    let (status, idle) = ask(&session, "GET", "/cdn-cgi/api/idle?delayed=wait&timeout=5s", None);
    assert_eq!(status, 200, "{idle}");
    post(&session, "/cdn-cgi/api/clock", &json!({ "advance": "24h" }));
    let (status, told) = expect(&session, &json!({ "none": true }));
    assert_eq!(status, 200, "{told}");
    send(&session, &json!({ "n": 2 }), 0);
    assert_eq!(expect(&session, &json!({ "event": "acknowledged", "until": "idle" })).0, 200);
    assert_eq!(session.text("/"), "1");
    session.stop();
}

#[test]
fn handlers_are_called_by_hand() {
    let (_project, session) = start(&[]);
    let id = "the \"first\"";
    let request = json!({ "queue": "q", "messages": [
        { "body": { "ack": true }, "id": id },
        { "body": { "retry": 9 }, "attempts": 2, "timestamp": 1000 },
        { "body": "text", "contentType": "text" },
    ] });
    let (status, result) = post(&session, "/cdn-cgi/handler/queue", &request);
    assert_eq!(status, 200, "{result}");
    assert_eq!(result["outcome"], "ok");
    assert_eq!(result["explicitAcks"], json!([id]));
    assert_eq!(result["retryMessages"][0]["delaySeconds"], 9);
    assert_eq!(result["retryBatch"], json!({ "retry": false }));
    assert_eq!(result["logs"][2], json!({ "level": "log", "message": "got \"text\"" }));
    let failing = json!({ "queue": "q", "messages": [{ "body": { "fail": true } }] });
    let (_, result) = post(&session, "/cdn-cgi/handler/queue", &failing);
    assert_eq!(result["outcome"], "exception");
    assert!(result["error"].as_str().unwrap().contains("on purpose"), "{result}");
    let scheduled = |query: &str| ask(&session, "GET", &format!("/cdn-cgi/handler/scheduled?{query}"), None);
    assert_eq!(scheduled("cron=*+*+*+*+*&time=5"), (200, json!("ok")));
    session.output.wait_for("cron * * * * * at 5");
    let (status, failed) = scheduled("cron=bad&format=json");
    assert_eq!((status, failed["outcome"].as_str()), (500, Some("exception")), "{failed}");
    assert!(failed["error"].as_str().is_some_and(|error| error.contains("bad cron")), "{failed}");
    let logged = json!([{ "level": "log", "message": "cron x at 7" }]);
    assert_eq!(scheduled("cron=x&time=7&format=json").1["logs"], logged);
    let (status, refused) = ask(&session, "POST", "/cdn-cgi/handler/email", None);
    assert_eq!(status, 404);
    assert!(refused.to_string().contains("not emulated"), "{refused}");
    session.stop();
}

#[test]
fn what_is_asked_wrongly_is_told() {
    let (_project, session) = start(&[]);
    for (path, body, expected) in [
        ("/cdn-cgi/api/expect", json!({ "json_path": "$[" }), "/json_path is no JSON path"),
        ("/cdn-cgi/api/expect", json!({ "event": "eaten" }), "/event must be one of sent"),
        ("/cdn-cgi/api/expect", json!({ "evnt": "sent", "none": true }), "/evnt is not known here"),
        ("/cdn-cgi/api/expect", json!({ "queue": "Q", "none": true }), "\"Q\""),
        ("/cdn-cgi/api/idle", json!({}), "POST"),
        ("/cdn-cgi/api/reset", json!({ "clock": "start" }), "--clock manual"),
        ("/cdn-cgi/handler/queue", json!({ "queue": "q", "messages": [] }), "must have 1 to 100 messages"),
        ("/cdn-cgi/handler/queue", json!({ "queue": "q", "messages": [{}] }), "/messages/0/body is required"),
        (
            "/cdn-cgi/handler/queue",
            json!({ "queue": "q", "messages": [{ "body": 1, "attempt": 2 }] }),
            "/messages/0/attempt is not known here; there are body, contentType",
        ),
        ("/cdn-cgi/handler/queue", json!({ "queue": "none", "messages": [{ "body": 1 }] }), "none"),
        (
            "/cdn-cgi/handler/queue",
            json!({ "queue": "dead", "messages": [{ "body": 1 }] }),
            "no worker consumes",
        ),
    ] {
        let (status, answer) = post(&session, path, &body);
        let message = answer["errors"][0]["message"].as_str().unwrap_or_default();
        assert!(
            (400..500).contains(&status) && message.contains(expected),
            "{path} {body}: {status} {answer}"
        );
    }
    let described: Value = serde_json::from_str(&session.text("/cdn-cgi/api/openapi.json")).unwrap();
    for (method, path) in [
        ("get", "/cdn-cgi/api/clock"),
        ("post", "/cdn-cgi/api/clock"),
        ("get", "/cdn-cgi/api/idle"),
        ("post", "/cdn-cgi/api/expect"),
        ("post", "/cdn-cgi/api/reset"),
        ("post", "/cdn-cgi/handler/queue"),
        ("get", "/cdn-cgi/handler/scheduled"),
        ("post", "/accounts/{account_id}/queues/{queue_id}/messages/pull"),
    ] {
        assert!(described["paths"][path][method]["summary"].is_string(), "{method} {path}");
    }
    assert_eq!(described["paths"]["/cdn-cgi/api/clock"]["servers"], json!([{ "url": "/" }]));
    session.stop();
}
