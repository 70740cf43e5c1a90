//! The queues in one SQLite file, `queues.sqlite`: write-ahead log, every commit synced to the disk.

mod bodies;
mod codes;
mod commit;
mod load;
mod load_messages;
mod payload;
mod presence;
mod schema;
mod shrink;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use presence::Identity;

use super::{DamagedRow, Loaded, Storage, StorageError};
use crate::broker::core::{Payload, Record, Sequence};

/// How long another program may hold the file before that is an error.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);
/// Statements kept prepared.
const STATEMENTS_MAX: usize = 32;
/// The file in the state directory.
const FILE_NAME: &str = "queues.sqlite";
/// What becomes of a queue whose row is damaged.
const QUEUE_REMEDY: &str = "the queue goes on with its messages, the default for what is unreadable, and what the \
                            configuration declares; `qemu-dev queues info` shows it";

/// The queues in one SQLite file.
#[derive(Debug)]
pub struct SqliteStorage {
    path: PathBuf,
    connection: Connection,
    identity: Identity,
}

impl SqliteStorage {
    /// Whether queues were ever kept in this directory.
    pub fn exists(directory: &Path) -> bool {
        directory.join(FILE_NAME).exists()
    }

    /// Opens or makes `queues.sqlite` in this directory, which is made if it is missing.
    ///
    /// # Errors
    /// When the file cannot be used; the error names it and the remedy.
    pub fn open(directory: &Path) -> Result<Self, StorageError> {
        let path = directory.join(FILE_NAME);
        std::fs::create_dir_all(directory)
            .map_err(|error| StorageError::ReadOnly { path: path.clone(), cause: error.to_string() })?;
        let mut connection = connect(&path).map_err(|error| explain(&path, &error))?;
        schema::migrate(&mut connection, &path)?;
        connection.execute_batch("PRAGMA temp_store = MEMORY").map_err(|error| explain(&path, &error))?;
        let identity = Identity::of(&path)
            .map_err(|error| StorageError::Other { path: path.clone(), cause: error.to_string() })?;
        Ok(Self { path, connection, identity })
    }

    /// From now on commits are not synced to the disk: they survive the end of the process, and not that of the
    /// machine.
    ///
    /// # Errors
    /// When the file cannot be used.
    pub fn stop_syncing(&self) -> Result<(), StorageError> {
        let stopped = self.connection.execute_batch("PRAGMA synchronous = OFF");
        stopped.map_err(|error| explain(&self.path, &error))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    // Takes effect in a new file only. Bodies of about 1 KB fill such pages well, and a large backlog then
    // takes fewer writes.
    connection.execute_batch("PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL;")?;
    // The answer to this one is a row.
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA cache_size = -16000; PRAGMA wal_autocheckpoint = 2000;
         PRAGMA journal_size_limit = 67108864;",
    )?;
    Ok(connection)
}

impl Storage for SqliteStorage {
    fn load(&mut self, take: &mut dyn FnMut(Loaded)) -> Result<(), StorageError> {
        let aside = self.aside().unwrap_or_default();
        let mut take = |loaded| match loaded {
            Loaded::Damaged(row) if !row.message.is_empty() => {
                let reason = format!("{}; {aside}", row.reason);
                take(Loaded::Damaged(DamagedRow { reason, ..row }));
            }
            Loaded::Damaged(row) => {
                let reason = format!("{} in {}; {QUEUE_REMEDY}", row.reason, self.path.display());
                take(Loaded::Damaged(DamagedRow { reason, ..row }));
            }
            loaded => take(loaded),
        };
        load::load(&mut self.connection, &mut take).map_err(|error| explain(&self.path, &error))
    }

    fn commit(&mut self, records: &[Record]) -> Result<(), StorageError> {
        self.check()?;
        commit::commit(&mut self.connection, records).map_err(|error| explain(&self.path, &error))
    }

    fn payloads(&mut self, sequences: &[Sequence]) -> Result<Vec<Option<Payload>>, StorageError> {
        payload::read(&self.connection, sequences).map_err(|error| explain(&self.path, &error))
    }

    fn check(&self) -> Result<(), StorageError> {
        if self.identity.is_at(&self.path) {
            return Ok(());
        }
        Err(StorageError::Gone { path: self.path.clone() })
    }

    fn can_vanish(&self) -> bool {
        true
    }

    fn aside(&self) -> Option<String> {
        let path = self.path.display();
        Some(format!(
            "what is left of it is in the table \"damaged\" of {path} (`sqlite3 {path} 'SELECT * FROM damaged'`); \
             send it again, or restore a copy of the file"
        ))
    }

    fn shrink(&mut self) -> Result<bool, StorageError> {
        shrink::shrink(&self.connection).map_err(|error| explain(&self.path, &error))
    }

    fn close(&mut self) {
        // Folds the log into the file and lets the next start be quick; without it nothing is lost.
        drop(self.connection.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);"));
    }
}

/// Whether a part of the file is damaged.
fn is_damage(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt)
}

/// Says what SQLite means in terms of the file and the remedy.
fn explain(path: &Path, error: &rusqlite::Error) -> StorageError {
    let (path, cause) = (path.to_owned(), error.to_string());
    match error.sqlite_error_code() {
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            StorageError::ReadOnly { path, cause }
        }
        Some(ErrorCode::DiskFull) => StorageError::Full { path },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed) => {
            StorageError::Locked { path }
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StorageError::Damaged { path, cause },
        _ => StorageError::Other { path, cause },
    }
}

#[cfg(test)]
mod tests;
