//! Moving a manual clock from deadline to deadline.
//!
//! At each stop everything that is due is woken, one after the other, and done to its end: deliveries
//! finished, JavaScript at rest, requests to the outside answered. Only then does the clock move on, so what
//! follows from one deadline is set before the next one comes, in the order in which it would happen.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use super::activity::Occupation;
use crate::base::alarm::{AlarmKind, Due};
use crate::base::{Clock, ManualClock, Timestamp};

/// How far to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// So many milliseconds from now.
    By(u64),
    /// To this instant; nowhere when it is over.
    At(Timestamp),
    /// To the next deadline, whatever waits for it.
    Next,
    /// Until nothing is left to be done: no message in a queue that delivers, no handler running. Crons and
    /// retention do not count, though they happen on the way.
    Idle,
}

/// Where the clock went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Travel {
    /// Where it was.
    pub from: Timestamp,
    /// Where it is.
    pub to: Timestamp,
    /// Deadlines it stopped at.
    pub stops: u64,
    /// Whether the goal was reached, or why not.
    pub arrival: Arrival,
    /// Without the goal: what is waited for, or what stands in the way.
    pub waits_for: Vec<String>,
    /// The deadline that comes next.
    pub next: Option<Due>,
}

/// How a journey ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// At its goal.
    Reached,
    /// The time to wait was over; more of it may lead further.
    OutOfTime,
    /// No deadline leads nearer to the goal.
    NoDeadline,
}

impl Travel {
    /// Whether the goal was reached.
    pub fn reached(&self) -> bool {
        self.arrival == Arrival::Reached
    }
}

/// Moves the clock of one session.
pub struct TimeTravel {
    clock: Arc<ManualClock>,
    occupation: Occupation,
    one_at_a_time: Mutex<()>,
}

/// What to do at a stop.
enum Leg {
    /// Go to this deadline.
    Stop(Timestamp),
    /// Go there, where nothing is due, and end.
    Last(Timestamp),
    /// The goal is reached.
    Reached,
    /// No deadline brings the goal nearer.
    Stuck,
}

impl TimeTravel {
    /// Moves `clock`, which `occupation`'s queues and handlers go by.
    pub fn new(clock: Arc<ManualClock>, occupation: Occupation) -> Self {
        Self { clock, occupation, one_at_a_time: Mutex::new(()) }
    }

    /// The clock.
    pub fn clock(&self) -> &Arc<ManualClock> {
        &self.clock
    }

    /// What the clock waits for.
    pub fn occupation(&self) -> &Occupation {
        &self.occupation
    }

    /// The deadline that comes next.
    pub fn next(&self) -> Option<Due> {
        let now = self.clock.now();
        self.clock.alarms().due().into_iter().find(|due| due.at > now)
    }

    /// Keeps the clock where it is as long as the answer lives.
    pub async fn hold(&self) -> impl Drop + '_ {
        self.one_at_a_time.lock().await
    }

    /// Wakes everybody: the clock was set to another time.
    pub fn wake_all(&self) {
        for due in self.clock.alarms().all() {
            self.clock.alarms().ring(due, self.occupation.work.begin());
        }
    }

    /// Moves the clock, and answers when everything due on the way is done, or when `patience` (real time)
    /// is over: then the clock stays at the deadline that is not done.
    pub async fn go(&self, goal: Goal, patience: Duration) -> Travel {
        let limit = Instant::now() + patience;
        let Ok(_one) = timeout_at(limit, self.one_at_a_time.lock()).await else {
            let now = self.clock.now();
            return self.arrived(now, 0, Arrival::OutOfTime);
        };
        let from = self.clock.now();
        let goal = match goal {
            Goal::By(milliseconds) => Goal::At(from.plus_millis(milliseconds)),
            goal => goal,
        };
        let (stops, arrival) = self.travel(goal, limit).await;
        self.arrived(from, stops, arrival)
    }

    /// Moves the clock on whenever nothing is being done and something waits for it, for ever.
    pub async fn go_by_itself(&self) {
        const PATIENCE: Duration = Duration::from_secs(3600);
        loop {
            let stirs = self.occupation.work.stirs();
            self.go(Goal::Idle, PATIENCE).await;
            if self.occupation.work.is_settled() && self.occupation.work.stirs() == stirs {
                self.occupation.work.stirred(stirs).await;
            }
        }
    }

    /// Answers with the number of stops, and whether the goal was reached.
    async fn travel(&self, goal: Goal, limit: Instant) -> (u64, Arrival) {
        let mut stops = 0;
        loop {
            if !self.settle(limit).await || Instant::now() > limit {
                return (stops, Arrival::OutOfTime);
            }
            let (instant, last) = match self.leg(goal, stops).await {
                Leg::Reached => return (stops, Arrival::Reached),
                Leg::Stuck => return (stops, Arrival::NoDeadline),
                Leg::Stop(instant) => (instant, false),
                Leg::Last(instant) => (instant, true),
            };
            self.clock.move_to(instant);
            if last {
                return (stops, Arrival::Reached);
            }
            stops += 1;
            if !self.wake_due(limit).await {
                return (stops, Arrival::OutOfTime);
            }
        }
    }

    async fn leg(&self, goal: Goal, stops: u64) -> Leg {
        let next = self.next().map(|due| due.at);
        match (goal, next) {
            (Goal::At(end), _) if end <= self.clock.now() => Leg::Reached,
            (Goal::At(end), Some(next)) if next <= end => Leg::Stop(next),
            (Goal::At(end), _) => Leg::Last(end),
            (Goal::Next, _) if stops > 0 => Leg::Reached,
            (Goal::Next, Some(next)) => Leg::Stop(next),
            (Goal::Next, None) => Leg::Stuck,
            (Goal::Idle | Goal::By(_), next) => self.leg_towards_idle(next).await,
        }
    }

    async fn leg_towards_idle(&self, next: Option<Timestamp>) -> Leg {
        // Closed queues have nothing left to do.
        let occupied = self.occupation.look().await.unwrap_or_default();
        if occupied.is_over() {
            return Leg::Reached;
        }
        let timers = occupied.handlers > 0 && self.has_timers();
        match next {
            Some(next) if timers || occupied.queues.next_delivery.is_some() => Leg::Stop(next),
            _ => Leg::Stuck,
        }
    }

    fn has_timers(&self) -> bool {
        self.clock.alarms().due().iter().any(|due| due.kind == AlarmKind::Timers)
    }

    /// Wakes everything that is due, each once, and lets it finish; whether it did in time.
    async fn wake_due(&self, limit: Instant) -> bool {
        let now = self.clock.now();
        let mut woken = BTreeSet::new();
        loop {
            let due = self.clock.alarms().due().into_iter();
            let Some(due) = due.take_while(|due| due.at <= now).find(|due| woken.insert(*due)) else {
                return true;
            };
            self.clock.alarms().ring(due, self.occupation.work.begin());
            if !self.settle(limit).await {
                return false;
            }
        }
    }

    async fn settle(&self, limit: Instant) -> bool {
        timeout_at(limit, self.occupation.work.settled()).await.is_ok()
    }

    fn arrived(&self, from: Timestamp, stops: u64, arrival: Arrival) -> Travel {
        let reached = arrival == Arrival::Reached;
        let waits_for = if reached { Vec::new() } else { self.occupation.waits_for() };
        Travel { from, to: self.clock.now(), stops, arrival, waits_for, next: self.next() }
    }
}
