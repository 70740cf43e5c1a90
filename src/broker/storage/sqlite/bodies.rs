//! Deleting and moving bodies, also where a part of the file is damaged.
//!
//! SQLite walks through all pages of a body to delete or to move it, and when it cannot read one of them the whole
//! transaction is spoiled. So such bodies are found out before it and stay where they are, without a message.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension};

use super::{codes, is_damage};
use crate::broker::core::{QueueNumber, Record};

const READ_BODY: &str = "SELECT body FROM body WHERE sequence = ?1";
const DELETE_BODIES: &str = "DELETE FROM body WHERE sequence BETWEEN ?1 AND ?2";
const DELETE_BODIES_OF_QUEUE: &str =
    "DELETE FROM body WHERE sequence IN (SELECT sequence FROM message WHERE queue = ?1)";

/// The bodies of a file.
#[derive(Debug, Default)]
pub(super) struct Bodies {
    unreadable: BTreeSet<i64>,
}

impl Bodies {
    /// Looks which of these can be read; not to be asked within a transaction that writes.
    pub fn look(connection: &Connection, sequences: impl IntoIterator<Item = i64>) -> rusqlite::Result<Self> {
        let mut statement = connection.prepare_cached(READ_BODY)?;
        let mut unreadable = BTreeSet::new();
        for sequence in sequences {
            match statement.query_row([sequence], |row| row.get_ref(0).map(drop)).optional() {
                Ok(_) => {}
                Err(error) if is_damage(&error) => drop(unreadable.insert(sequence)),
                Err(error) => return Err(error),
            }
        }
        Ok(Self { unreadable })
    }

    /// The same for all that these records delete or move.
    pub fn look_for(connection: &Connection, records: &[Record]) -> rusqlite::Result<Self> {
        let mut sequences: Vec<i64> =
            records.iter().filter_map(Record::sequence).map(|sequence| codes::integer(sequence.0)).collect();
        for record in records {
            if let Record::QueuePurged(queue) | Record::QueueDeleted(queue) = record {
                sequences.append(&mut of_queue(connection, *queue)?);
            }
        }
        Self::look(connection, sequences)
    }

    pub fn can_read(&self, sequence: i64) -> bool {
        !self.unreadable.contains(&sequence)
    }

    pub fn delete_range(&self, connection: &Connection, first: i64, last: i64) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(DELETE_BODIES)?;
        if self.unreadable.range(first..=last).next().is_none() {
            return statement.execute([first, last]).map(drop);
        }
        let mut readable = (first..=last).filter(|sequence| self.can_read(*sequence));
        readable.try_for_each(|sequence| statement.execute([sequence, sequence]).map(drop))
    }

    pub fn delete_of_queue(&self, connection: &Connection, queue: QueueNumber) -> rusqlite::Result<()> {
        if self.unreadable.is_empty() {
            return connection.prepare_cached(DELETE_BODIES_OF_QUEUE)?.execute([queue.0]).map(drop);
        }
        let sequences = of_queue(connection, queue)?;
        sequences.into_iter().try_for_each(|sequence| self.delete_range(connection, sequence, sequence))
    }
}

fn of_queue(connection: &Connection, queue: QueueNumber) -> rusqlite::Result<Vec<i64>> {
    let mut statement = connection.prepare_cached("SELECT sequence FROM message WHERE queue = ?1")?;
    statement.query_map([queue.0], |row| row.get(0))?.collect()
}
