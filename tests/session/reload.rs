//! A saved file is live; a broken one is reported and changes nothing.

use std::fs;

use crate::project;
use crate::support::session::Session;

const ANSWERS_ENV: &str = "export default { fetch: (request, env) => Response.json(env) };";

#[test]
fn a_saved_source_is_live() {
    let project = project("", "export default { fetch: () => new Response('one') };");
    let session = Session::start(&project, &[]);
    assert_eq!(session.text("/"), "one");
    project.edit("src/index.ts", "one", "two");
    session.output.wait_for("Reloaded worker (1 ms)");
    assert_eq!(session.text("/"), "two");
    session.stop();
}

#[test]
fn a_source_replaced_by_a_rename_is_live() {
    let project = project("", "export default { fetch: () => new Response('one') };");
    let session = Session::start(&project, &[]);
    project.write("src/index.ts~", "export default { fetch: () => new Response('two') };");
    fs::rename(project.path().join("src/index.ts~"), project.path().join("src/index.ts")).unwrap();
    session.output.wait_for("Reloaded worker (1 ms)");
    assert_eq!(session.text("/"), "two");
    session.stop();
}

#[test]
fn broken_code_is_reported_and_the_last_good_code_serves_until_it_is_mended() {
    let good = "export default {\n  fetch: () => new Response('one'),\n};\n";
    let project = project("", good);
    let session = Session::start(&project, &[]);
    project.edit("src/index.ts", "'one')", "'two'");
    session.errors().wait_for("…--> src/index.ts:…:…");
    session.output.wait_for("Worker \"worker\" goes on with its last good code until this is mended.");
    assert_eq!(session.text("/"), "one");
    project.write("src/index.ts", &good.replace("one", "three"));
    session.output.wait_for("Reloaded worker (1 ms)");
    assert_eq!(session.text("/"), "three");
    session.stop();
}

#[test]
fn code_that_throws_while_it_is_evaluated_does_not_take_over() {
    let good = "export default {\n  fetch: () => new Response('one'),\n};\n";
    let project = project("", good);
    let session = Session::start(&project, &[]);
    project.write("src/index.ts", &format!("{good}throw new RangeError('not today');\n"));
    session.errors().wait_for("error: Worker \"worker\" threw while it started:");
    session.errors().wait_for("RangeError: not today");
    session.errors().wait_for("    at src/index.ts:4:…");
    assert_eq!(session.text("/"), "one");
    project.write("src/index.ts", &good.replace("one", "two"));
    session.output.wait_for("Reloaded worker (1 ms)");
    assert_eq!(session.text("/"), "two");
    session.stop();
}

#[test]
fn a_session_that_starts_with_broken_code_serves_once_it_is_mended() {
    let project = project("", "export default {");
    let session = Session::start(&project, &[]);
    session.output.wait_for("  does not run until the errors above are mended");
    session.errors().wait_for("…--> src/index.ts:1:17");
    project.write("src/index.ts", "export default { fetch: () => new Response('mended') };");
    session.output.wait_for("Reloaded worker (1 ms)");
    assert_eq!(session.text("/"), "mended");
    session.stop();
}

#[test]
fn imported_files_are_watched_and_missing_ones_waited_for() {
    let project =
        project("", "import { name } from './name';\nexport default { fetch: () => new Response(name) };\n");
    project.write("src/name.ts", "export const name = 'one';\n");
    let session = Session::start(&project, &[]);
    assert_eq!(session.text("/"), "one");
    project.edit("src/name.ts", "one", "two");
    session.output.wait_for("Reloaded worker (1 ms)");
    assert_eq!(session.text("/"), "two");
    fs::remove_file(project.path().join("src/name.ts")).unwrap();
    session.errors().wait_for("…--> src/index.ts:1:…");
    assert_eq!(session.text("/"), "two");
    project.write("src/name.ts", "export const name = 'three';\n");
    session.output.wait_for("Reloaded worker (1 ms)");
    assert_eq!(session.text("/"), "three");
    session.stop();
}

#[test]
fn variables_follow_the_configuration_and_dev_vars() {
    let project = project(",\n  \"vars\": {\"A\": \"one\", \"B\": {\"c\": 1}}", ANSWERS_ENV);
    let session = Session::start(&project, &[]);
    assert_eq!(session.text("/"), r#"{"A":"one","B":{"c":1}}"#);
    project.edit("wrangler.jsonc", "one", "two");
    session.output.wait_for("Reloaded worker (1 ms)");
    assert_eq!(session.text("/"), r#"{"A":"two","B":{"c":1}}"#);
    for (text, shown) in [("A=three\n", "three"), ("A='four'\n", "four")] {
        project.write(".dev.vars", text);
        session.output.wait_for("Reloaded worker (1 ms)");
        assert_eq!(session.text("/"), format!(r#"{{"A":"{shown}","B":{{"c":1}}}}"#));
    }
    fs::remove_file(project.path().join(".dev.vars")).unwrap();
    session.output.wait_for("Reloaded worker (1 ms)");
    assert_eq!(session.text("/"), r#"{"A":"two","B":{"c":1}}"#);
    session.stop();
}

#[test]
fn a_broken_configuration_is_reported_and_the_last_good_one_stays() {
    let project = project(",\n  \"vars\": {\"A\": 1}", ANSWERS_ENV);
    let session = Session::start(&project, &[]);
    project.edit("wrangler.jsonc", "\"A\": 1", "\"A\": ");
    session.errors().wait_for("…--> wrangler.jsonc:5:…");
    session
        .errors()
        .wait_for("error: The configuration has errors; the session goes on with the last good one.");
    assert_eq!(session.text("/"), r#"{"A":1}"#);
    project.edit("wrangler.jsonc", "\"A\": ", "\"A\": 2");
    session.output.wait_for("Reloaded worker (1 ms)");
    assert_eq!(session.text("/"), r#"{"A":2}"#);
    session.stop();
}

#[test]
fn a_warning_about_the_configuration_is_given_once() {
    let settings = ",\n  \"vars\": { \"WORD\": \"one\" },\n  \"kv_namespaces\": [{ \"binding\": \"CACHE\", \"id\": \"x\" }]";
    let worker = "export default { fetch: (request, env) => new Response(env.WORD) };";
    let project = project(settings, worker);
    let mut session = Session::start(&project, &[]);
    project.edit("wrangler.jsonc", "\"one\"", "\"two\"");
    session.output.wait_for("Reloaded worker (1 ms)");
    assert_eq!(session.text("/"), "two");
    session.signal("TERM");
    session.end();
    let warnings = session.errors().rest();
    assert_eq!(warnings.iter().filter(|line| line.contains("KV binding CACHE")).count(), 1, "{warnings:?}");
}

#[test]
fn a_worker_with_another_name_answers_where_it_did() {
    let settings = ",\n  \"vars\": { \"WORD\": \"one\" }";
    let project = project(
        settings,
        "export default { fetch(request, env) { console.log('said', env.WORD); return new Response(env.WORD); } };",
    );
    let session = Session::start(&project, &[]);
    assert_eq!(session.text("/"), "one");
    let config = fs::read_to_string(project.path().join("wrangler.jsonc")).unwrap();
    project
        .write("wrangler.jsonc", &config.replace("\"worker\"", "\"renamed\"").replace("\"one\"", "\"two\""));
    session.output.wait_for("Reloaded renamed (1 ms)");
    assert_eq!(session.text("/"), "two");
    // There is one worker, as before, so its name is not said.
    session.output.wait_for("said two");
    session.stop();
}
