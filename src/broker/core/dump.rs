//! The whole state, scanned, for tests.

use super::backlog::State;
use super::{Core, MessageRow, QueueRow};

/// A queue and its messages.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::broker) struct QueueDump {
    pub row: QueueRow,
    pub messages: Vec<(MessageRow, DumpedState)>,
    /// The ready messages, in the order in which they will be delivered.
    pub ready: Vec<MessageRow>,
    pub running: u32,
    pub concurrency: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::broker) enum DumpedState {
    Ready,
    Delayed,
    Delivered,
    Pulled,
}

impl From<State> for DumpedState {
    fn from(state: State) -> Self {
        match state {
            State::Ready => Self::Ready,
            State::Delayed => Self::Delayed,
            State::Delivered => Self::Delivered,
            State::Pulled => Self::Pulled,
        }
    }
}

impl Core {
    /// Everything, after checking that counts equal scans.
    pub(in crate::broker) fn dump(&self) -> Vec<QueueDump> {
        self.queues
            .iter()
            .map(|(number, queue)| {
                queue.backlog.check(self.now);
                assert_eq!(queue.deadline.is_some(), self.has_deadline(*number), "deadline of {number:?}");
                QueueDump {
                    row: queue.row.clone(),
                    messages: queue
                        .backlog
                        .all()
                        .map(|entry| (entry.row(*number), entry.state.into()))
                        .collect(),
                    ready: queue.backlog.by_readiness().map(|entry| entry.row(*number)).collect(),
                    running: queue.concurrency.running(),
                    concurrency: queue.concurrency.limit(),
                }
            })
            .collect()
    }

    fn has_deadline(&self, number: super::QueueNumber) -> bool {
        let mut places = self.deadlines.iter().filter(|(_, queue)| *queue == number);
        let found = places.next().is_some();
        assert!(places.next().is_none(), "{number:?} is in the index twice");
        found
    }
}
