//! What can go wrong with the queues' file, and what to do about it.

use std::path::PathBuf;
use std::sync::Arc;

/// The queues could not be read or written. Every text names the path and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The folder or the file may not be written.
    #[error(
        "the queues' file {} cannot be written: {cause}; make its folder writable or choose another \
         with --persist-to",
        path.display()
    )]
    ReadOnly {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: String,
    },
    /// There is no space left.
    #[error(
        "there is no space left for the queues' file {}; free some space, the session goes on by itself",
        path.display()
    )]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// Another program holds the file.
    #[error(
        "the queues' file {} is locked by another program; close whatever has it open",
        path.display()
    )]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// The file is no database, or is damaged.
    #[error(
        "the queues' file {} is damaged: {cause}; move it away to start with empty queues, or restore \
         a copy (the command `sqlite3 {} .recover` may save what is left)",
        path.display(), path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        cause: String,
    },
    /// The file is not in its folder any more.
    #[error(
        "the queues' file {} was removed or replaced while it is in use: what was in it is gone, and nothing more is \
         stored; stop this session and start it again, which makes a new one",
        path.display()
    )]
    Gone {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a later version of this program.
    #[error(
        "the queues' file {} has schema version {found}, this program knows versions up to {known}; \
         use the newer program or choose another folder with --persist-to",
        path.display()
    )]
    TooNew {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: u32,
        /// The newest version this program knows.
        known: u32,
    },
    /// What the process that owns the queues says.
    #[error("{message}")]
    Told {
        /// Its words, which name the path and the remedy.
        message: String,
    },
    /// Anything else.
    #[error("the queues' file {} cannot be used: {cause}; check the disk and the folder", path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// What was said.
        cause: String,
    },
}

/// A [`StorageError`] that several waiting callers are told.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct StorageFailure(pub Arc<StorageError>);

impl StorageFailure {
    /// What the process that owns the queues says.
    pub(in crate::broker) fn told(message: String) -> Self {
        StorageError::Told { message }.into()
    }
}

impl From<StorageError> for StorageFailure {
    fn from(error: StorageError) -> Self {
        Self(Arc::new(error))
    }
}
