//! The state directory and the queues in it.

use std::path::{Path, PathBuf};

use crate::broker::storage::{MemoryStorage, SqliteStorage};
use crate::broker::{Broker, BrokerOptions, OpenError, StateOptions};

/// The queues of a state directory.
pub struct State {
    /// The queues.
    pub broker: Broker,
    /// The folder.
    pub directory: PathBuf,
}

impl State {
    /// Opens the queues, in this process or through the one that has them. May take some seconds.
    ///
    /// # Errors
    ///
    /// When the folder cannot be written, what is in it cannot be read, or the process that has it cannot be
    /// reached; the error names the path and the remedy.
    pub fn open(options: StateOptions) -> Result<Self, OpenError> {
        let directory = options.directory.clone();
        Ok(Self { broker: Broker::open(options)?, directory })
    }

    /// The same for those who only look: where no state is yet, there are no queues, and nothing is written.
    ///
    /// # Errors
    ///
    /// As for [`State::open`].
    pub fn open_existing(options: StateOptions) -> Result<Self, OpenError> {
        if Self::exists(&options.directory) {
            return Self::open(options);
        }
        let memory = BrokerOptions::new(Box::new(MemoryStorage::default()), options.clock);
        Ok(Self { broker: Broker::start(memory)?, directory: options.directory })
    }

    /// Whether queues were ever kept in this folder.
    pub fn exists(directory: &Path) -> bool {
        SqliteStorage::exists(directory)
    }
}
