//! Python Workers from their source. All but what is said without the tool needs componentize-py, once.

use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::queue_settings;
use super::support::project::Project;
use super::support::session::{Session, command, prepare_python};

/// What the documentation's tabs for Python do, by the path of a request and the words of a message.
const WORKER: &str = r#"
from pyodide.ffi import to_js
from workers import Response, WorkerEntrypoint, fetch
from shop.delays import backoff


class Default(WorkerEntrypoint):
    async def fetch(self, request):
        path = request.url.rpartition("/")[2]
        if path == "send":
            await self.env.QUEUE.send(to_js({
                "url": request.url,
                "method": request.method,
                "headers": dict(request.headers),
            }))
            return Response("Sent!")
        if path == "batch":
            batch = [{"body": value} for value in (1, "two", None)]
            result = await self.env.QUEUE.sendBatch(to_js(batch), delaySeconds=300)
            return Response.json({"backlog": result.metadata.metrics.backlogCount})
        if path == "echo":
            return Response(await request.text(), headers={"x-method": request.method, "x-greeting": self.env.GREETING})
        if path == "later":
            self.ctx.waitUntil(self.later())
            return Response("soon")
        if path == "outside":
            answer = await fetch(self.env.OUTSIDE, method="POST", headers={"x-a": "b"}, body="c")
            return Response(f"{answer.status} {await answer.text()}")
        if path == "broken":
            return Response(nowhere)
        return Response("not found", status=404)

    async def later(self):
        print("later")

    async def queue(self, batch):
        for message in batch.messages:
            print("Received", message.body)
            match message.body:
                case "ack": message.ack()
                case "retry": message.retry()
                case "delay": message.retry(delaySeconds=backoff(message.attempts))
                case "ack then retry": message.ack(); message.retry()
                case "retryAll": batch.retryAll(delaySeconds=600)
                case "ackAll": batch.ackAll()
                case "fail": raise ValueError("on purpose")
                case {"nested": [first, *_]}: print(first.name, message.body.nested.length)

    async def scheduled(self, controller):
        print("cron", controller.cron)
"#;
const DELAYS: &str =
    "def backoff(attempts, base_delay_seconds=30):\n    return base_delay_seconds ** attempts\n";

fn project(source: &str) -> Project {
    let settings = queue_settings(r#""max_batch_timeout": 0, "retry_delay": 100"#);
    let config = format!(
        "{{\"name\": \"worker\", \"main\": \"src/entry.py\", \"compatibility_date\": \"2026-06-05\", \
         \"vars\": {{\"GREETING\": \"hello\"}}{settings}}}"
    );
    Project::new(&[("wrangler.jsonc", &config), ("src/entry.py", source), ("src/shop/delays.py", DELAYS)])
}

fn start(project: &Project) -> Session {
    prepare_python();
    Session::start(project, &[])
}

fn deliver(session: &Session, bodies: &[Value]) -> Value {
    let messages: Vec<_> = bodies.iter().map(|body| json!({ "body": body })).collect();
    let request = json!({ "queue": "q", "messages": messages }).to_string();
    let answer = session.connect().request("POST", "/cdn-cgi/handler/queue", &[], Some(&request)).unwrap();
    assert_eq!(answer.head.status(), 200, "{answer:?}");
    serde_json::from_str(&answer.body).unwrap()
}

#[test]
#[ignore = "needs componentize-py; .ci/components installs and runs it"]
fn requests_are_answered_and_messages_sent() {
    let project = project(WORKER);
    let session = start(&project);
    assert_eq!(session.text("/send"), "Sent!");
    session.output.wait_for("Received {'url': 'http://127.0.0.1:…/send', 'method': 'GET', 'headers': {…}}");
    session.output.wait_for("QUEUE q 1/1 (1ms)");
    assert_eq!(session.text("/batch"), "{\"backlog\":3}");
    let echoed = session.connect().request("PUT", "/echo", &[], Some("über")).unwrap();
    assert_eq!((echoed.body.as_str(), echoed.head.header("x-method")), ("über", Some("PUT")));
    assert_eq!(echoed.head.header("x-greeting"), Some("hello"));
    assert_eq!(echoed.head.header("content-type"), Some("text/plain;charset=UTF-8"));
    assert_eq!(session.text("/later"), "soon");
    session.output.wait_for("later");
    assert_eq!(session.get("/nothing").head.status(), 404);
    session.stop();
}

#[test]
#[ignore = "needs componentize-py; .ci/components installs and runs it"]
fn messages_are_decided_about_as_in_javascript() {
    let project = project(WORKER);
    let session = start(&project);
    let outcome = |bodies: &[Value]| deliver(&session, bodies);
    let mixed = outcome(&[json!("ack"), json!("retry"), json!("delay"), json!("ack then retry"), json!("x")]);
    assert_eq!(mixed["outcome"], "ok");
    assert_eq!(mixed["explicitAcks"].as_array().unwrap().len(), 2, "{mixed}");
    let delays: Vec<_> =
        mixed["retryMessages"].as_array().unwrap().iter().map(|retry| &retry["delaySeconds"]).collect();
    assert_eq!(delays, [&Value::Null, &json!(30)], "{mixed}");
    session.errors().wait_for("…Received a call to retry() on message … after ack() was already called.…");
    assert_eq!(outcome(&[json!("ackAll")])["ackAll"], true);
    let retried = outcome(&[json!("retryAll")]);
    assert_eq!(retried["retryBatch"], json!({ "retry": true, "delaySeconds": 600 }));
    outcome(&[json!({ "nested": [{ "name": "first" }, 2] })]);
    session.output.wait_for("first 2");
    let failed = outcome(&[json!("ack"), json!("fail")]);
    assert_eq!(
        (&failed["outcome"], failed["explicitAcks"].as_array().map(Vec::len)),
        (&json!("exception"), Some(1))
    );
    session.errors().wait_for("…ValueError: on purpose");
    session.errors().wait_for("    at queue (src/entry.py:…)");
    session.stop();
}

#[test]
#[ignore = "needs componentize-py; .ci/components installs and runs it"]
fn a_saved_module_is_live_and_a_broken_one_is_reported() {
    let project = project(WORKER);
    let session = start(&project);
    project.edit("src/shop/delays.py", "** attempts", "* attempts + 1");
    session.output.wait_for("Reloaded worker (1 ms)");
    assert_eq!(deliver(&session, &[json!("delay")])["retryMessages"][0]["delaySeconds"], 31);
    project.edit("src/entry.py", "class Default", "class Default)");
    session.errors().wait_for("error: Worker \"worker\" could not start: File \"src/entry.py\", line …");
    assert_eq!(session.text("/later"), "soon");
    project.edit("src/entry.py", "class Default)", "class Default");
    session.output.wait_for("Reloaded worker (1 ms)");
    assert_eq!(session.get("/broken").head.status(), 500);
    session.errors().wait_for("…NameError: name 'nowhere' is not defined");
    session.errors().wait_for("    at fetch (src/entry.py:…)");
    let cron = session.get("/cdn-cgi/handler/scheduled?cron=5");
    assert_eq!(cron.head.status(), 200);
    session.output.wait_for("cron 5");
    session.stop();
}

/// Reads what lies beside modules in the ways that Python's libraries do.
const READER: &str = r#"
import importlib.metadata, importlib.resources, json, os, pkgutil
from pathlib import Path
import lib
from workers import Response, WorkerEntrypoint


class Default(WorkerEntrypoint):
    async def fetch(self, request):
        beside = Path(__file__).parent
        with importlib.resources.as_file(importlib.resources.files("lib") / "data/words.txt") as words:
            whole = open(words, "rb").read().decode()
        found = [
            (beside / "page.html").read_text(),
            sorted(os.listdir(beside)),
            (beside / "notes.md").exists(),
            importlib.resources.files(lib).joinpath("data", "words.txt").read_text(),
            whole,
            pkgutil.get_data("lib", "data/words.txt").decode(),
            importlib.metadata.version("lib"),
        ]
        try:
            open(beside / "page.html", "w")
        except OSError as error:
            found.append(error.strerror)
        return Response(json.dumps(found))

    async def queue(self, batch):
        for message in batch.messages:
            match message.body:
                case "import": from js import URL
                case "delay": await self.env.QUEUE.send("x", delaySeconds=-1)
                case "deep": self.deep()
                case "group": raise ExceptionGroup("several", [ValueError("first"), KeyError("second")])

    def deep(self):
        self.deep()
"#;

fn reader() -> Project {
    let project = project(READER);
    for (path, text) in [
        ("src/page.html", "<p>"),
        ("src/notes.md", "no rule names it"),
        ("python_modules/lib/__init__.py", ""),
        ("python_modules/lib/data/words.txt", "one two"),
        ("python_modules/lib-1.2.dist-info/METADATA", "Metadata-Version: 2.1\nName: lib\nVersion: 1.2\n"),
    ] {
        project.write(path, text);
    }
    project
}

#[test]
#[ignore = "needs componentize-py; .ci/components installs and runs it"]
fn files_beside_modules_are_read() {
    let project = reader();
    let session = start(&project);
    let found: Value = serde_json::from_str(&session.text("/")).unwrap();
    let listed = json!(["entry.py", "page.html", "shop"]);
    let words = "one two";
    assert_eq!(found, json!(["<p>", listed, false, words, words, words, "1.2", "Read-only file system"]));
    project.write("src/page.html", "<b>");
    session.output.wait_for("Reloaded worker (1 ms)");
    assert!(session.text("/").starts_with("[\"<b>\""));
    session.stop();
}

#[test]
#[ignore = "needs componentize-py; .ci/components installs and runs it"]
fn errors_say_what_is_missing_and_stay_short() {
    let project = reader();
    let session = start(&project);
    for (body, told) in [
        ("import", "…ImportError: js.URL is not there: this module has console, fetch, …"),
        ("delay", "…message delay -1 is invalid: must be an integer between 0 and 86400 (10203)"),
        ("deep", "    and … more"),
        ("group", "  with KeyError: 'second'"),
    ] {
        assert_eq!(deliver(&session, &[json!(body)])["outcome"], "exception", "{body}");
        session.errors().wait_for(told);
    }
    session.stop();
}

#[test]
fn without_the_tool_it_is_said_how_to_install_it() {
    let (project, cache) = (project(WORKER), TempDir::new().unwrap());
    let mut dev: Command = command(project.path());
    dev.args(["exec", "--", "true"]).env("XDG_CACHE_HOME", cache.path()).env("PATH", "");
    let output = dev.output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success(), "{text}");
    for expected in
        ["src/entry.py is Python", "componentize-py, which is not installed", "pip install componentize-py"]
    {
        assert!(text.contains(expected), "{text}");
    }
}
