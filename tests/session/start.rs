//! What keeps a session from starting, and what it then says.

use std::net::TcpListener;
use std::process::Output;

use crate::support::http::Connection;
use crate::support::project::Project;
use crate::support::session::{Session, run};
use crate::{project, queue_settings};

const WORKER: &str = "export default { fetch: () => new Response('ok') };";

/// Exit code and standard error; nothing is said elsewhere.
fn refusal(output: &Output) -> (Option<i32>, String) {
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_port_in_use_is_named_with_a_remedy() {
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = holder.local_addr().unwrap().port();
    let output = run(project("", WORKER).path(), &["dev", "--ip", "127.0.0.1", "--port", &port.to_string()]);
    // The engine may be prepared meanwhile, which is said on standard output.
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        format!(
            "error: port {port} is in use by another program: stop it, or choose another port with --port (0 picks a free one)\n"
        )
    );
}

/// What a second session is told that is to have a port of the first one.
fn refused_port(arguments: &[&str], port: &str) {
    let output = run(project("", WORKER).path(), arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        format!(
            "error: port {port} is in use by another program: stop it, or choose another port with --port (0 picks a free one)\n"
        )
    );
}

#[test]
fn a_second_session_on_a_port_of_the_first_is_told_so_in_one_line() {
    let worker = |name: &str, more: &str| {
        format!(r#"{{ "name": "{name}", "main": "index.js", "compatibility_date": "2026-06-05"{more} }}"#)
    };
    let project = Project::new(&[
        ("a.json", &worker("a", "")),
        ("b.json", &worker("b", ", \"dev\": { \"port\": 0 }")),
        ("index.js", WORKER),
    ]);
    let session = Session::start(&project, &["-c", "a.json", "-c", "b.json"]);
    let second = session.output.wait_for("  fetch()  answers on http://…");
    let port = |url: &str| url.rsplit(':').next().unwrap().to_owned();
    let (primary, secondary) = (port(&session.url), port(&second));
    let dev = ["dev", "--ip", "127.0.0.1"];
    refused_port(&[&dev[..], &["--port", &primary]].concat(), &primary);
    refused_port(&[&dev[..], &["--port", &secondary]].concat(), &secondary);
    let both = project.path();
    let configs = ["a.json", "b.json"].map(|name| both.join(name).display().to_string());
    let many = ["-c", &configs[0], "-c", &configs[1], "--persist-to", "elsewhere", "--port", "0", "--port"];
    refused_port(&[&dev[..], &many, &[&secondary]].concat(), &secondary);
    session.stop();
}

#[test]
fn ports_that_cannot_be_had_are_told() {
    let twice = run(project("", WORKER).path(), &["dev", "--port", "1", "--port", "1"]);
    assert_eq!(twice.status.code(), Some(2), "{twice:?}");
    let project = project(", \"dev\": { \"port\": 7 }", WORKER);
    let second = "{ \"name\": \"second\", \"main\": \"src/index.ts\", \"compatibility_date\": \"2026-06-05\",
        \"dev\": { \"port\": 7 } }";
    project.write("second.json", second);
    let session = Session::start(&project, &["-c", "wrangler.jsonc", "-c", "second.json"]);
    assert!(session.stop().iter().any(|line| line
        == "Worker \"second\" has no port of its own: another Worker has the port 7 of its configuration."));
    // Whoever has it.
    let _holder = std::net::TcpListener::bind("127.0.0.1:8787");
    let project = crate::project("", WORKER);
    let session = Session::start_as_on_a_terminal(project.path(), &["--ip", "127.0.0.1"]);
    session.output.wait_for("Port 8787 is in use by another program, so the session listens on a free one.");
    session.output.wait_for("Ready on …");
    session.stop();
}

#[test]
fn a_configuration_that_is_missing_is_named_in_one_line() {
    let project = project("", WORKER);
    for command in [&["dev", "--port", "0"][..], &["check"], &["build"], &["queues", "list"]] {
        let output = run(project.path(), &[command, &["-c", "nowhere/wrangler.toml"]].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{command:?}");
        assert_eq!(
            said,
            "error: Could not read file: \"nowhere/wrangler.toml\" does not exist: check the spelling; the path is \
             relative to the working directory\n",
            "{command:?}"
        );
    }
}

#[test]
fn sessions_share_a_state_directory() {
    let project = project("", WORKER);
    let first = Session::start(&project, &["--persist-to", "state"]);
    let second = Session::start(&project, &["--persist-to", "state"]);
    assert_eq!((first.text("/"), second.text("/")), ("ok".to_owned(), "ok".to_owned()));
    first.stop();
    assert_eq!(second.text("/"), "ok");
    second.stop();
}

#[test]
fn an_unknown_flag_exits_with_2() {
    let (code, said) = refusal(&run(project("", WORKER).path(), &["dev", "--prot", "1"]));
    assert_eq!(code, Some(2));
    assert!(said.contains("unexpected argument '--prot'") && said.contains("'--port'"), "{said}");
}

#[test]
fn all_mistakes_of_all_configurations_are_told_at_once() {
    let project = Project::new(&[
        (
            "a/wrangler.jsonc",
            "{\n  \"name\": \"a\",\n  \"main\": \"missing.ts\",\n  \"compatibility_date\": \"2026-06-05\",\n  \
             \"queues\": {\"consumers\": [{\"queue\": \"q\", \"max_batch_size\": 1000}]}\n}\n",
        ),
        ("b/wrangler.toml", "name = \"B!\"\nmain = \"index.ts\"\ncompatibility_date = \"2026-06-05\"\n"),
        ("b/index.ts", WORKER),
    ]);
    let arguments = ["dev", "--port", "0", "-c", "a/wrangler.jsonc", "-c", "b/wrangler.toml"];
    let (code, said) = refusal(&run(project.path(), &arguments));
    assert_eq!(code, Some(1));
    for place in ["a/wrangler.jsonc:3:11", "a/wrangler.jsonc:5:61", "b/wrangler.toml:1:8"] {
        assert!(said.contains(&format!("--> {place}\n")), "{place}: {said}");
    }
}

#[test]
fn a_folder_without_a_configuration_is_told_so() {
    let (code, said) = refusal(&run(Project::new(&[]).path(), &["dev", "--port", "0"]));
    assert_eq!(code, Some(1));
    assert!(
        said.starts_with("error: No configuration file found in ") && said.lines().count() == 1,
        "{said}"
    );
    assert!(said.contains("name one with -c, or create one of wrangler.json, "), "{said}");
}

#[test]
fn without_watching_broken_code_ends_the_session() {
    let output = run(project("", "export default {").path(), &["dev", "--port", "0", "--no-watch"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("--> src/index.ts:1:17\n") && said.contains("no worker could be started"),
        "{said}"
    );
}

#[test]
fn what_is_configured_and_not_there_is_named_at_the_start() {
    let settings = ", \"kv_namespaces\": [{ \"binding\": \"CACHE\", \"id\": \"x\" }],
        \"services\": [{ \"binding\": \"OTHER\", \"service\": \"elsewhere\" }]";
    let worker = "export default { fetch: (request, env) => {
        const said = ['CACHE', 'OTHER'].map((name) => { try { env[name].get('x'); } catch (error) { return error.message; } });
        return new Response(said.join('; ')); } };";
    let session = Session::start(&project(settings, worker), &[]);
    for warning in ["KV binding CACHE", "env.OTHER throws when used"] {
        session.errors().find(&format!("warning: …{warning}…"));
    }
    assert_eq!(
        session.text("/"),
        "KV binding CACHE is not emulated: env.CACHE throws when used; \
         The worker \"elsewhere\" is not part of this session: env.OTHER throws when used"
    );
    session.stop();
}

#[test]
fn the_administration_answers_this_machine_only() {
    let session = Session::start(&project("", WORKER), &[]);
    let queues = "/cdn-cgi/api/client/v4/accounts/any/queues";
    assert!(session.text(queues).starts_with("{\"success\":true,"));
    let mut stranger = session.connect();
    stranger.send_head("GET", queues, &[("origin", "https://example.com")]).unwrap();
    assert_eq!(stranger.read_head().unwrap().status(), 403);
    let mut events = session.connect();
    events.send_head("GET", "/cdn-cgi/api/events", &[]).unwrap();
    let head = events.read_head().unwrap();
    assert_eq!((head.status(), head.header("content-type")), (200, Some("text/event-stream")));
    assert_eq!(events.read_chunk().unwrap(), ": connected\n\n");
    // An open stream of events does not keep the session.
    session.stop();
}

#[test]
fn production_s_limit_of_messages_a_second_is_an_option() {
    let worker = "export default { async fetch(request, env) {
        try { await env.QUEUE.sendBatch([{ body: 1 }, { body: 2 }, { body: 3 }]); return new Response('sent'); }
        catch (error) { return new Response(error.message); } } };";
    let project =
        project(", \"queues\": { \"producers\": [{ \"binding\": \"QUEUE\", \"queue\": \"q\" }] }", worker);
    let session = Session::start(&project, &["--messages-per-second", "2"]);
    assert!(session.text("/").contains("(10250)"), "{}", session.text("/"));
    session.stop();
    let session = Session::start(&project, &[]);
    assert_eq!(session.text("/"), "sent");
    session.stop();
}

#[test]
fn cron_triggers_run_when_asked_as_wrangler_does() {
    let worker = "export default {
        fetch: () => new Response('fetched'),
        scheduled(controller) { console.log('ran', controller.cron, controller.type ?? typeof controller.scheduledTime); } };";
    let project = project(", \"triggers\": { \"crons\": [\"*/5 * * * *\"] }", worker);
    let session = Session::start(&project, &["--test-scheduled"]);
    assert_eq!(session.text("/__scheduled?cron=*%2F5+*+*+*+*"), "Ran scheduled event");
    session.output.wait_for("ran */5 * * * * …");
    session.stop();
    let session = Session::start(&project, &[]);
    assert_eq!(session.text("/__scheduled?cron=x"), "fetched");
    session.stop();
    let clock = ["--clock", "manual", "--clock-start", "2027-01-01T00:01:00Z"];
    // On a clock that is moved they are due without being asked for.
    for crons in [&["--crons"][..], &[]] {
        let session = Session::start(&project, &[&clock[..], crons].concat());
        let post = |path: &str, body: &str| {
            let answer = session.connect().request("POST", path, &[], Some(body)).unwrap();
            assert_eq!(answer.head.status(), 200, "{answer:?}");
        };
        // Everybody is woken, too early for the triggers, and nothing is left that the clock would wait for.
        post("/cdn-cgi/api/reset", "{\"clock\": \"start\"}");
        post("/cdn-cgi/api/clock", "{\"advance\": \"10m\"}");
        let ran = session.stop().iter().filter(|line| line.starts_with("ran */5 * * * * ")).count();
        assert_eq!(ran, 2, "{crons:?}");
    }
}

#[test]
fn several_workers_have_ports_prefixes_and_a_banner() {
    let config = |name: &str, more: &str| {
        format!(
            r#"{{ "name": "{name}", "main": "index.js", "compatibility_date": "2026-06-05", "queues": {{ {more} }} }}"#
        )
    };
    let worker = |name: &str| {
        format!(
            "export default {{ fetch() {{ console.log('here'); return new Response('{name}'); }}, queue() {{}} }};"
        )
    };
    let project = Project::new(&[
        ("a/wrangler.json", &config("a", r#""producers": [{ "binding": "Q", "queue": "q" }]"#)),
        ("a/index.js", &worker("a")),
        (
            "b/wrangler.json",
            &config("b", r#""consumers": [{ "queue": "q", "max_batch_size": 5, "max_retries": 1 }]"#),
        ),
        ("b/index.js", &worker("b")),
    ]);
    let arguments = ["-c", "a/wrangler.json", "-c", "b/wrangler.json", "--port", "0"];
    // `Session::start` gives a further port 0, which is that of the second worker.
    let session = Session::start(&project, &arguments);
    assert_eq!(session.output.wait_for("a"), "a");
    session.output.wait_for("  env.Q  sends to queue q");
    session.output.wait_for("  queue()  consumes q, batches of 5, 1 retry");
    let own = session.output.wait_for("  fetch()  answers on http://…");
    assert_eq!(session.text("/"), "a");
    session.output.wait_for("[a] here");
    session.output.wait_for("[a] GET / 200 OK (1ms)");
    let mut second = Connection::open(own.split(' ').next_back().unwrap()).unwrap();
    assert_eq!(second.request("GET", "/x", &[], None).unwrap().body, "b");
    session.output.wait_for("[b] here");
    session.output.wait_for("[b] GET /x 200 OK (1ms)");
    assert!(second.request("GET", "/cdn-cgi/metrics", &[], None).unwrap().body.contains("queue"));
    session.stop();
}

#[test]
fn what_no_handler_takes_is_warned_of_at_the_start_and_when_it_becomes_so() {
    let settings = queue_settings(r#""max_batch_timeout": 0"#) + r#", "triggers": {"crons": ["0 0 * * *"]}"#;
    let project = project(&settings, WORKER);
    let session = Session::start(&project, &[]);
    let queue =
        "warning: worker \"worker\" consumes q and has no queue() handler: every delivery fails: add …";
    session.errors().wait_for(queue);
    session.errors().wait_for(
        "warning: worker \"worker\" has cron triggers and no scheduled() handler: every event fails: add …",
    );
    project.write("src/index.ts", "export default { queue() {}, scheduled() {} };");
    session.output.wait_for("Reloaded worker (1 ms)");
    project.write("src/index.ts", "export default { scheduled() {} };");
    session.errors().wait_for(queue);
    session.stop();
}

#[cfg(unix)]
#[test]
fn a_main_file_that_is_no_file_is_called_so() {
    let project = project("", WORKER);
    let main = project.path().join("src/index.ts");
    std::fs::remove_file(&main).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(&main).unwrap();
    let (code, told) = refusal(&run(project.path(), &["dev", "--port", "0"]));
    assert_eq!(code, Some(1));
    assert!(told.contains("The entry-point path \"src/index.ts\" is no regular file."), "{told}");
}
