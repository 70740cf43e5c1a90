//! The state directory and the queues in it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::session_clock::SessionClock;
use crate::base::Work;
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
    ///
    /// With a clock that is moved by hand commits are not synced to the disk: they survive the end of the
    /// process, and not that of the machine.
    pub fn open(
        directory: &Path,
        clock: &SessionClock,
        work: Work,
        observer: Arc<dyn Observer>,
        messages_per_second: Option<u32>,
    ) -> Result<Self, StateError> {
        let lock = StateLock::acquire(directory)?;
        let storage = SqliteStorage::open(directory)?;
        if clock.manual.is_some() {
            storage.stop_syncing()?;
        }
        let mut options = BrokerOptions::new(Box::new(storage), clock.clock.clone());
        if clock.manual.is_some() {
            // Time that does not pass by itself is not to be spent on the disk.
            options.outcome_linger = Duration::ZERO;
        }
        let broker = Broker::start(BrokerOptions { observer, messages_per_second, work, ..options })?;
        Ok(Self { broker, directory: directory.to_owned(), _lock: lock })
    }
}
