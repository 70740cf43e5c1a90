//! The state directory and the queues in it.

use std::path::PathBuf;

use crate::broker::{Broker, OpenError, StateOptions};

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
}
