//! Reading every narrow row at the start. What cannot be read is set aside and reported.

use std::collections::BTreeMap;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::bodies::Bodies;
use super::codes;
use super::commit::set_aside;
use super::load_messages::load_messages;
use crate::base::Timestamp;
use crate::broker::core::{
    ChangeSource, FreshIds, QueueNumber, QueueRow, QueueSettings, ResourceId, Sequence,
};
use crate::broker::storage::{DamagedRow, Loaded};

/// The names of queues by their numbers.
pub(super) type Names = BTreeMap<u32, String>;

pub(super) fn load(connection: &mut Connection, take: &mut dyn FnMut(Loaded)) -> rusqlite::Result<()> {
    let mut names = Names::new();
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
