//! The arguments that say which clock a session goes by.

use clap::{Args, ValueEnum};

use crate::base::Timestamp;
use crate::base::time_text::parse_instant;
use crate::dev::ClockChoice;

/// Which clock, and what it shows at first.
#[derive(Clone, Debug, Default, Args)]
pub struct ClockArguments {
    /// The clock of queues, crons and Workers: real time, or one that tests move with `qemu-dev clock`
    #[arg(long, value_enum, value_name = "CLOCK", default_value_t = ClockName::System)]
    clock: ClockName,
    /// What a clock that is moved shows at first, as 2027-01-01T00:00:00Z [default: the time of day]
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant)]
    clock_start: Option<Timestamp>,
}

/// The clocks there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum ClockName {
    /// Real time
    #[default]
    System,
    /// Stands still until it is moved
    Manual,
    /// As manual, and skips to the next deadline whenever nothing runs and something waits for it
    Auto,
}

impl ClockArguments {
    /// The clock that is asked for.
    ///
    /// # Errors
    ///
    /// When real time is to begin elsewhere.
    pub fn choice(&self) -> Result<ClockChoice, String> {
        match (self.clock, self.clock_start) {
            (ClockName::System, None) => Ok(ClockChoice::System),
            (ClockName::System, Some(_)) => {
                Err("--clock-start needs a clock that can be set: add --clock manual or --clock auto"
                    .to_owned())
            }
            (ClockName::Manual, start) => Ok(ClockChoice::Manual { start }),
            (ClockName::Auto, start) => Ok(ClockChoice::Automatic { start }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_needs_a_clock_that_can_be_set() {
        let start = Some(Timestamp::from_millis(7));
        let choice = |clock| ClockArguments { clock, clock_start: start }.choice();
        assert!(choice(ClockName::System).unwrap_err().contains("--clock manual"));
        assert_eq!(choice(ClockName::Manual), Ok(ClockChoice::Manual { start }));
        assert_eq!(choice(ClockName::Auto), Ok(ClockChoice::Automatic { start }));
        assert_eq!(ClockArguments::default().choice(), Ok(ClockChoice::System));
    }
}
