//! Fires cron triggers on the session's clock, where that is asked for.

use std::sync::Arc;
use std::task::Poll;

use tokio::sync::mpsc;

use crate::base::{Alarm, AlarmKind, Busy, Clock, Timestamp};
use crate::dev::reporter::Reporter;
use crate::plan::Plan;
use crate::runtime::worker::Worker;

/// The triggers of a session.
pub struct Crons {
    clock: Arc<dyn Clock>,
    fires: bool,
    /// Everything due up to here has been fired.
    since: Timestamp,
    /// For a clock that is moved by hand.
    alarm: Alarm,
    rung: mpsc::UnboundedReceiver<Busy>,
}

/// A trigger that is due.
#[derive(Clone, Debug)]
pub struct Due {
    /// The worker.
    pub worker: String,
    /// Its cron expression.
    pub cron: String,
    /// The instant it was due.
    pub time: Timestamp,
    /// The moved clock waits until it has begun.
    busy: Option<Arc<Busy>>,
}

impl Crons {
    /// From now on; nothing of `plan` is ever due unless it `fires`.
    pub fn new(clock: Arc<dyn Clock>, fires: bool, plan: &Plan) -> Self {
        let since = clock.now();
        let (sender, rung) = mpsc::unbounded_channel();
        let alarm = clock.alarm(AlarmKind::Crons, Box::new(move |busy| drop(sender.send(busy))));
        let mut crons = Self { clock, fires, since, alarm, rung };
        crons.arm(plan);
        crons
    }

    /// Tells a clock that is moved by hand where to stop next: it may be moved before anybody waits in
    /// [`Self::due`]. Answers with that instant.
    pub fn arm(&mut self, plan: &Plan) -> Option<Timestamp> {
        // A session that began anew may show an earlier time.
        self.since = self.since.min(self.clock.now());
        let next = next(plan, self.since).filter(|_| self.fires);
        self.alarm.set(next);
        next
    }

    /// Waits until a trigger is due; answers with all that are due at that instant.
    pub async fn due(&mut self, plan: &Plan) -> Vec<Due> {
        let mut busy = None;
        loop {
            let next = self.arm(plan);
            if let Some(next) = next.filter(|next| *next <= self.clock.now()) {
                let busy = busy.or_else(|| self.rung.try_recv().ok()).map(Arc::new);
                let due = at(plan, self.since, next, busy.as_ref());
                self.since = next;
                self.arm(plan);
                return due;
            }
            // Woken too early, or because the session begins anew: the clock need not wait, now that it knows
            // where to stop.
            drop(busy.take());
            busy = match next.and_then(|next| self.clock.real_time_until(next)) {
                Some(wait) => {
                    tokio::time::sleep(wait).await;
                    None
                }
                None => match self.rung.recv().await {
                    Some(busy) => Some(busy),
                    // A clock that goes by itself, and nothing to wait for.
                    None => return std::future::pending().await,
                },
            };
        }
    }
}

/// Runs the worker's `scheduled()`. What it throws is in the worker's log.
pub fn fire(worker: Worker, due: Due, reporter: Arc<dyn Reporter>) {
    tokio::spawn(async move {
        let began = std::time::Instant::now();
        let mut run = Box::pin(worker.scheduled(due.cron.clone(), due.time));
        let begun = futures::poll!(&mut run);
        drop(due.busy);
        let result = match begun {
            Poll::Ready(result) => result,
            Poll::Pending => run.await,
        };
        reporter.scheduled(&due.worker, &due.cron, result.is_ok(), began.elapsed());
    });
}

fn next(plan: &Plan, since: Timestamp) -> Option<Timestamp> {
    let crons = plan.workers.iter().flat_map(|worker| &worker.crons);
    crons.filter_map(|cron| cron.next_after(since)).min()
}

fn at(plan: &Plan, since: Timestamp, time: Timestamp, busy: Option<&Arc<Busy>>) -> Vec<Due> {
    let mut due = Vec::new();
    for worker in &plan.workers {
        for cron in worker.crons.iter().filter(|cron| cron.next_after(since) == Some(time)) {
            let (worker, cron) = (worker.name.clone(), cron.expression().to_owned());
            due.push(Due { worker, cron, time, busy: busy.cloned() });
        }
    }
    due
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use super::*;
    use crate::base::{ManualClock, Work};
    use crate::config::{LoadRequest, load};

    /// A clock that is as far as it was asked to wait for.
    struct Willing(AtomicU64);

    impl Clock for Willing {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0.load(Ordering::Relaxed))
        }

        fn real_time_until(&self, deadline: Timestamp) -> Option<Duration> {
            self.0.store(deadline.as_millis(), Ordering::Relaxed);
            Some(Duration::ZERO)
        }
    }

    fn plan(folder: &Path) -> Plan {
        let config = r#"{ "name": "w", "main": "index.js", "compatibility_date": "2026-06-05",
            "triggers": { "crons": ["*/2 * * * *", "*/3 * * * *"] } }"#;
        std::fs::write(folder.join("wrangler.json"), config).expect("written");
        std::fs::write(folder.join("index.js"), "").expect("written");
        let loaded = load(&LoadRequest { path: folder.join("wrangler.json"), ..LoadRequest::default() });
        Plan::new(&[loaded.resolved.expect("valid")])
    }

    #[tokio::test]
    async fn each_trigger_is_due_once_and_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let plan = plan(folder.path());
        let mut crons = Crons::new(Arc::new(Willing(AtomicU64::new(0))), true, &plan);
        let mut seen = Vec::new();
        while seen.len() < 5 {
            seen.extend(
                crons.due(&plan).await.into_iter().map(|due| (due.time.as_millis() / 60_000, due.cron)),
            );
        }
        let [two, three] = ["*/2 * * * *", "*/3 * * * *"].map(str::to_owned);
        assert_eq!(seen, [(2, two.clone()), (3, three.clone()), (4, two.clone()), (6, two), (6, three)]);
        let mut silent = Crons::new(Arc::new(Willing(AtomicU64::new(0))), false, &plan);
        assert!(tokio::time::timeout(Duration::from_millis(20), silent.due(&plan)).await.is_err());
    }
    #[tokio::test]
    async fn a_clock_that_is_moved_at_once_knows_where_to_stop() {
        let folder = tempfile::tempdir().expect("a folder");
        let plan = plan(folder.path());
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(0)));
        let stops = || clock.alarms().due().iter().map(|due| due.at.as_millis() / 60_000).collect::<Vec<_>>();
        let mut crons = Crons::new(clock.clone(), true, &plan);
        assert_eq!(stops(), [2]);
        clock.move_to(Timestamp::from_millis(120_000));
        assert_eq!(crons.due(&plan).await.len(), 1);
        assert_eq!(stops(), [3]);
        // The session begins anew: whoever waits for that finds the alarm set.
        clock.restart_at(Timestamp::from_millis(0));
        let work = Work::default();
        clock.alarms().ring(clock.alarms().all()[0], work.begin());
        tokio::select! {
            _ = crons.due(&plan) => panic!("nothing is due"),
            () = work.settled() => {}
        }
        assert_eq!(stops(), [2]);
    }
}
