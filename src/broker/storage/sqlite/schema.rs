//! The file's schema and how it came to be.
//!
//! A message is two rows. The narrow one holds all that decides about it and is read whole at the start;
//! the wide one holds the body and is read when the message is delivered. What never changes of a message is
//! packed in its `head`, what changes with its attempts in `progress`: reading a row costs by the column, and
//! millions of them are read before the first delivery.

use std::path::Path;

use rusqlite::Connection;

use super::explain;
use crate::broker::storage::StorageError;

/// Each step brings the schema to the next version. Steps are only ever added: files in use have run the
/// earlier ones.
const MIGRATIONS: [&str; 2] = [
    "
    CREATE TABLE queue (
        number INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        id BLOB NOT NULL,
        delivery_delay_seconds INTEGER NOT NULL,
        delivery_paused INTEGER NOT NULL,
        retention_seconds INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        modified_at INTEGER NOT NULL,
        source TEXT NOT NULL,
        purged_at INTEGER,
        consumer TEXT,
        declared_consumer TEXT
    ) STRICT;
    CREATE TABLE message (
        sequence INTEGER PRIMARY KEY,
        queue INTEGER NOT NULL,
        due INTEGER NOT NULL,
        progress INTEGER NOT NULL,
        head BLOB NOT NULL
    ) STRICT;
    CREATE TABLE body (
        sequence INTEGER PRIMARY KEY,
        body BLOB NOT NULL,
        origin INTEGER NOT NULL,
        delay_seconds INTEGER
    ) STRICT;
    CREATE TABLE damaged (
        sequence INTEGER PRIMARY KEY,
        queue TEXT NOT NULL,
        reason TEXT NOT NULL,
        row TEXT NOT NULL,
        body BLOB
    ) STRICT;
    ",
    // The id of the queue that a dead letter comes from.
    "ALTER TABLE body ADD COLUMN dead_letter_of BLOB;",
];

/// Brings the file to the newest version.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StorageError> {
    let failed = |error: rusqlite::Error| explain(path, &error);
    let version: u32 =
        connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failed)?;
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    if version > known {
        return Err(StorageError::TooNew { path: path.to_owned(), found: version, known });
    }
    for (step, sql) in (version + 1..).zip(&MIGRATIONS[version as usize..]) {
        let transaction = connection.transaction().map_err(failed)?;
        transaction.execute_batch(sql).map_err(failed)?;
        transaction.pragma_update(None, "user_version", step).map_err(failed)?;
        transaction.commit().map_err(failed)?;
    }
    Ok(())
}
