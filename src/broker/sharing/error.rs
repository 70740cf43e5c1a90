//! Why the queues of a state directory could not be reached. Every text names the path and the remedy.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::handshake::VERSION;
use crate::broker::storage::{LockError, StorageError};

/// The queues of a state directory could not be opened, nor their owner be reached.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be used.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// What is in it cannot be read or written.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The owner has not said where it listens.
    #[error(
        "{} is held by another process{}, which does not say where it can be reached (there is no {}); \
         stop it, or choose another folder with --persist-to",
        lock.display(), in_process(*process), address.display()
    )]
    NoAddress {
        /// The lock's file.
        lock: PathBuf,
        /// The process that holds it, where it could be read.
        process: Option<u32>,
        /// Where the address should be.
        address: PathBuf,
    },
    /// The file with the address cannot be read.
    #[error(
        "{} does not say where the process that holds these queues{} can be reached: {cause}; \
         stop that process, or choose another folder with --persist-to",
        address.display(), in_process(*process)
    )]
    Address {
        /// The file.
        address: PathBuf,
        /// The process that holds the lock, where it could be read.
        process: Option<u32>,
        /// What is wrong.
        cause: io::Error,
    },
    /// The owner does not answer.
    #[error(
        "process {process}, which holds these queues according to {}, does not answer: {cause}; \
         stop it if it hangs, or choose another folder with --persist-to",
        address.display()
    )]
    Unanswered {
        /// The file with its address.
        address: PathBuf,
        /// The process.
        process: u32,
        /// What the system said.
        cause: io::Error,
    },
    /// The owner lives and says nothing.
    #[error(
        "the process that holds the queues in {}{} has said nothing for {patience:?}: it may be stopped, as by Ctrl-Z, \
         or wait for its disk. Let it go on, or end it, and another session takes over. Whether what was asked for is \
         done is not known",
        directory.display(), in_process(*process)
    )]
    Silent {
        /// The state directory.
        directory: PathBuf,
        /// The process, where it could be read.
        process: Option<u32>,
        /// How long it was waited for.
        patience: Duration,
    },
    /// The owner does not take the secret.
    #[error(
        "process {process} does not accept the secret in {}: the file is not its own; \
         stop that process and start again, or choose another folder with --persist-to",
        address.display()
    )]
    Secret {
        /// The file with the secret.
        address: PathBuf,
        /// The process.
        process: u32,
    },
    /// The owner is another version of this program.
    #[error(
        "the queues in {} are held by qemu-dev {theirs} (process {process}), this is qemu-dev {VERSION}; \
         use the same version for both, or choose another folder with --persist-to",
        directory.display()
    )]
    OtherVersion {
        /// The state directory.
        directory: PathBuf,
        /// The process.
        process: u32,
        /// Its version.
        theirs: String,
    },
    /// This process has a clock of its own.
    #[error(
        "the queues in {} are held by process {process}, whose clock decides when messages are due; a session \
         with a clock that is set by hand needs queues of its own: choose another folder with --persist-to",
        directory.display()
    )]
    OwnClock {
        /// The state directory.
        directory: PathBuf,
        /// The process.
        process: u32,
    },
    /// The owner's clock is set by hand, and this is a session, whose Workers would see another time.
    #[error(
        "the queues in {} are held by process {process}, whose clock is set by hand: the Workers of this session \
         would see another time; add this configuration to that session with a further -c, or choose another \
         folder with --persist-to",
        directory.display()
    )]
    ForeignClock {
        /// The state directory.
        directory: PathBuf,
        /// The process.
        process: u32,
    },
}

impl OpenError {
    /// Whether waiting will not help.
    pub(super) fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Lock(LockError::Unusable { .. })
                | Self::Storage(_)
                | Self::OtherVersion { .. }
                | Self::OwnClock { .. }
                | Self::ForeignClock { .. }
        )
    }
}

fn in_process(process: Option<u32>) -> String {
    process.map(|process| format!(" (process {process})")).unwrap_or_default()
}
