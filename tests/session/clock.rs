//! Time that passes when a test says so.

use std::process::Command;
use std::time::Instant;

use super::support::http::Answer;
use super::support::session::Session;
use super::{project, queue_settings};

/// Sends what it is asked for, and says when it gets what.
const WORKER: &str = r#"
export default {
  async fetch(request, env) {
    const { body, options } = await request.json();
    await env.QUEUE.send(body, options);
    return new Response(new Date().toISOString());
  },
  async queue(batch) {
    for (const message of batch.messages) {
      const age = Date.now() - message.timestamp.getTime();
      console.log(`got ${message.body} attempt ${message.attempts} after ${age / 1000} s`);
      if (message.body === "again") message.retry({ delaySeconds: 432 });
      if (message.body === "slow") await scheduler.wait(3_600_000);
      if (message.body === "slow") console.log(`done at ${new Date().toISOString()}`);
    }
  },
};
"#;

const MANUAL: [&str; 4] = ["--clock", "manual", "--clock-start", "2027-01-01T00:00:00Z"];

fn post(session: &Session, path: &str, body: &str) -> Answer {
    session.connect().request("POST", path, &[], Some(body)).unwrap()
}

fn advance(session: &Session, body: &str) -> String {
    let answer = post(session, "/cdn-cgi/api/clock", body);
    assert_eq!(answer.head.status(), 200, "{answer:?}");
    answer.body
}

#[test]
fn twelve_hours_pass_in_no_time_and_everything_agrees() {
    let project = project(&queue_settings(r#""max_batch_timeout": 5, "max_retries": 3"#), WORKER);
    let session = Session::start(&project, &MANUAL);
    let sent = post(&session, "/", r#"{"body": "later", "options": {"delaySeconds": 43200}}"#);
    assert_eq!(sent.body, "2027-01-01T00:00:00.000Z");
    post(&session, "/", r#"{"body": "now"}"#);
    let shown = session.text("/cdn-cgi/api/clock");
    assert!(shown.contains(r#""mode":"manual""#), "{shown}");
    assert!(shown.contains(r#""at":"2027-01-01T00:00:05.000Z""#), "{shown}");
    advance(&session, r#"{"advance": "4s"}"#);
    advance(&session, r#"{"until": "next"}"#);
    session.output.wait_for("got now attempt 1 after 5 s");
    let moved = advance(&session, r#"{"until": "idle"}"#);
    assert!(moved.contains(r#""now":"2027-01-01T12:00:05.000Z""#), "{moved}");
    session.output.wait_for("got later attempt 1 after 43205 s");
    post(&session, "/", r#"{"body": "slow"}"#);
    advance(&session, r#"{"advance_ms": 3605000}"#);
    session.output.wait_for("done at 2027-01-01T13:00:10.000Z");
    session.stop();
}

#[test]
fn a_hundred_retries_take_as_long_as_a_hundred_deliveries() {
    let settings = r#""max_batch_timeout": 0, "max_retries": 100, "dead_letter_queue": "dead""#;
    let project = project(&queue_settings(settings), WORKER);
    let session = Session::start(&project, &MANUAL);
    post(&session, "/", r#"{"body": "again"}"#);
    let began = Instant::now();
    let moved = advance(&session, r#"{"until": "idle"}"#);
    println!("a hundred retries: {:?}", began.elapsed());
    assert!(moved.contains(r#""stops":100"#), "{moved}");
    assert!(moved.contains(r#""now":"2027-01-01T12:00:00.000Z""#), "{moved}");
    session.stop();
}

#[test]
fn an_automatic_clock_needs_no_word() {
    let project = project(&queue_settings(r#""max_batch_timeout": 30"#), WORKER);
    let start = ["--clock", "auto", "--clock-start", "2027-01-01T00:00:00Z"];
    let session = Session::start(&project, &start);
    post(&session, "/", r#"{"body": "later", "options": {"delaySeconds": 43200}}"#);
    session.output.wait_for("got later attempt 1 after 43230 s");
    session.stop();
}

#[test]
fn the_clock_is_moved_from_the_command_line() {
    let project = project(&queue_settings(r#""max_batch_timeout": 5"#), WORKER);
    let session = Session::start(&project, &MANUAL);
    let clock = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_qemu-dev"));
        let output = command.arg("clock").args(arguments).env("QEMU_DEV_URL", &session.url).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (code, shown, _) = clock(&["show"]);
    assert_eq!((code, shown.as_str()), (Some(0), "2027-01-01T00:00:00.000Z (manual clock)"));
    let (code, moved, _) = clock(&["advance", "12h"]);
    assert_eq!((code, moved.as_str()), (Some(0), "2027-01-01T12:00:00.000Z after 0 deadlines"));
    let (code, _, error) = clock(&["set", "2026-01-01T00:00:00Z"]);
    assert_eq!(code, Some(1));
    assert!(error.contains("is in the past"), "{error}");
    let (code, _, error) = clock(&["advance", "1s", "--timeout", "0s"]);
    assert_eq!(code, Some(1));
    assert!(error.contains("did not get there in time: ask again"), "{error}");
    for wrong in [&["advance", "soon"][..], &["advance", "--", "-1h"], &["show", "--timeout", "soon"]] {
        let (code, _, error) = clock(wrong);
        assert!(code == Some(2) && error.contains("is no span of time"), "{wrong:?}: {error}");
    }
    let two = post(&session, "/cdn-cgi/api/clock", r#"{"advance": "1s", "until": "next"}"#);
    assert!(two.head.status() == 400 && two.body.contains("exactly one of"), "{two:?}");
    let (code, _, error) = clock(&["until", "next"]);
    assert_eq!(code, Some(1));
    assert!(error.contains("no deadline is left"), "{error}");
    session.stop();
}

#[test]
fn the_clock_of_the_system_is_not_moved() {
    let project = project("", "export default { fetch() { return new Response(); } };");
    let session = Session::start(&project, &[]);
    let answer = post(&session, "/cdn-cgi/api/clock", r#"{"advance": "1h"}"#);
    assert_eq!(answer.head.status(), 409);
    assert!(answer.body.contains("--clock manual"), "{}", answer.body);
    assert!(session.text("/cdn-cgi/api/clock").contains(r#""mode":"system""#));
    session.stop();
}

#[test]
fn cron_triggers_follow_the_clock() {
    let worker = "export default { scheduled(event) {
        console.log(`cron at ${new Date(event.scheduledTime).toISOString()}, now ${new Date().toISOString()}`);
    } };";
    let project = project(", \"triggers\": { \"crons\": [\"0 6 * * *\"] }", worker);
    let session = Session::start(&project, &MANUAL);
    advance(&session, r#"{"advance": "48h"}"#);
    for day in ["2027-01-01", "2027-01-02"] {
        session.output.wait_for(&format!("cron at {day}T06:00:00.000Z, now {day}T06:00:00.000Z"));
    }
    session.stop();
}

#[test]
fn messages_outlive_their_retention_on_the_clock() {
    let project =
        project(", \"queues\": { \"producers\": [{ \"binding\": \"QUEUE\", \"queue\": \"q\" }] }", WORKER);
    let session = Session::start(&project, &MANUAL);
    let api = "/cdn-cgi/api/client/v4/accounts/a/queues";
    let queues: serde_json::Value = serde_json::from_str(&session.text(api)).unwrap();
    let queue = format!("{api}/{}", queues["result"][0]["queue_id"].as_str().unwrap());
    let fourteen_days = r#"{"settings": {"message_retention_period": 1209600}}"#;
    let changed = session.connect().request("PATCH", &queue, &[], Some(fourteen_days)).unwrap();
    assert_eq!(changed.head.status(), 200, "{changed:?}");
    post(&session, "/", r#"{"body": "forgotten"}"#);
    let expired = r#"{"queue": "q", "event": "expired", "body": "forgotten", "within": 0}"#;
    advance(&session, r#"{"advance": "335h59m59s"}"#);
    assert_eq!(post(&session, "/cdn-cgi/api/expect", expired).head.status(), 408);
    advance(&session, r#"{"advance": "1s"}"#);
    let told = post(&session, "/cdn-cgi/api/expect", expired);
    assert!(told.body.contains(r#""at":"2027-01-15T00:00:00.000Z""#), "{told:?}");
    session.stop();
}
