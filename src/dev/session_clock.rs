//! Which clock a session goes by.

use std::sync::Arc;

use super::system_clock::SystemClock;
use crate::base::{Clock, ManualClock, Timestamp};

/// The clock that is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClockChoice {
    /// Real time.
    #[default]
    System,
    /// It stands still until it is moved by hand.
    Manual {
        /// What it shows at first; `None` is the time of day.
        start: Option<Timestamp>,
    },
    /// It is moved on whenever nothing is being done and something waits for it, and by hand.
    Automatic {
        /// What it shows at first; `None` is the time of day.
        start: Option<Timestamp>,
    },
}

/// The clock of a session.
#[derive(Clone)]
pub struct SessionClock {
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The same clock, if it can be moved.
    pub manual: Option<Arc<ManualClock>>,
    /// Whether it is moved on by itself.
    pub automatic: bool,
}

impl SessionClock {
    /// Makes the clock that is asked for.
    pub fn new(choice: ClockChoice) -> Self {
        match choice {
            ClockChoice::System => {
                Self { clock: Arc::new(SystemClock::new()), manual: None, automatic: false }
            }
            ClockChoice::Manual { start } => Self::moved(start, false),
            ClockChoice::Automatic { start } => Self::moved(start, true),
        }
    }

    fn moved(start: Option<Timestamp>, automatic: bool) -> Self {
        let clock = Arc::new(ManualClock::new(start.unwrap_or_else(|| SystemClock::new().now())));
        Self { clock: clock.clone(), manual: Some(clock), automatic }
    }
}
