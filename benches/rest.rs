//! What the REST API does in a second: the real binary, HTTP over loopback, every answer after its commit.
//!
//! Pushes of one message each on several connections, then pulls of 100 messages with their
//! acknowledgement until the queue is empty. `cargo bench --bench rest`.

#[path = "../tests/support/mod.rs"]
mod support;

use std::fmt::Write as _;
use std::thread;
use std::time::Instant;

use serde_json::Value;
use support::http::Connection;
use support::project::Project;
use support::session::Session;

const ACCOUNT: &str = "/cdn-cgi/api/client/v4/accounts/any/queues";
const CONNECTIONS: [usize; 3] = [1, 16, 64];
const PUSHES: usize = 32_000;
const PULL_CONNECTIONS: usize = 4;
const BATCH: usize = 100;
/// Filled by batches before it is pulled empty.
const PULLED: usize = 200_000;

fn main() {
    let project = Project::new(&[
        ("wrangler.json", r#"{"name": "idle", "main": "index.js", "compatibility_date": "2026-06-05"}"#),
        ("index.js", "export default { fetch() { return new Response('idle'); } };"),
    ]);
    let session = Session::start(&project, &[]);
    let queue = create_queue(&session);
    for connections in CONNECTIONS {
        // One connection waits for each commit by itself.
        let each = if connections == 1 { PUSHES / 16 } else { PUSHES / connections };
        let rate = push(&session, &queue, connections, each);
        println!("push, {connections} connections: {rate:.0} messages/s");
    }
    purge(&session, &queue);
    let rate = fill(&session, &queue);
    println!("push of {BATCH} at a time, {PULL_CONNECTIONS} connections: {rate:.0} messages/s");
    let rate = pull_all(&session, &queue);
    println!("pull and acknowledge {BATCH} at a time, {PULL_CONNECTIONS} connections: {rate:.0} messages/s");
    session.stop();
}

/// A queue with an `http_pull` consumer; answers with its id.
fn create_queue(session: &Session) -> String {
    let mut connection = session.connect();
    let created = post(&mut connection, ACCOUNT, r#"{"queue_name":"bench"}"#);
    let id = created["result"]["queue_id"].as_str().unwrap().to_owned();
    let consumer = r#"{"type":"http_pull","settings":{"batch_size":100,"visibility_timeout_ms":60000}}"#;
    post(&mut connection, &format!("{ACCOUNT}/{id}/consumers"), consumer);
    id
}

/// Messages a second, of `each` pushes on every connection.
fn push(session: &Session, queue: &str, connections: usize, each: usize) -> f64 {
    let target = format!("{ACCOUNT}/{queue}/messages");
    let body = format!(r#"{{"body":{{"text":"{}"}}}}"#, "x".repeat(100));
    in_parallel(session, connections, |mut connection| {
        for _ in 0..each {
            post(&mut connection, &target, &body);
        }
        each
    })
}

fn fill(session: &Session, queue: &str) -> f64 {
    let target = format!("{ACCOUNT}/{queue}/messages/batch");
    let mut body = String::from(r#"{"messages":["#);
    for number in 0..BATCH {
        let comma = if number == 0 { "" } else { "," };
        let _ = write!(body, r#"{comma}{{"body":{{"number":{number},"text":"{}"}}}}"#, "x".repeat(100));
    }
    body.push_str("]}");
    in_parallel(session, PULL_CONNECTIONS, |mut connection| {
        for _ in 0..PULLED / PULL_CONNECTIONS / BATCH {
            post(&mut connection, &target, &body);
        }
        PULLED / PULL_CONNECTIONS
    })
}

fn pull_all(session: &Session, queue: &str) -> f64 {
    let (pull, acknowledge) =
        (format!("{ACCOUNT}/{queue}/messages/pull"), format!("{ACCOUNT}/{queue}/messages/ack"));
    in_parallel(session, PULL_CONNECTIONS, |mut connection| {
        let mut count = 0;
        loop {
            let pulled = post(&mut connection, &pull, r#"{"batch_size":100}"#);
            let messages = pulled["result"]["messages"].as_array().unwrap();
            if messages.is_empty() {
                return count;
            }
            count += messages.len();
            let acks: Vec<Value> = messages
                .iter()
                .map(|message| serde_json::json!({ "lease_id": message["lease_id"] }))
                .collect();
            post(&mut connection, &acknowledge, &serde_json::json!({ "acks": acks }).to_string());
        }
    })
}

fn purge(session: &Session, queue: &str) {
    let target = format!("{ACCOUNT}/{queue}/purge");
    post(&mut session.connect(), &target, r#"{"delete_messages_permanently":true}"#);
}

/// How many a second were done, by `work` on that many connections at once.
fn in_parallel(session: &Session, connections: usize, work: impl Fn(Connection) -> usize + Sync) -> f64 {
    let connections: Vec<Connection> = (0..connections).map(|_| session.connect()).collect();
    let work = &work;
    let began = Instant::now();
    let done: usize = thread::scope(|scope| {
        let workers: Vec<_> =
            connections.into_iter().map(|connection| scope.spawn(move || work(connection))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    done as f64 / began.elapsed().as_secs_f64()
}

/// The answer to a POST, which must succeed.
fn post(connection: &mut Connection, target: &str, body: &str) -> Value {
    let headers = [("authorization", "Bearer any"), ("content-type", "application/json")];
    let answer = connection.request("POST", target, &headers, Some(body)).unwrap();
    assert_eq!(answer.head.status(), 200, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}
