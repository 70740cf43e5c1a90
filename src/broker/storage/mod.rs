//! Keeping the queues' rows: in memory, or durably in one SQLite file.

#[cfg(test)]
mod contract;
mod error;
#[cfg(test)]
pub(super) mod faulty;
pub mod lock;
mod memory;
mod sqlite;

pub use error::{StorageError, StorageFailure};
pub use lock::{LockError, StateLock};
pub use memory::MemoryStorage;
pub use sqlite::SqliteStorage;

use super::core::{MessageRow, Payload, QueueRow, Record, Sequence};

/// Keeps rows.
///
/// What [`Storage::commit`] has accepted survives the end of the process (where the storage is durable at
/// all); what it has refused has left no trace.
pub trait Storage: Send {
    /// Hands every row to `take`: queues first, then messages by sequence, and what is damaged.
    ///
    /// # Errors
    /// When the rows cannot be read at all. A single damaged row is no error: it is set aside and handed
    /// over as [`Loaded::Damaged`].
    fn load(&mut self, take: &mut dyn FnMut(Loaded)) -> Result<(), StorageError>;

    /// Makes all records durable, in order, or none.
    ///
    /// # Errors
    /// When that is not possible; then nothing has changed.
    fn commit(&mut self, records: &[Record]) -> Result<(), StorageError>;

    /// Reads what goes with each of these messages; `None` where there is nothing or it is damaged.
    ///
    /// # Errors
    /// When nothing can be read at all.
    fn payloads(&mut self, sequences: &[Sequence]) -> Result<Vec<Option<Payload>>, StorageError>;

    /// Where what is left of a message that was set aside is found, and what to do about it; `None` where nothing
    /// is kept.
    fn aside(&self) -> Option<String> {
        None
    }

    /// Whether what is stored can still be found at the next start; asked now and then when there is nothing to do. A
    /// commit asks by itself.
    ///
    /// # Errors
    /// When it cannot, because somebody took it away.
    fn check(&self) -> Result<(), StorageError> {
        Ok(())
    }

    /// Whether [`Storage::check`] can say anything but yes.
    fn can_vanish(&self) -> bool {
        false
    }

    /// Gives back a little of the space that is not used any more, in some milliseconds; whether there is
    /// more to give back. Called when there is nothing else to do.
    ///
    /// # Errors
    /// When that is not possible; nothing is lost.
    fn shrink(&mut self) -> Result<bool, StorageError> {
        Ok(false)
    }

    /// Closes in good order; not needed for durability.
    fn close(&mut self) {}
}

/// A row that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loaded {
    /// A queue.
    Queue(Box<QueueRow>),
    /// Some messages.
    Messages(Vec<MessageRow>),
    /// A row that cannot be read and has been set aside.
    Damaged(DamagedRow),
    /// A number that no new message may have: something under it is still kept.
    Taken(Sequence),
}

/// A row that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DamagedRow {
    /// The queue's name, or its number when even that is unreadable.
    pub queue: String,
    /// The message's id, or its sequence; empty for a queue's row.
    pub message: String,
    /// What is wrong with it.
    pub reason: String,
}
