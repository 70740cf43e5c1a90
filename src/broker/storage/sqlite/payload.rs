//! Reading bodies when their messages are delivered.

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Row};

use super::{codes, is_damage};
use crate::broker::core::{Payload, ResourceId, Sequence};

/// Reads all at once. Where a part of the file is damaged, each by itself: the others are intact.
pub(super) fn read(
    connection: &Connection,
    sequences: &[Sequence],
) -> rusqlite::Result<Vec<Option<Payload>>> {
    let together = read_together(connection, sequences);
    if !together.as_ref().is_err_and(is_damage) {
        return together;
    }
    let each = sequences.iter().map(|sequence| match read_together(connection, &[*sequence]) {
        Ok(mut found) => Ok(found.pop().flatten()),
        Err(error) if is_damage(&error) => Ok(None),
        Err(error) => Err(error),
    });
    each.collect()
}

fn read_together(connection: &Connection, sequences: &[Sequence]) -> rusqlite::Result<Vec<Option<Payload>>> {
    // One transaction: the file is locked and unlocked once, not for each body.
    let transaction = connection.unchecked_transaction()?;
    let sql = "SELECT body, origin, delay_seconds, dead_letter_of FROM body WHERE sequence = ?1";
    let mut statement = transaction.prepare_cached(sql)?;
    let mut payloads = Vec::with_capacity(sequences.len());
    for sequence in sequences {
        let found = statement.query_row([codes::integer(sequence.0)], |row| Ok(payload(row))).optional()?;
        payloads.push(found.flatten());
    }
    drop(statement);
    transaction.commit()?;
    Ok(payloads)
}

fn payload(row: &Row<'_>) -> Option<Payload> {
    Some(Payload {
        body: Bytes::copy_from_slice(row.get_ref(0).ok()?.as_blob().ok()?),
        origin: codes::origin(codes::unsigned(row.get_ref(1).ok()?)?)?,
        delay_seconds: codes::unsigned_32(row.get_ref(2).ok()?),
        dead_letter_of: codes::sixteen_bytes(row.get_ref(3).ok()?).map(ResourceId::from_bytes),
    })
}
