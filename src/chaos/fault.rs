//! The kinds of faults, and the name of each single one.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultKind {
    /// A message is delivered again after its acknowledgement.
    Duplicate,
    /// The messages of a delivery are in another order.
    ReorderBatch,
    /// A message is overtaken by those sent after it: it becomes visible a second later.
    ReorderMessage,
    /// A message becomes visible later.
    Delay,
    /// The outcome of a delivery is lost: its messages are delivered again.
    DropAck,
    /// The isolate dies, before or after the handler ran.
    CrashIsolate,
    /// A send is rejected, before or after its messages were stored.
    FailSend,
}

impl FaultKind {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::Duplicate,
        Self::ReorderBatch,
        Self::ReorderMessage,
        Self::Delay,
        Self::DropAck,
        Self::CrashIsolate,
        Self::FailSend,
    ];

    /// The kind's name in reports and in `only=`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Duplicate => "duplicate",
            Self::ReorderBatch => "reorder-batch",
            Self::ReorderMessage => "reorder-message",
            Self::Delay => "delay",
            Self::DropAck => "drop-ack",
            Self::CrashIsolate => "crash-isolate",
            Self::FailSend => "fail-send",
        }
    }
}

/// The name of one fault, the same in every run with the same seed: `duplicate:orders:17:1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// In which queue.
    pub queue: Arc<str>,
    /// The number of the message, from 1, in the order in which the queue's messages are first sent (faults
    /// of sends) or first delivered (all others). For a fault of a whole delivery, its first message; for a
    /// failed send, the number of the send.
    pub message: u64,
    /// The attempt of that message, from 1; 1 for faults of sends.
    pub attempt: u32,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}:{}:{}", self.kind.name(), self.queue, self.message, self.attempt)
    }
}

/// A text names no fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a fault is KIND:QUEUE:MESSAGE:ATTEMPT, such as duplicate:orders:17:1")]
pub struct UnknownFault;

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.split(':').collect();
        let [kind, queue, message, attempt] = parts[..] else { return Err(UnknownFault) };
        let kind = FaultKind::ALL.into_iter().find(|each| each.name() == kind).ok_or(UnknownFault)?;
        let message = message.parse().map_err(|_| UnknownFault)?;
        let attempt = attempt.parse().map_err(|_| UnknownFault)?;
        if queue.is_empty() {
            return Err(UnknownFault);
        }
        Ok(Self { kind, queue: queue.into(), message, attempt })
    }
}

/// A fault that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InjectedFault {
    /// Its name.
    pub fault: Fault,
    /// What it does, for a person.
    pub effect: String,
}

impl fmt::Display for InjectedFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CHAOS {}: {}", self.fault, self.effect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_name_that_reads_back() {
        for kind in FaultKind::ALL {
            let fault = Fault { kind, queue: "orders".into(), message: 17, attempt: 2 };
            assert_eq!(fault.to_string().parse(), Ok(fault));
        }
        for wrong in
            ["", "duplicate", "duplicate:q:1", "other:q:1:1", "delay::1:1", "delay:q:x:1", "delay:q:1:1:1"]
        {
            assert_eq!(wrong.parse::<Fault>(), Err(UnknownFault), "{wrong}");
        }
    }
}
