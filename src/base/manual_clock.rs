//! A clock that stands still until it is moved.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::alarm::{Alarm, AlarmKind, Alarms, Wake};
use super::{Clock, Timestamp};

/// Time that passes only when somebody says so.
///
/// It wakes nobody by itself: whoever moves it goes from one of its [`Alarms`] to the next.
#[derive(Debug)]
pub struct ManualClock {
    now: AtomicU64,
    start: Timestamp,
    alarms: Alarms,
}

impl ManualClock {
    /// The clock, showing `start`.
    pub fn new(start: Timestamp) -> Self {
        Self { now: AtomicU64::new(start.as_millis()), start, alarms: Alarms::default() }
    }

    /// What it showed at first.
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// Moves it forward to `instant`; it stays where it is when that is over already.
    pub fn move_to(&self, instant: Timestamp) {
        self.now.fetch_max(instant.as_millis(), Ordering::SeqCst);
    }

    /// Sets it to `instant`, be it in the past: only for a session that begins anew.
    pub fn restart_at(&self, instant: Timestamp) {
        self.now.store(instant.as_millis(), Ordering::SeqCst);
    }

    /// Who waits for which instant.
    pub fn alarms(&self) -> &Alarms {
        &self.alarms
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::SeqCst))
    }

    fn real_time_until(&self, deadline: Timestamp) -> Option<Duration> {
        (deadline <= self.now()).then_some(Duration::ZERO)
    }

    fn alarm(&self, kind: AlarmKind, wake: Wake) -> Alarm {
        self.alarms.add(kind, wake)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Work;

    fn at(milliseconds: u64) -> Timestamp {
        Timestamp::from_millis(milliseconds)
    }

    #[test]
    fn stands_still_and_never_goes_back() {
        let clock = ManualClock::new(at(1000));
        assert_eq!((clock.now(), clock.start()), (at(1000), at(1000)));
        clock.move_to(at(500));
        assert_eq!(clock.now(), at(1000));
        clock.move_to(at(1500));
        assert_eq!(clock.now(), at(1500));
        assert_eq!(clock.real_time_until(at(1501)), None);
        assert_eq!(clock.real_time_until(at(1500)), Some(Duration::ZERO));
    }

    #[test]
    fn alarms_come_by_instant_then_queues_before_crons_before_timers() {
        let clock = ManualClock::new(at(0));
        let alarm = |kind| clock.alarm(kind, Box::new(drop));
        let (timers, crons, queues) =
            (alarm(AlarmKind::Timers), alarm(AlarmKind::Crons), alarm(AlarmKind::Queues));
        let early = alarm(AlarmKind::Timers);
        timers.set(Some(at(7)));
        crons.set(Some(at(7)));
        queues.set(Some(at(7)));
        early.set(Some(at(6)));
        let order = |clock: &ManualClock| -> Vec<_> {
            clock.alarms().due().iter().map(|due| (due.at.as_millis(), due.kind)).collect()
        };
        let expected =
            [(6, AlarmKind::Timers), (7, AlarmKind::Queues), (7, AlarmKind::Crons), (7, AlarmKind::Timers)];
        assert_eq!(order(&clock), expected);
        drop(early);
        crons.set(None);
        assert_eq!(order(&clock), [expected[1], expected[3]]);
    }

    #[test]
    fn ringing_hands_the_work_over() {
        let (clock, work) = (ManualClock::new(at(0)), Work::default());
        let (sender, receiver) = std::sync::mpsc::channel();
        let alarm = clock.alarm(AlarmKind::Queues, Box::new(move |busy| drop(sender.send(busy))));
        alarm.set(Some(at(1)));
        let due = clock.alarms().due()[0];
        clock.alarms().ring(due, work.begin());
        assert!(!work.is_settled());
        drop(receiver.try_recv());
        assert!(work.is_settled());
        drop(alarm);
        clock.alarms().ring(due, work.begin());
        assert!(work.is_settled());
    }
}
