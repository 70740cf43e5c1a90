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
const MIGRATIONS: [Step; 3] = [
    Step::Sql(
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
    ),
    // The id of the queue that a dead letter comes from.
    Step::Sql("ALTER TABLE body ADD COLUMN dead_letter_of BLOB;"),
    Step::Shrinkable,
];

/// Brings the file to the newest version: each step in one transaction, with its number.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StorageError> {
    let failed = |error: rusqlite::Error| explain(path, &error);
    let version: u32 =
        connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failed)?;
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    if version > known {
        return Err(StorageError::TooNew { path: path.to_owned(), found: version, known });
    }
    for (number, step) in (version + 1..).zip(&MIGRATIONS[version as usize..]) {
        step.run(connection, number).map_err(failed)?;
    }
    Ok(())
}

/// One step of the schema.
enum Step {
    Sql(&'static str),
    /// From here on the file can give back space that it does not use. A file that was made before is written
    /// anew for that, once, which SQLite does wholly or not at all.
    Shrinkable,
}

impl Step {
    fn run(&self, connection: &mut Connection, number: u32) -> rusqlite::Result<()> {
        if matches!(self, Self::Shrinkable) && !is_shrinkable(connection)? {
            // The copy must not be kept in memory.
            connection
                .execute_batch("PRAGMA temp_store = FILE; PRAGMA auto_vacuum = INCREMENTAL; VACUUM;")?;
        }
        let transaction = connection.transaction()?;
        if let Self::Sql(sql) = self {
            transaction.execute_batch(sql)?;
        }
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()
    }
}

fn is_shrinkable(connection: &Connection) -> rusqlite::Result<bool> {
    let incremental = 2;
    connection.pragma_query_value(None, "auto_vacuum", |row| Ok(row.get::<_, u32>(0)? == incremental))
}
