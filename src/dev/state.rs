//! The state directory and the queues in it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::Clock;
use crate::broker::storage::{LockError, SqliteStorage, StateLock};
use crate::broker::{Broker, BrokerOptions, Observer, StorageError};

/// The queues could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The folder cannot be held.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// What is in it cannot be read or written.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// The queues of a session, and the hold on the folder they are kept in.
pub struct State {
    /// The queues.
    pub broker: Broker,
    /// The folder.
    pub directory: PathBuf,
    /// Keeps other sessions out as long as it lives.
    _lock: StateLock,
}

impl State {
    /// Opens the queues in `directory`, which is made if it is missing.
    ///
    /// # Errors
    ///
    /// When the folder cannot be written, another session holds it, or what is in it cannot be read; the
    /// error names the path and the remedy.
    pub fn open(
        directory: &Path,
        clock: Arc<dyn Clock>,
        observer: Arc<dyn Observer>,
        messages_per_second: Option<u32>,
    ) -> Result<Self, StateError> {
        let lock = StateLock::acquire(directory)?;
        let storage = SqliteStorage::open(directory)?;
        let broker = Broker::start(BrokerOptions {
            observer,
            messages_per_second,
            ..BrokerOptions::new(Box::new(storage), clock)
        })?;
        Ok(Self { broker, directory: directory.to_owned(), _lock: lock })
    }
}
