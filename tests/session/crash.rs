//! Nothing that was confirmed is lost when the process is killed at any moment.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Sender};

use crate::collector::Collector;
use crate::support::http::Connection;
use crate::support::session::Session;
use crate::{project, queue_settings};

const ROUNDS: u64 = 50;
const SENDERS: usize = 4;
/// A round ends after at most this many confirmed messages.
const CONFIRMED_MAX: u64 = 200;

const WORKER: &str = "
export default {
  async fetch(request, env) {
    const first = Number(new URL(request.url).searchParams.get('first'));
    if (first % 3 === 0) {
      await env.QUEUE.sendBatch([{ body: first }, { body: first + 1, delaySeconds: 1 }]);
    } else {
      await env.QUEUE.send(first);
      await env.QUEUE.send(first + 1);
    }
    return new Response('sent');
  },
  async queue(batch, env) {
    const body = JSON.stringify(batch.messages.map((message) => message.body));
    await fetch(env.COLLECTOR, { method: 'POST', body });
  },
};
";

#[test]
fn what_was_confirmed_survives_sigkill() {
    let project = project(&queue_settings("\"max_batch_timeout\": 0, \"max_retries\": 100"), WORKER);
    let collector = Collector::start();
    let variable = format!("COLLECTOR:{}", collector.url);
    let next = AtomicU64::new(0);
    let mut confirmed = Vec::new();
    for round in 0..ROUNDS {
        let session = Session::start(&project, &["--var", &variable]);
        // No seed would bring the same moment again.
        let until_kill = RandomState::new().hash_one(round) % CONFIRMED_MAX + 1;
        confirmed.extend(send_until_killed(session, until_kill, &next));
    }
    let session = Session::start(&project, &["--var", &variable]);
    collector.wait_for(&confirmed);
    assert!(confirmed.len() as u64 >= ROUNDS, "{} were confirmed", confirmed.len());
    let asked_for = next.load(Ordering::Relaxed);
    assert!(collector.numbers().iter().all(|number| *number < asked_for), "something was never sent");
    session.stop();
}

/// Sends on several connections, and kills the session when so many messages are confirmed; answers with
/// those that were.
fn send_until_killed(session: Session, until_kill: u64, next: &AtomicU64) -> Vec<u64> {
    let url = session.url.clone();
    std::thread::scope(|scope| {
        let (confirm, confirmed) = mpsc::channel();
        for _ in 0..SENDERS {
            let (confirm, url) = (confirm.clone(), &url);
            scope.spawn(move || {
                // Ends when the session is gone.
                let _ = send_on(url, next, &confirm);
            });
        }
        drop(confirm);
        let mut numbers = Vec::new();
        let mut session = Some(session);
        for number in confirmed {
            numbers.push(number);
            if numbers.len() as u64 >= until_kill
                && let Some(session) = session.take()
            {
                session.kill();
            }
        }
        numbers
    })
}

fn send_on(url: &str, next: &AtomicU64, confirm: &Sender<u64>) -> io::Result<()> {
    let mut connection = Connection::open(url)?;
    loop {
        let first = next.fetch_add(2, Ordering::Relaxed);
        let answer = connection.request("POST", &format!("/?first={first}"), &[], None)?;
        if answer.body == "sent" {
            let _ = confirm.send(first);
            let _ = confirm.send(first + 1);
        }
    }
}
