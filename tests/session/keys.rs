//! Keys that a person presses while a session runs on a terminal.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Instant;

use crate::support::PATIENCE;
use crate::support::project::Project;
use crate::support::session::Session;
use crate::{project, queue_settings};

const WORKER: &str = "export default {
  async fetch(request, env) { await env.QUEUE.send('x'); return new Response('sent'); },
  queue(batch) { console.log('got', batch.messages.length); },
};";

const HELP: &str = "Keys: b open in a browser, p pause or resume delivery, c clear, x quit, ? this line";

fn queue_project() -> Project {
    project(&queue_settings("\"max_batch_timeout\": 0"), WORKER)
}

/// The keys, as they are offered.
fn offered(session: &Session) {
    session.output.wait_for(HELP);
}

/// Presses a key until it is heard: with others before it, it may be read as no key. It is not pressed again before
/// the session has had time for it: two at once were no key either.
fn listens(session: &mut Session) {
    const REQUESTS_PER_KEY: usize = 50;
    let deadline = Instant::now() + PATIENCE;
    loop {
        assert!(Instant::now() < deadline, "nobody listens");
        session.press("?");
        for _ in 0..REQUESTS_PER_KEY {
            session.get("/");
            let heard = std::iter::from_fn(|| session.output.next("the request's line"))
                .find(|line| line == HELP || line.contains("GET / 200 OK"));
            if heard.as_deref() == Some(HELP) {
                return;
            }
        }
    }
}

#[test]
fn delivery_is_paused_and_resumed_and_the_session_quit() {
    let project = queue_project();
    let mut session = Session::start_on_a_terminal(&project, &[("NO_COLOR", "1")]);
    offered(&session);
    session.press("p");
    // A key that were shown would stand before the line.
    session.output.wait_for("Delivery is paused; p resumes it. Sends are taken as before.");
    assert_eq!(session.text("/"), "sent");
    session.output.wait_for("GET / 200 OK (1ms)");
    session.press("?");
    assert_eq!(session.output.next("the help").as_deref(), Some(HELP), "nothing is delivered meanwhile");
    session.press("p");
    // In either order.
    session.output.find("Delivery goes on.");
    session.output.wait_for("got 1");
    session.press("c");
    session.output.wait_for("\u{1b}[2J…");
    session.press("?");
    offered(&session);
    session.press("x");
    session.output.wait_for("Shutting down: …");
    session.output.wait_for("ended with 0");
    let settings = session.output.rest().join(" ");
    let words: Vec<&str> = settings.split([' ', ';']).collect();
    assert!(words.contains(&"icanon") && words.contains(&"echo"), "the terminal is as it was: {settings}");
}

#[test]
fn keys_of_several_bytes_are_passed_over() {
    let project = queue_project();
    let mut session = Session::start_on_a_terminal(&project, &[("NO_COLOR", "1")]);
    offered(&session);
    // A paste that would quit. What follows it may be read with it.
    session.press("quit");
    assert_eq!(session.text("/"), "sent");
    session.output.wait_for("got 1");
    session.press("\u{1b}OQ");
    assert_eq!(session.text("/"), "sent");
    session.output.wait_for("got 1");
    listens(&mut session);
    session.press("x");
    session.output.wait_for("ended with 0");
}

#[test]
fn a_session_that_was_stopped_listens_again_in_the_foreground() {
    let project = queue_project();
    let mut session = Session::start_on_a_terminal(&project, &[("NO_COLOR", "1")]);
    offered(&session);
    session.press("\u{1a}");
    session.output.wait_for("…stopped");
    session.press("\n");
    listens(&mut session);
    session.press("x");
    session.output.wait_for("ended with 0");
}

#[test]
fn the_browser_that_is_named_is_opened() {
    let project = queue_project();
    let (browser, opened) = (project.path().join("browser"), project.path().join("opened"));
    project.write("browser", &format!("#!/bin/sh\necho \"$1\" > '{}'\n", opened.display()));
    fs::set_permissions(&browser, PermissionsExt::from_mode(0o755)).unwrap();
    let named = [("BROWSER", browser.to_str().unwrap()), ("NO_COLOR", "1")];
    let mut session = Session::start_on_a_terminal(&project, &named);
    offered(&session);
    session.press("b");
    let deadline = Instant::now() + PATIENCE;
    while !fs::read_to_string(&opened).unwrap_or_default().ends_with('\n') {
        assert!(Instant::now() < deadline, "no browser was opened");
        // Something else to do until then.
        session.get("/");
    }
    assert_eq!(fs::read_to_string(&opened).unwrap().trim(), session.url);
    // The terminal makes the signal of it.
    session.press("\u{3}");
    session.output.wait_for("…Shutting down: …");
}

#[test]
fn keys_are_offered_to_people_only() {
    let project = queue_project();
    let session = Session::start(&project, &[]);
    assert_eq!(session.text("/"), "sent");
    assert!(session.stop().iter().all(|line| line != HELP), "there is no terminal");
    let mut session = Session::start_on_a_terminal(&project, &[("CI", "true"), ("NO_COLOR", "1")]);
    session.press("x");
    assert_eq!(session.text("/"), "sent");
    session.press("\u{3}");
    let rest = session.output.rest();
    assert!(rest.iter().all(|line| line != HELP), "{rest:?}");
}

#[test]
fn a_terminal_has_colours_unless_they_are_not_wanted() {
    let project = queue_project();
    let mut session = Session::start_on_a_terminal(&project, &[]);
    session.output.wait_for("\u{1b}[1mworker\u{1b}[0m");
    offered(&session);
    session.press("x");
    session.output.wait_for("ended with 0");
    let session = Session::start_on_a_terminal(&project, &[("NO_COLOR", "1")]);
    session.output.wait_for("worker");
}
