//! Workers of one session that call each other.

use crate::support::project::Project;
use crate::support::session::Session;

fn config(name: &str, more: &str) -> String {
    format!(r#"{{ "name": "{name}", "main": "index.ts", "compatibility_date": "2026-06-05"{more} }}"#)
}

/// A front that asks a back, in folders of their own.
fn project() -> Project {
    let services =
        r#", "services": [{ "binding": "BACK", "service": "back", "props": { "from": "front" } }]"#;
    Project::new(&[
        ("front/wrangler.jsonc", &config("front", services)),
        (
            "front/index.ts",
            "export default { async fetch(request, env) {
                const path = new URL(request.url).pathname;
                if (path === '/call') return Response.json(await env.BACK.add(1, 2));
                if (path === '/from') return Response.json(await env.BACK.from());
                return env.BACK.fetch(request); } };",
        ),
        ("back/wrangler.jsonc", &config("back", "")),
        (
            "back/index.ts",
            "import { WorkerEntrypoint } from 'cloudflare:workers';
            export default class extends WorkerEntrypoint {
                fetch() { return new Response('one'); }
                add(a, b) { return a + b; }
                from() { return this.ctx.props.from; } }",
        ),
    ])
}

const BOTH: [&str; 4] = ["-c", "front/wrangler.jsonc", "-c", "back/wrangler.jsonc"];

#[test]
fn a_worker_calls_another_that_reloads_by_itself() {
    let project = project();
    let session = Session::start(&project, &BOTH);
    assert_eq!(session.text("/"), "one");
    assert_eq!(session.text("/call"), "3");
    assert_eq!(session.text("/from"), r#""front""#);
    project.edit("back/index.ts", "'one'", "'two'");
    session.output.wait_for("Reloaded back (1 ms)");
    assert_eq!(session.text("/"), "two");
    session.stop();
}

#[test]
fn a_broken_worker_leaves_the_others_serving_and_its_callers_are_told() {
    let project = project();
    project.edit("back/index.ts", "fetch() {", "fetch() ");
    let session = Session::start(&project, &BOTH);
    let answer = session.get("/");
    assert_eq!(answer.head.status(), 500);
    assert!(answer.body.contains("Worker \"back\" has no code that runs yet."), "{}", answer.body);
    assert!(answer.body.contains("index.ts:3:"), "{}", answer.body);
    project.edit("back/index.ts", "fetch() ", "fetch() {");
    session.output.wait_for("Reloaded back (1 ms)");
    assert_eq!(session.text("/"), "one");
    session.stop();
}

#[test]
fn a_worker_that_is_not_there_is_named_once() {
    let project = project();
    let session = Session::start(&project, &BOTH[..2]);
    let sentence = "The worker \"back\" is not part of this session: env.BACK throws when used";
    session.errors().wait_for(&format!("warning: {sentence}"));
    let answer = session.get("/");
    assert!(answer.body.contains(sentence), "{}", answer.body);
    session.stop();
}
