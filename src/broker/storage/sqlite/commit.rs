//! Writing records in one transaction.

use rusqlite::{CachedStatement, Connection, Transaction, params};

use super::bodies::Bodies;
use super::{codes, is_damage};
use crate::broker::core::{MessageRow, Payload, QueueNumber, QueueRow, Record, ResourceId, Sequence};

const INSERT_MESSAGE: &str =
    "INSERT INTO message (sequence, queue, due, progress, head) VALUES (?1, ?2, ?3, ?4, ?5)";
const INSERT_BODY: &str =
    "INSERT INTO body (sequence, body, origin, delay_seconds, dead_letter_of) VALUES (?1, ?2, ?3, ?4, ?5)";
const DELETE_MESSAGES: &str = "DELETE FROM message WHERE sequence BETWEEN ?1 AND ?2";
const CHANGE_MESSAGE: &str = "UPDATE message SET due = ?2, progress = ?3 WHERE sequence = ?1";
const MOVE_BODY: &str = "UPDATE body SET sequence = ?2, dead_letter_of = ?3 WHERE sequence = ?1";

/// Writes the records, all or none. Bodies that a damaged part of the file keeps from being deleted or moved stay
/// where they are, without a message: what else there is to do is done.
pub(super) fn commit(connection: &mut Connection, records: &[Record]) -> rusqlite::Result<()> {
    let written = write(connection, records, &Bodies::default());
    if written.as_ref().is_err_and(is_damage) {
        let bodies = Bodies::look_for(connection, records)?;
        return write(connection, records, &bodies);
    }
    written
}

fn write(connection: &mut Connection, records: &[Record], bodies: &Bodies) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    let mut writer = Writer::new(&transaction, bodies)?;
    let mut rest = records;
    while let Some(record) = rest.first() {
        let run = removed_in_a_row(rest);
        match record {
            Record::Removed(first) if run > 0 => writer.remove(*first, run)?,
            record => writer.write(record)?,
        }
        rest = &rest[run.max(1)..];
    }
    drop(writer);
    transaction.commit()
}

/// How many of the next records remove messages numbered without a gap: one statement does for all of them.
fn removed_in_a_row(records: &[Record]) -> usize {
    let Some(Record::Removed(first)) = records.first() else { return 0 };
    let follows = |(record, expected): &(&Record, u64)| **record == Record::Removed(Sequence(*expected));
    records.iter().zip(first.0..).take_while(follows).count()
}

/// The statements that most records need, prepared once for all of them.
struct Writer<'transaction> {
    transaction: &'transaction Transaction<'transaction>,
    insert_message: CachedStatement<'transaction>,
    insert_body: CachedStatement<'transaction>,
    delete_messages: CachedStatement<'transaction>,
    change_message: CachedStatement<'transaction>,
    bodies: &'transaction Bodies,
}

impl<'transaction> Writer<'transaction> {
    fn new(
        transaction: &'transaction Transaction<'transaction>,
        bodies: &'transaction Bodies,
    ) -> rusqlite::Result<Self> {
        Ok(Self {
            transaction,
            insert_message: transaction.prepare_cached(INSERT_MESSAGE)?,
            insert_body: transaction.prepare_cached(INSERT_BODY)?,
            delete_messages: transaction.prepare_cached(DELETE_MESSAGES)?,
            change_message: transaction.prepare_cached(CHANGE_MESSAGE)?,
            bodies,
        })
    }

    fn write(&mut self, record: &Record) -> rusqlite::Result<()> {
        match record {
            Record::Inserted(row, payload) => {
                self.insert_message(row)?;
                self.insert_body(row.sequence, payload)
            }
            Record::Removed(sequence) => self.remove(*sequence, 1),
            Record::Changed { sequence, due, failures, lease, leased } => {
                let progress = codes::progress(*failures, *lease, *leased);
                let due = codes::integer(due.as_millis());
                self.change_message.execute([codes::integer(sequence.0), due, progress]).map(drop)
            }
            Record::Moved { from, to, dead_letter_of } => self.move_message(*from, to, *dead_letter_of),
            Record::SetAside { sequence, reason } => self.set_aside(*sequence, reason),
            Record::Queue(row) => save_queue(self.transaction, row),
            Record::QueuePurged(queue) => delete_messages(self.transaction, *queue, self.bodies),
            Record::QueueDeleted(queue) => {
                delete_messages(self.transaction, *queue, self.bodies)?;
                self.transaction.prepare_cached("DELETE FROM queue WHERE number = ?1")?.execute([queue.0])?;
                Ok(())
            }
        }
    }

    fn remove(&mut self, first: Sequence, count: usize) -> rusqlite::Result<()> {
        let last = first.0.saturating_add(count as u64 - 1);
        let (first, last) = (codes::integer(first.0), codes::integer(last));
        self.delete_messages.execute([first, last])?;
        self.bodies.delete_range(self.transaction, first, last)
    }

    fn insert_message(&mut self, row: &MessageRow) -> rusqlite::Result<()> {
        let inserted = self.insert_message.execute(params![
            codes::integer(row.sequence.0),
            row.queue.0,
            codes::integer(row.due.as_millis()),
            codes::progress(row.failures, row.lease, row.leased),
            codes::head(row),
        ]);
        inserted.map(drop)
    }

    fn insert_body(&mut self, sequence: Sequence, payload: &Payload) -> rusqlite::Result<()> {
        let inserted = self.insert_body.execute(params![
            codes::integer(sequence.0),
            payload.body.as_ref(),
            codes::origin_code(payload.origin),
            payload.delay_seconds,
            payload.dead_letter_of.as_ref().map(ResourceId::as_bytes),
        ]);
        inserted.map(drop)
    }

    fn move_message(
        &mut self,
        from: Sequence,
        to: &MessageRow,
        dead_letter_of: Option<ResourceId>,
    ) -> rusqlite::Result<()> {
        let sequence = codes::integer(from.0);
        self.delete_messages.execute([sequence, sequence])?;
        self.insert_message(to)?;
        let (from, to) = (codes::integer(from.0), codes::integer(to.sequence.0));
        let origin = dead_letter_of.as_ref().map(ResourceId::as_bytes);
        if !self.bodies.can_read(from) {
            return Ok(());
        }
        self.transaction.prepare_cached(MOVE_BODY)?.execute(params![from, to, origin]).map(drop)
    }

    fn set_aside(&mut self, sequence: Sequence, reason: &str) -> rusqlite::Result<()> {
        set_aside(self.transaction, codes::integer(sequence.0), reason, self.bodies)
    }
}

/// Moves a message to the table of damaged ones, whatever is left of it.
pub(super) fn set_aside(
    connection: &Connection,
    sequence: i64,
    reason: &str,
    bodies: &Bodies,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO damaged (sequence, queue, reason, row, body)
             SELECT sequence,
                 coalesce((SELECT name FROM queue WHERE number = message.queue), 'queue ' || message.queue),
                 ?2,
                 json_object('queue', queue, 'due', due, 'progress', progress, 'head', hex(head)),
                 CASE WHEN ?3 THEN (SELECT body FROM body WHERE body.sequence = message.sequence) END
             FROM message WHERE sequence = ?1",
        )?
        .execute(params![sequence, reason, bodies.can_read(sequence)])?;
    connection.prepare_cached(DELETE_MESSAGES)?.execute([sequence, sequence])?;
    bodies.delete_range(connection, sequence, sequence)
}

fn delete_messages(connection: &Connection, queue: QueueNumber, bodies: &Bodies) -> rusqlite::Result<()> {
    bodies.delete_of_queue(connection, queue)?;
    connection.prepare_cached("DELETE FROM message WHERE queue = ?1")?.execute([queue.0]).map(drop)
}

fn save_queue(connection: &Connection, row: &QueueRow) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO queue (number, name, id, delivery_delay_seconds, delivery_paused,
                 retention_seconds, created_at, modified_at, source, purged_at, consumer, declared_consumer)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            row.number.0,
            row.name,
            row.id.as_bytes(),
            row.settings.delivery_delay_seconds,
            row.settings.delivery_paused,
            codes::integer(row.settings.retention_seconds),
            codes::integer(row.created_at.as_millis()),
            codes::integer(row.modified_at.as_millis()),
            row.source.name(),
            row.purged_at.map(|instant| codes::integer(instant.as_millis())),
            row.consumer.as_ref().and_then(codes::consumer_text),
            row.declared_consumer.as_ref().and_then(codes::settings_text),
        ])
        .map(drop)
}
