//! What a client sees of an exception in `fetch()`.

use crate::project;
use crate::support::session::Session;

const WORKER: &str = "interface Fields { name: string }

export default {
  async fetch(request: Request): Promise<Response> {
    const fields: Fields = await request.json();
    return new Response(greet(fields));
  },
};

function greet(fields: Fields): string {
  throw new TypeError(`no <greeting> for you`);
}
";

#[test]
fn clients_get_plain_text_and_browsers_a_page() {
    let session = Session::start(&project("", WORKER), &[]);
    let mut connection = session.connect();
    let text = connection.request("POST", "/", &[("accept", "*/*")], Some("{}")).unwrap();
    assert_eq!(text.head.status_line, "HTTP/1.1 500 Internal Server Error");
    assert_eq!(text.head.header("content-type"), Some("text/plain;charset=utf-8"));
    assert!(
        text.body.starts_with("TypeError: no <greeting> for you\n    at greet (src/index.ts:11:"),
        "{}",
        text.body
    );

    let accept = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    let page = connection.request("POST", "/", &accept, Some("{}")).unwrap();
    assert_eq!(page.head.status(), 500);
    assert_eq!(page.head.header("content-type"), Some("text/html;charset=utf-8"));
    assert!(page.body.starts_with("<!doctype html>"), "{}", page.body);
    assert!(page.body.contains("no &lt;greeting&gt; for you"), "{}", page.body);
    assert!(page.body.contains("at greet (src/index.ts:11:"), "{}", page.body);
    for _ in 0..2 {
        session.errors().wait_for("Uncaught TypeError: no <greeting> for you");
        session.errors().wait_for("    at greet (src/index.ts:11:…)");
        session.output.wait_for("POST / 500 Internal Server Error (1ms)");
    }
    session.stop();
}

#[test]
fn a_worker_without_a_fetch_handler_says_so() {
    let session = Session::start(&project("", "export default { async queue() {} };"), &[]);
    let answer = session.get("/");
    assert_eq!(answer.head.status(), 500);
    assert!(answer.body.contains("fetch"), "{}", answer.body);
    session.stop();
}

#[test]
fn a_message_that_cannot_be_sent_is_an_exception_with_its_cause() {
    let settings = crate::queue_settings("\"max_batch_timeout\": 0");
    let source = "export default { async fetch(request, env) { await env.QUEUE.send(undefined); } };";
    let session = Session::start(&project(&settings, source), &[]);
    let answer = session.get("/");
    assert_eq!(answer.head.status(), 500);
    assert!(answer.body.contains("TypeError: Message body cannot be undefined"), "{}", answer.body);
    session.stop();
}
