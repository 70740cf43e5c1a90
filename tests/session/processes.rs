//! Several sessions on one state directory.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;

use crate::collector::Collector;
use crate::support::http::Connection;
use crate::support::project::Project;
use crate::support::session::{Session, run};

const PRODUCER: &str = "
export default {
  async fetch(request, env) {
    await env.QUEUE.send(Number(new URL(request.url).searchParams.get('n')));
    return new Response('sent');
  },
};
";

const CONSUMER: &str = "
export default {
  async queue(batch, env) {
    const numbers = batch.messages.map((message) => message.body);
    console.log(`got ${numbers.join()}`);
    if (env.COLLECTOR) await fetch(env.COLLECTOR, { method: 'POST', body: JSON.stringify(numbers) });
  },
};
";

fn worker(name: &str, source: &str, queues: &str) -> Project {
    let config = format!(
        "{{\"name\": \"{name}\", \"main\": \"index.js\", \"compatibility_date\": \"2026-06-05\", \
         \"queues\": {{{queues}}}}}"
    );
    Project::new(&[("wrangler.json", &config), ("index.js", source)])
}

fn producer() -> Project {
    worker("producer", PRODUCER, "\"producers\": [{\"binding\": \"QUEUE\", \"queue\": \"q\"}]")
}

fn consumer(name: &str) -> Project {
    let settings = "\"queue\": \"q\", \"max_batch_timeout\": 0, \"max_retries\": 100";
    worker(name, CONSUMER, &format!("\"consumers\": [{{{settings}}}]"))
}

fn start(project: &Project, state: &Path) -> Session {
    Session::start(project, &["--persist-to", state.to_str().unwrap()])
}

fn send(session: &Session, number: u64) {
    assert_eq!(session.text(&format!("/?n={number}")), "sent");
}

#[test]
fn a_producer_and_a_consumer_in_either_order() {
    let (producing, consuming) = (producer(), consumer("consumer"));
    for consumer_first in [false, true] {
        let state = tempfile::tempdir().unwrap();
        let early = consumer_first.then(|| start(&consuming, state.path()));
        let producer = start(&producing, state.path());
        send(&producer, 1);
        let consumer = early.unwrap_or_else(|| start(&consuming, state.path()));
        consumer.output.wait_for("got 1");
        consumer.output.wait_for("QUEUE q 1/1 (1ms)");
        // While the consumer is away, messages wait; nobody needs to know who held the lock.
        consumer.stop();
        send(&producer, 2);
        let consumer = start(&consuming, state.path());
        consumer.output.wait_for("got 2");
        let shown = producer.stop();
        assert!(!shown.iter().any(|line| line.starts_with("QUEUE ")), "{shown:?}");
        let shown = consumer.stop();
        assert!(!shown.iter().any(|line| line.contains("error")), "{shown:?}");
    }
}

#[test]
fn two_consumers_of_a_queue_are_refused_with_both_names() {
    let state = tempfile::tempdir().unwrap();
    let first = consumer("first");
    let session = start(&first, state.path());
    for (name, second) in [("second", &consumer("second")), ("first", &first)] {
        let arguments = ["dev", "--port", "0", "--persist-to", state.path().to_str().unwrap()];
        let output = run(second.path(), &arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        let names = ["\"first\" (", first.path().to_str().unwrap(), name, second.path().to_str().unwrap()];
        assert!(said.contains("Multiple consumers defined for queue \"q\": "), "{said}");
        assert!(names.iter().all(|name| said.contains(name)) && said.contains(", process "), "{said}");
    }
    session.stop();
    start(&consumer("second"), state.path()).stop();
}

#[test]
fn a_command_works_beside_a_session_and_without_one() {
    let state = tempfile::tempdir().unwrap();
    let project = consumer("consumer");
    let send = |body: &str| {
        let state = state.path().to_str().unwrap();
        let output = run(project.path(), &["queues", "send", "q", body, "--persist-to", state]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let session = start(&project, state.path());
    send("1");
    session.output.wait_for("got 1");
    session.stop();
    send("2");
    let session = start(&project, state.path());
    session.output.wait_for("got 2");
    session.stop();
}

/// Sends numbers until it is told to stop; answers with those that were confirmed.
fn load(url: &str, next: &AtomicU64, stop: &AtomicBool, confirm: &mpsc::Sender<u64>) -> Vec<u64> {
    let mut connection = Connection::open(url).unwrap();
    let mut confirmed = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let answer = connection.request("POST", &format!("/?n={number}"), &[], None).unwrap();
        assert_eq!(answer.body, "sent", "{answer:?}");
        confirmed.push(number);
        // Whoever counts may have counted enough.
        let _ = confirm.send(number);
    }
    confirmed
}

#[test]
fn the_owner_may_be_killed_under_load_and_nobody_else_notices() {
    let (producing, consuming) = (producer(), consumer("consumer"));
    let (state, collector, next) = (tempfile::tempdir().unwrap(), Collector::start(), AtomicU64::new(0));
    let variable = format!("COLLECTOR:{}", collector.url);
    let arguments = ["--persist-to", state.path().to_str().unwrap(), "--var", &variable];
    let mut confirmed = Vec::new();
    for _ in 0..5 {
        // Both start at once as members of each other's queues: first the consumer owns them, then, when it is
        // killed, the producer takes over.
        let consumer = Session::start(&consuming, &arguments);
        let producer = Session::start(&producing, &arguments);
        let (url, stop) = (producer.url.clone(), AtomicBool::new(false));
        confirmed.extend(std::thread::scope(|scope| {
            let (confirm, confirmations) = mpsc::channel();
            let (url, next, stop) = (&url, &next, &stop);
            let loads: Vec<_> = (0..4)
                .map(|_| {
                    let confirm = confirm.clone();
                    scope.spawn(move || load(url, next, stop, &confirm))
                })
                .collect();
            let wait_for = |count| confirmations.iter().take(count).for_each(drop);
            wait_for(100);
            consumer.kill();
            wait_for(100);
            let consumer = Session::start(&consuming, &arguments);
            wait_for(100);
            stop.store(true, Ordering::Relaxed);
            let numbers: Vec<u64> = loads.into_iter().flat_map(|load| load.join().unwrap()).collect();
            // The owner again, which is the producer now; the consumer takes over and has all that was sent.
            producer.kill();
            collector.wait_for(&numbers);
            consumer.kill();
            numbers
        }));
    }
    assert!(confirmed.len() >= 5 * 300, "{} were confirmed", confirmed.len());
    let asked_for = next.load(Ordering::Relaxed);
    assert!(collector.numbers().iter().all(|number| *number < asked_for), "something was never sent");
}
