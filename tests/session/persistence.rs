//! What is in the queues survives the end of a session, however it ends.

use crate::support::session::Session;
use crate::{project, queue_settings};

/// Logs each message; the first attempt of a message with a delay is retried after it.
const WORKER: &str = "
export default {
  async fetch(request, env) {
    const { body, delaySeconds } = await request.json();
    await env.QUEUE.send(body, { delaySeconds });
    return new Response('sent');
  },
  async queue(batch) {
    for (const message of batch.messages) {
      console.log(`got ${JSON.stringify(message.body)} ${message.id} attempt ${message.attempts}`);
      if (message.attempts === 1 && message.body.retry) message.retry({ delaySeconds: message.body.retry });
    }
  },
};
";

fn send(session: &Session, message: &str) {
    let answer = session.connect().request("POST", "/", &[], Some(message)).unwrap();
    assert_eq!((answer.head.status(), answer.body.as_str()), (200, "sent"));
}

/// The lines of messages up to the one that was sent last: nothing else has been delivered.
fn deliveries_until_the_last(session: &Session) -> Vec<String> {
    send(session, r#"{"body": {"last": true}}"#);
    let mut lines = Vec::new();
    loop {
        let line = session.output.wait_for("got …");
        if line.contains("{\"last\":true}") {
            return lines;
        }
        lines.push(line);
    }
}

#[test]
fn a_retry_that_waits_survives_sigkill_with_its_id_and_attempts() {
    let project = project(&queue_settings("\"max_batch_timeout\": 0"), WORKER);
    let session = Session::start(&project, &[]);
    send(&session, r#"{"body": {"retry": 2}}"#);
    let first = session.output.wait_for("got {\"retry\":2} … attempt 1");
    session.output.wait_for("QUEUE q 0/1 (1ms)");
    session.kill();

    let session = Session::start(&project, &[]);
    session.output.wait_for(&first.replace("attempt 1", "attempt 2"));
    session.output.wait_for("QUEUE q 1/1 (1ms)");
    assert!(deliveries_until_the_last(&session).is_empty());
    session.stop();
}

#[test]
fn a_delayed_message_survives_sigkill_and_is_delivered_once() {
    let project = project(&queue_settings("\"max_batch_timeout\": 0"), WORKER);
    let session = Session::start(&project, &[]);
    send(&session, r#"{"body": {"n": 1}, "delaySeconds": 2}"#);
    session.kill();

    let session = Session::start(&project, &[]);
    session.output.wait_for("got {\"n\":1} … attempt 1");
    session.output.wait_for("QUEUE q 1/1 (1ms)");
    session.kill();

    let session = Session::start(&project, &[]);
    assert!(deliveries_until_the_last(&session).is_empty());
    session.stop();
}

#[test]
fn a_message_that_waits_for_its_batch_survives_an_interrupt() {
    let project = project(&queue_settings("\"max_batch_timeout\": 60"), WORKER);
    let mut session = Session::start(&project, &[]);
    send(&session, r#"{"body": {"n": 1}}"#);
    session.signal("INT");
    let (status, shown) = session.end();
    assert_eq!(status.code(), Some(0), "{status}");
    assert!(!shown.iter().any(|line| line.starts_with("got ")), "{shown:?}");

    project.edit("wrangler.jsonc", "60", "0");
    let session = Session::start(&project, &[]);
    session.output.wait_for("got {\"n\":1} … attempt 1");
    assert!(deliveries_until_the_last(&session).is_empty());
    session.stop();
}

#[test]
fn a_handler_that_runs_may_finish() {
    let slow = "
export default {
  async fetch(request, env) {
    await env.QUEUE.send(new URL(request.url).pathname);
    return new Response('sent');
  },
  async queue(batch) {
    const [{ body }] = batch.messages;
    console.log(`begin ${body}`);
    if (body === '/slow') await new Promise((resolve) => setTimeout(resolve, 1000));
    console.log(`end ${body}`);
  },
};
";
    let project = project(&queue_settings("\"max_batch_timeout\": 0, \"max_batch_size\": 1"), slow);
    let session = Session::start(&project, &[]);
    assert_eq!(session.text("/slow"), "sent");
    session.output.wait_for("begin /slow");
    let shown = session.stop();
    assert!(shown.iter().any(|line| line == "end /slow"), "{shown:?}");
    assert!(shown.iter().any(|line| line.starts_with("QUEUE q 1/1 (")), "{shown:?}");

    let session = Session::start(&project, &[]);
    assert_eq!(session.text("/last"), "sent");
    assert_eq!(session.output.wait_for("begin …"), "begin /last");
    session.stop();
}

#[test]
fn a_reload_keeps_what_waits() {
    let project = project(&queue_settings("\"max_batch_timeout\": 60"), WORKER);
    let session = Session::start(&project, &[]);
    send(&session, r#"{"body": {"n": 1}}"#);
    project.edit("src/index.ts", "got ", "new code got ");
    session.output.wait_for("Reloaded worker (1 ms)");
    project.edit("wrangler.jsonc", "60", "0");
    session.output.wait_for("new code got {\"n\":1} … attempt 1");
    session.stop();
}
