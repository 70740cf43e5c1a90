//! What must not happen in a run.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// What makes a run fail, beside its command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailureKind {
    /// A message went to a dead letter queue.
    DeadLetter,
    /// A message was deleted after its last attempt, or at the end of its retention.
    Dropped,
    /// A Worker threw and nobody caught it, or passed a limit.
    Exception,
    /// A queue with a consumer still held messages at the end.
    Undelivered,
    /// The queues were not empty in the time that they were given.
    Drain,
}

impl FailureKind {
    /// Those that `--fail-on` can name.
    pub const CONDITIONS: [Self; 4] = [Self::DeadLetter, Self::Dropped, Self::Exception, Self::Undelivered];

    /// What is to be, as the name of a test.
    pub const fn expectation(self) -> &'static str {
        match self {
            Self::DeadLetter => "no message goes to a dead letter queue",
            Self::Dropped => "no message is dropped",
            Self::Exception => "no exception is uncaught",
            Self::Undelivered => "every message is delivered",
            Self::Drain => "the queues drain",
        }
    }

    /// The kind's name in arguments and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DeadLetter => "dead-letter",
            Self::Dropped => "dropped",
            Self::Exception => "exception",
            Self::Undelivered => "undelivered",
            Self::Drain => "drain",
        }
    }
}

/// What `--fail-on` names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailOn(pub BTreeSet<FailureKind>);

impl FromStr for FailOn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split(',').map(str::trim).map(kind).collect::<Result<_, _>>().map(Self)
    }
}

fn kind(name: &str) -> Result<FailureKind, String> {
    let names: Vec<&str> = FailureKind::CONDITIONS.into_iter().map(FailureKind::name).collect();
    let found = FailureKind::CONDITIONS.into_iter().find(|kind| kind.name() == name);
    found.ok_or_else(|| format!("there is no condition {name:?}; there are {}", names.join(", ")))
}

/// Something that must not have happened, and did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What.
    pub kind: FailureKind,
    /// How often.
    pub count: u64,
    /// Each time, for a person; not all of them when they are many.
    pub details: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, plural) = (self.count, if self.count == 1 { "" } else { "s" });
        match self.kind {
            FailureKind::DeadLetter => {
                write!(formatter, "{count} message{plural} went to a dead letter queue")
            }
            FailureKind::Dropped => write!(formatter, "{count} message{plural} dropped"),
            FailureKind::Exception => write!(formatter, "{count} exception{plural} that no Worker caught"),
            FailureKind::Undelivered => write!(formatter, "{count} message{plural} not delivered"),
            FailureKind::Drain if count == 0 => {
                formatter.write_str("the queues did not drain: what runs did not end")
            }
            FailureKind::Drain => write!(formatter, "the queues did not drain: {count} message{plural} left"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_conditions_and_what_is_none() {
        let all: FailOn = "dead-letter,dropped, exception,undelivered".parse().unwrap();
        assert_eq!(all.0, BTreeSet::from(FailureKind::CONDITIONS));
        assert_eq!(
            "drain".parse::<FailOn>().unwrap_err().split(';').next(),
            Some("there is no condition \"drain\"")
        );
        assert!("".parse::<FailOn>().is_err());
    }
}
