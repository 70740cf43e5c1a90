//! What a person asks of a session.

use std::path::PathBuf;

use super::session_clock::ClockChoice;
use crate::chaos::Dice;

/// The choices of the command line; what is `None` is left to the configuration or the default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionOptions {
    /// The configuration files; the first is the primary one. Empty: the nearest one is looked for.
    pub configs: Vec<PathBuf>,
    /// The entry point in place of the `main` of the configuration, of which there may be one only then.
    pub script: Option<PathBuf>,
    /// The environment to choose in each of them.
    pub environment: Option<String>,
    /// The host name or address to listen on.
    pub ip: Option<String>,
    /// The ports to listen on, of the workers in the order of their configurations; 0 picks a free one, as the last
    /// one also for workers beyond, in place of the ports of their configurations.
    pub ports: Vec<u16>,
    /// The folder that state is kept in, relative to the working directory.
    pub persist_to: Option<PathBuf>,
    /// Variables, each `NAME:value`.
    pub vars: Vec<String>,
    /// Files with variables, which replace `.dev.vars` and `.env`.
    pub env_files: Vec<PathBuf>,
    /// Most messages a second that one queue takes; production takes 5,000. `None` takes all that come.
    pub messages_per_second: Option<u32>,
    /// What callers of the REST API must present; anybody on this machine may call without one.
    pub api_token: Option<String>,
    /// The clock that everything in the session goes by.
    pub clock: ClockChoice,
    /// The faults to make; `None` makes none.
    pub chaos: Option<Dice>,
    /// The file to record the session in.
    pub record: Option<PathBuf>,
    /// Whether nothing of the session is kept: its end then waits for no handler.
    pub discarded: bool,
    /// Whether nothing is delivered from the queues: whoever has the session does it.
    pub holds_deliveries: bool,
    /// Whether cron triggers fire when they are due; with a clock that is moved they always do.
    pub crons: bool,
    /// Whether `/__scheduled` runs `scheduled()`.
    pub test_scheduled: bool,
    /// Whether files are watched.
    pub watch: bool,
    /// The folder for machine code that is kept between runs.
    pub cache_directory: PathBuf,
}

impl SessionOptions {
    /// Whether cron triggers fire when they are due. Whoever moves a clock wants what lies on the way to happen,
    /// unless it only follows deliveries of before.
    pub fn fires_crons(&self) -> bool {
        self.crons || (self.clock != ClockChoice::System && !self.holds_deliveries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crons_fire_when_it_is_asked_for_and_on_a_clock_that_is_moved() {
        let fires = |crons, clock| SessionOptions { crons, clock, ..Default::default() }.fires_crons();
        assert!(!fires(false, ClockChoice::System));
        assert!(fires(true, ClockChoice::System));
        assert!(fires(false, ClockChoice::Manual { start: None }));
        assert!(fires(false, ClockChoice::Automatic { start: None }));
        let clock = ClockChoice::Manual { start: None };
        assert!(!SessionOptions { clock, holds_deliveries: true, ..Default::default() }.fires_crons());
    }
}
