//! What holds for queues when the configuration had not the last word.

use crate::support::project::Project;
use crate::support::session::{Session, prepared, run};
use crate::{project, queue_settings};

const WORKER: &str = "export default { fetch: () => new Response('hello'), queue() {} };";

/// Runs `qemu-dev queues` in the project's folder.
fn queues(project: &Project, arguments: &[&str]) {
    let output = run(project.path(), &[&["queues"], arguments].concat());
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn the_start_shows_what_was_changed_last() {
    let project = project(&queue_settings("\"max_batch_size\": 2"), WORKER);
    Session::start(&project, &[]).stop();
    queues(&project, &["pause-delivery", "q"]);
    queues(&project, &["create", "other"]);
    queues(&project, &["consumer", "add", "other", "ghost"]);
    let session = Session::start(&project, &[]);
    session
        .output
        .wait_for("  queue()  consumes q, batches of 2, paused (qemu-dev queues resume-delivery q)");
    session.output.wait_for("Queue \"other\" is consumed by worker \"ghost\", which does not run here: …");
    session.stop();
    queues(&project, &["consumer", "remove", "q", "worker"]);
    queues(&project, &["consumer", "remove", "other", "ghost"]);
    queues(&project, &["consumer", "add", "other", "worker"]);
    let session = Session::start(&project, &[]);
    session.output.wait_for("  queue()  does not consume q: it was detached through the API …");
    session.output.wait_for("  queue()  consumes other, attached through the API");
    session.stop();
}

#[test]
fn a_worker_without_a_handler_is_no_consumer() {
    let project = project("", "export default { fetch: () => new Response('hello') };");
    queues(&project, &["create", "q"]);
    let session = Session::start(&project, &[]);
    let api = "/cdn-cgi/api/client/v4/accounts/any/queues";
    let listed: serde_json::Value = serde_json::from_str(&session.text(api)).unwrap();
    let consumers = format!("{api}/{}/consumers", listed["result"][0]["queue_id"].as_str().unwrap());
    let attach = |worker: &str| {
        let body = format!(r#"{{"type":"worker","script_name":"{worker}"}}"#);
        session.connect().request("POST", &consumers, &[], Some(&body)).unwrap()
    };
    let refused = attach("worker");
    assert_eq!(refused.head.status(), 400);
    assert!(refused.body.contains("11001"), "{}", refused.body);
    assert_eq!(attach("ghost").head.status(), 200);
    session.output.wait_for("Queue \"q\" is consumed by worker \"ghost\", which does not run here: …");
    session.stop();
}

#[test]
fn a_session_that_refuses_everybody_says_so() {
    let project = project("", WORKER);
    // The engine, which another line tells of.
    drop(prepared(project.path()));
    let reaches_out = ["--ip", "0.0.0.0", "--port", "0"];
    let session = Session::start_as_on_a_terminal(project.path(), &reaches_out);
    session.output.wait_for("The REST API refuses everybody: …");
    session.stop();
    let with_token = [&reaches_out[..], &["--api-token", "s3cret"]].concat();
    let session = Session::start_as_on_a_terminal(project.path(), &with_token);
    session.output.wait_for("Ready on …");
    assert!(session.stop().iter().all(|line| !line.contains("refuses everybody")));
}

#[test]
fn a_configuration_that_is_taken_over_is_told() {
    let project = project(&queue_settings("\"max_batch_size\": 2"), WORKER);
    let session = Session::start(&project, &[]);
    project.edit("wrangler.jsonc", "\"max_batch_size\": 2", "\"max_batch_size\": 0");
    session.errors().wait_for("error: The configuration has errors; …");
    project.edit("wrangler.jsonc", "\"max_batch_size\": 0", "\"max_batch_size\": 3");
    session.output.wait_for("The configuration is right again.");
    session
        .output
        .wait_for("The configuration's changes are in effect: worker consumes q with other settings.");
    session.stop();
}
