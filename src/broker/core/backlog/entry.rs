//! What is held in memory of one message: 80 bytes, no body.

use crate::base::{ContentType, MessageId, Timestamp};
use crate::broker::core::effects::{MessageHead, MessageState};
use crate::broker::core::identity::{QueueNumber, Sequence};
use crate::broker::core::row::{MessageRow, Record};

/// Where a message lies in the [`super::Slab`].
pub(in crate::broker::core) type Slot = u32;

/// No slot.
pub(super) const NOWHERE: Slot = Slot::MAX;

/// Neighbours in a [`super::list::List`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Links {
    pub before: Slot,
    pub after: Slot,
}

impl Links {
    pub const NONE: Self = Self { before: NOWHERE, after: NOWHERE };
}

/// Where a message is in its queue. Only a pull's lease is written to disk: a worker's delivery dies with
/// the process, and its messages are then ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::broker::core) enum State {
    Ready,
    Delayed,
    /// Held by a delivery to a worker.
    Delivered,
    /// Leased by a pull until `due`.
    Pulled,
}

/// One message.
#[derive(Clone, Copy, Debug)]
pub(in crate::broker::core) struct Entry {
    pub sequence: Sequence,
    pub id: MessageId,
    pub timestamp: Timestamp,
    pub retained_since: Timestamp,
    /// When it became or becomes ready, or when its lease ends.
    pub due: Timestamp,
    pub(super) links: [Links; 2],
    pub size: u32,
    /// How often it has been pulled.
    pub lease: u32,
    pub failures: u16,
    pub content_type: ContentType,
    pub state: State,
    /// Leased beyond its retention: out of the list of ages, deleted when the lease ends.
    pub(super) overdue: bool,
    /// In the set of messages older than those sent before them.
    pub(super) straggler: bool,
}

impl Entry {
    pub fn from_row(row: &MessageRow, state: State) -> Self {
        Self {
            sequence: row.sequence,
            id: row.id,
            timestamp: row.timestamp,
            retained_since: row.retained_since,
            due: row.due,
            links: [Links::NONE; 2],
            size: row.size,
            lease: row.lease,
            failures: u16::try_from(row.failures).unwrap_or(u16::MAX),
            content_type: row.content_type,
            state,
            overdue: false,
            straggler: false,
        }
    }

    /// The row that is on disk, or is to be.
    pub fn row(&self, queue: QueueNumber) -> MessageRow {
        MessageRow {
            sequence: self.sequence,
            queue,
            id: self.id,
            timestamp: self.timestamp,
            retained_since: self.retained_since,
            due: self.due,
            size: self.size,
            failures: u32::from(self.failures),
            content_type: self.content_type,
            lease: self.lease,
            leased: self.state == State::Pulled,
        }
    }

    /// The change of what is on disk.
    pub fn changed(&self) -> Record {
        Record::Changed {
            sequence: self.sequence,
            due: self.due,
            failures: u32::from(self.failures),
            lease: self.lease,
            leased: self.state == State::Pulled,
        }
    }

    /// The message as the delivery that begins or is running shows it.
    pub fn head(&self) -> MessageHead {
        MessageHead {
            sequence: self.sequence,
            id: self.id,
            timestamp: self.timestamp,
            attempts: u32::from(self.failures) + 1,
            content_type: self.content_type,
        }
    }

    /// Whether a consumer holds it.
    pub fn is_leased(&self) -> bool {
        matches!(self.state, State::Delivered | State::Pulled)
    }

    /// Where it is, as people are told.
    pub fn public_state(&self) -> MessageState {
        match self.state {
            State::Ready => MessageState::Ready,
            State::Delayed => MessageState::Delayed,
            State::Delivered | State::Pulled => MessageState::Leased,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_million_messages_fit_in_one_gigabyte() {
        assert!(size_of::<Entry>() <= 80);
    }
}
