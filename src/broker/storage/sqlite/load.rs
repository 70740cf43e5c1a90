//! Reading every narrow row at the start. What cannot be read is set aside and reported.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::bodies::Bodies;
use super::codes;
use super::commit::set_aside;
use crate::base::{ContentType, MessageId, Timestamp};
use crate::broker::core::{
    ChangeSource, FreshIds, MessageRow, QueueNumber, QueueRow, QueueSettings, ResourceId, Sequence,
};
use crate::broker::storage::{DamagedRow, Loaded};

/// How many messages are handed over at a time.
const CHUNK_MESSAGES: usize = 1024;
/// How many chunks reading may be ahead of what takes them.
const CHUNKS_AHEAD: usize = 16;

pub(super) fn load(connection: &mut Connection, take: &mut dyn FnMut(Loaded)) -> rusqlite::Result<()> {
    let mut names = BTreeMap::new();
    load_queues(connection, &mut names, take)?;
    let damaged = load_messages(connection, &names, take)?;
    take(Loaded::Taken(taken(connection)));
    if damaged.is_empty() {
        return Ok(());
    }
    let bodies = Bodies::look(connection, damaged.iter().map(|(sequence, _)| *sequence))?;
    let transaction = connection.transaction()?;
    for (sequence, row) in damaged {
        set_aside(&transaction, sequence, &row.reason, &bodies)?;
        take(Loaded::Damaged(row));
    }
    transaction.commit()
}

/// The highest number of a body or of a damaged message; either may be left without a message.
fn taken(connection: &Connection) -> Sequence {
    let highest = |sql| connection.query_row(sql, [], |row| Ok(codes::unsigned(row.get_ref(0)?)));
    let tables = ["SELECT max(sequence) FROM body", "SELECT max(sequence) FROM damaged"];
    // Where even that cannot be read, numbers follow those of the messages.
    Sequence(tables.into_iter().filter_map(|sql| highest(sql).ok().flatten()).max().unwrap_or(0))
}

type Names = BTreeMap<u32, String>;

fn load_queues(
    connection: &Connection,
    names: &mut Names,
    take: &mut dyn FnMut(Loaded),
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(
        "SELECT number, name, id, delivery_delay_seconds, delivery_paused, retention_seconds, created_at,
             modified_at, source, purged_at, consumer, declared_consumer
         FROM queue ORDER BY number",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let mut unreadable = None;
        match queue_row(row, &mut unreadable) {
            Some(queue) => {
                names.insert(queue.number.0, queue.name.to_string());
                take(Loaded::Queue(Box::new(queue)));
            }
            // The row stays as it is; its messages are kept under another name.
            None => unreadable = Some("name"),
        }
        if let Some(column) = unreadable {
            let queue =
                row.get_ref(1)?.as_str().map_or_else(|_| format!("{:?}", row.get_ref(0)), str::to_owned);
            let reason = format!("its column \"{column}\" is unreadable");
            take(Loaded::Damaged(DamagedRow { queue, message: String::new(), reason }));
        }
    }
    Ok(())
}

/// The queue, if it can be told which it is. What else cannot be read is the default, and `unreadable` names it.
fn queue_row(row: &Row<'_>, unreadable: &mut Option<&'static str>) -> Option<QueueRow> {
    let column = |index| row.get_ref(index).unwrap_or(ValueRef::Null);
    let text = |index| column(index).as_str().ok();
    let timestamp = |index| codes::unsigned(column(index)).map(Timestamp::from_millis);
    let number = codes::unsigned_32(column(0))?;
    let default = QueueSettings::default();
    let consumer = match column(10) {
        ValueRef::Null => None,
        _ => or_default(text(10).and_then(codes::consumer).map(Some), None, "consumer", unreadable),
    };
    Some(QueueRow {
        number: QueueNumber(number),
        name: text(1)?.into(),
        id: or_default(
            codes::sixteen_bytes(column(2)).map(ResourceId::from_bytes),
            FreshIds::default().next(number),
            "id",
            unreadable,
        ),
        settings: QueueSettings {
            delivery_delay_seconds: or_default(
                codes::unsigned_32(column(3)),
                default.delivery_delay_seconds,
                "delivery_delay_seconds",
                unreadable,
            ),
            delivery_paused: or_default(
                codes::unsigned(column(4)).map(|paused| paused != 0),
                default.delivery_paused,
                "delivery_paused",
                unreadable,
            ),
            retention_seconds: or_default(
                codes::unsigned(column(5)),
                default.retention_seconds,
                "retention_seconds",
                unreadable,
            ),
        },
        created_at: or_default(timestamp(6), Timestamp::default(), "created_at", unreadable),
        modified_at: or_default(timestamp(7), Timestamp::default(), "modified_at", unreadable),
        source: or_default(text(8).and_then(codes::source), ChangeSource::Config, "source", unreadable),
        purged_at: timestamp(9),
        declared_consumer: text(11).and_then(codes::settings).filter(|_| unreadable.is_none()),
        consumer,
    })
}

fn or_default<T>(
    value: Option<T>,
    default: T,
    column: &'static str,
    unreadable: &mut Option<&'static str>,
) -> T {
    value.unwrap_or_else(|| {
        *unreadable = Some(column);
        default
    })
}

/// Reads on a thread of its own: with millions of messages, decoding the rows and building the index of them
/// take about as long as each other.
fn load_messages(
    connection: &mut Connection,
    names: &Names,
    take: &mut dyn FnMut(Loaded),
) -> rusqlite::Result<Vec<(i64, DamagedRow)>> {
    thread::scope(|scope| {
        let (chunks, received) = sync_channel(CHUNKS_AHEAD);
        let reader = scope.spawn(move || read_messages(connection, names, &chunks));
        for message in received.into_iter().flatten() {
            take(Loaded::Message(message));
        }
        reader.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}

/// Hands on every message that can be read, in the order of sequences; answers with those that cannot.
fn read_messages(
    connection: &Connection,
    names: &Names,
    chunks: &SyncSender<Vec<MessageRow>>,
) -> rusqlite::Result<Vec<(i64, DamagedRow)>> {
    let mut damaged = Vec::new();
    let mut chunk = Vec::with_capacity(CHUNK_MESSAGES);
    let mut statement =
        connection.prepare("SELECT sequence, queue, due, progress, head FROM message ORDER BY sequence")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        match message_row(row) {
            Ok(message) => chunk.push(message),
            Err(column) => {
                let sequence = row.get(0)?;
                damaged.push((sequence, describe(row, names, sequence, column)));
            }
        }
        if chunk.len() == CHUNK_MESSAGES {
            let full = std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK_MESSAGES));
            // Nobody takes them any more only when loading is given up.
            let _ = chunks.send(full);
        }
    }
    let _ = chunks.send(chunk);
    Ok(damaged)
}

fn message_row(row: &Row<'_>) -> Result<MessageRow, &'static str> {
    let column = |index| row.get_ref(index).unwrap_or(ValueRef::Null);
    let mut message = MessageRow {
        sequence: Sequence(codes::unsigned(column(0)).ok_or("sequence")?),
        queue: QueueNumber(codes::unsigned_32(column(1)).ok_or("queue")?),
        due: codes::unsigned(column(2)).map(Timestamp::from_millis).ok_or("due")?,
        id: MessageId::from_bytes([0; 16]),
        timestamp: Timestamp::default(),
        retained_since: Timestamp::default(),
        size: 0,
        failures: 0,
        content_type: ContentType::Bytes,
        lease: 0,
        leased: false,
    };
    codes::read_progress(codes::unsigned(column(3)).ok_or("progress")?, &mut message)?;
    codes::read_head(column(4).as_blob().map_err(|_| "head")?, &mut message)?;
    Ok(message)
}

fn describe(row: &Row<'_>, names: &Names, sequence: i64, column: &str) -> DamagedRow {
    let value = |index| row.get_ref(index).unwrap_or(ValueRef::Null);
    let number = codes::unsigned_32(value(1));
    let name = number.and_then(|number| names.get(&number)).cloned();
    let id = value(4).as_blob().ok().and_then(|head| head.first_chunk::<16>());
    let id = id.map(|bytes| MessageId::from_bytes(*bytes).to_string());
    DamagedRow {
        queue: name.unwrap_or_else(|| number.map_or_else(|| "unknown".to_owned(), |n| format!("queue {n}"))),
        message: id.unwrap_or_else(|| format!("sequence {sequence}")),
        reason: format!("its column \"{column}\" is unreadable"),
    }
}
