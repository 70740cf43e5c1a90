//! Instants as the broker, the guests and the storage share them.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::alarm::{Alarm, AlarmKind, Wake};

/// Milliseconds since the Unix epoch. Message timestamps, deadlines and the guests' `Date.now()` all
/// are on this one scale, so that a session can run on real or on manual time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The instant `milliseconds` after the Unix epoch.
    pub const fn from_millis(milliseconds: u64) -> Self {
        Self(milliseconds)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The instant `milliseconds` later, or the last representable one.
    pub const fn plus_millis(self, milliseconds: u64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// The instant `seconds` later, or the last representable one.
    pub const fn plus_seconds(self, seconds: u64) -> Self {
        self.plus_millis(seconds.saturating_mul(1000))
    }

    /// How long after `earlier` this is; zero when it is not later.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)
    }
}

/// Where a session's "now" comes from.
///
/// The broker's core never reads a clock: its driver does, through this trait, and hands `now` down.
pub trait Clock: Send + Sync + 'static {
    /// The current instant. Never goes backwards within a session.
    fn now(&self) -> Timestamp;

    /// How long to wait, in real time, until `deadline` may have come; `None` when waiting does not
    /// bring it nearer, as with a clock that is advanced by hand.
    fn real_time_until(&self, deadline: Timestamp) -> Option<Duration>;

    /// A place among those who are woken when the clock is moved by hand. A clock that goes by itself wakes
    /// nobody: whoever waits does so for [`Clock::real_time_until`].
    fn alarm(&self, _kind: AlarmKind, _wake: Wake) -> Alarm {
        Alarm::default()
    }
}
