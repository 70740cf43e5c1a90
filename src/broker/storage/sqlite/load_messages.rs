//! Reading the narrow rows of all messages, in the order of their sequences, as fast as they can be taken.
//!
//! What takes the rows builds an index of them, which takes about as long as reading, so reading has threads of its
//! own. A large backlog is read in parts, by several threads in turn.

use std::ops::RangeInclusive;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row};

use super::codes;
use super::load::Names;
use crate::base::{ContentType, MessageId, Timestamp};
use crate::broker::core::{MessageRow, QueueNumber, Sequence};
use crate::broker::storage::{DamagedRow, Loaded};

/// Messages handed over at a time.
const CHUNK_MESSAGES: usize = 1024;
/// Chunks that a reader may be ahead of what takes them: all of a part whose sequences have no gaps.
const CHUNKS_AHEAD: usize = 16;
/// Sequences in a part.
const PART_SEQUENCES: i64 = 16 * 1024;
/// Parts at most, however large the gaps between sequences are.
const PARTS_MAX: i64 = 4096;
/// Threads that read a large backlog. They wait for the disk where the file is not in memory.
const READERS: usize = 4;
/// From how many parts on more than one thread reads.
const LARGE_PARTS: usize = 16;

/// Rows that cannot be read, by their sequences.
type Damaged = Vec<(i64, DamagedRow)>;

/// What a reader hands on.
struct Chunk {
    messages: Vec<MessageRow>,
    /// Whether it is the last of its part.
    is_last: bool,
}

/// Hands on every message that can be read, in the order of sequences; answers with those that cannot.
pub(super) fn load_messages(
    connection: &mut Connection,
    names: &Names,
    take: &mut dyn FnMut(Loaded),
) -> rusqlite::Result<Damaged> {
    let parts = parts(connection)?;
    let others = other_connections(connection, parts.len());
    let count = others.len() + 1;
    thread::scope(|scope| {
        let (mut receivers, mut readers) = (Vec::new(), Vec::new());
        for (number, mut connection) in std::iter::once(Reading::Own(connection)).chain(others).enumerate() {
            let (chunks, received) = sync_channel(CHUNKS_AHEAD);
            let parts = parts.iter().skip(number).step_by(count);
            readers.push(scope.spawn(move || {
                let mut reader = Reader { connection: connection.get(), names, chunks, damaged: Vec::new() };
                reader.read(parts).map(|()| reader.damaged)
            }));
            receivers.push(received);
        }
        take_in_turn(&receivers, parts.len(), take);
        // A reader that is ahead of one that failed stops.
        drop(receivers);
        let mut damaged = Vec::new();
        for reader in readers {
            damaged.extend(reader.join().unwrap_or_else(|panic| resume_unwind(panic))?);
        }
        damaged.sort_by_key(|(sequence, _)| *sequence);
        Ok(damaged)
    })
}

/// Takes part after part, each from the reader whose turn it is, until the end or until one has failed.
fn take_in_turn(receivers: &[Receiver<Chunk>], parts: usize, take: &mut dyn FnMut(Loaded)) {
    for receiver in receivers.iter().cycle().take(parts) {
        loop {
            let Ok(chunk) = receiver.recv() else { return };
            take(Loaded::Messages(chunk.messages));
            if chunk.is_last {
                break;
            }
        }
    }
}

/// The sequences there are, in parts that follow each other.
fn parts(connection: &Connection) -> rusqlite::Result<Vec<RangeInclusive<i64>>> {
    // Asked for both at once, SQLite would look at every row.
    let range = "SELECT (SELECT min(sequence) FROM message), (SELECT max(sequence) FROM message)";
    let (first, last): (Option<i64>, Option<i64>) =
        connection.query_row(range, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (Some(first), Some(last)) = (first, last) else { return Ok(Vec::new()) };
    let sequences = last.saturating_sub(first);
    let length = PART_SEQUENCES.max(sequences / PARTS_MAX + 1);
    let starts = (0..=sequences / length).map(|part| first + part * length);
    Ok(starts.map(|start| start..=start.saturating_add(length - 1)).collect())
}

/// A reader's connection.
enum Reading<'a> {
    Own(&'a mut Connection),
    Other(Connection),
}

impl Reading<'_> {
    fn get(&mut self) -> &Connection {
        match self {
            Self::Own(connection) => connection,
            Self::Other(connection) => connection,
        }
    }
}

/// What other threads read with. Where it cannot be had, there are fewer: it is for speed alone.
fn other_connections(connection: &Connection, parts: usize) -> Vec<Reading<'static>> {
    if parts < LARGE_PARTS {
        return Vec::new();
    }
    let open = || {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Connection::open_with_flags(connection.path()?, flags).ok().map(Reading::Other)
    };
    (1..READERS).map_while(|_| open()).collect()
}

struct Reader<'a> {
    connection: &'a Connection,
    names: &'a Names,
    chunks: SyncSender<Chunk>,
    damaged: Damaged,
}

impl Reader<'_> {
    fn read<'p>(&mut self, parts: impl Iterator<Item = &'p RangeInclusive<i64>>) -> rusqlite::Result<()> {
        let connection = self.connection;
        let mut statement = connection.prepare(
            "SELECT sequence, queue, due, progress, head FROM message WHERE sequence BETWEEN ?1 AND ?2
             ORDER BY sequence",
        )?;
        for part in parts {
            let mut rows = statement.query([part.start(), part.end()])?;
            let mut messages = Vec::with_capacity(CHUNK_MESSAGES);
            while let Some(row) = rows.next()? {
                match message_row(row) {
                    Ok(message) => messages.push(message),
                    Err(column) => {
                        let sequence = row.get(0)?;
                        self.damaged.push((sequence, describe(row, self.names, sequence, column)));
                    }
                }
                if messages.len() == CHUNK_MESSAGES {
                    let full = std::mem::replace(&mut messages, Vec::with_capacity(CHUNK_MESSAGES));
                    if !self.hand_on(full, false) {
                        return Ok(());
                    }
                }
            }
            if !self.hand_on(messages, true) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Whether somebody takes it; nobody does when loading is given up.
    fn hand_on(&self, messages: Vec<MessageRow>, is_last: bool) -> bool {
        self.chunks.send(Chunk { messages, is_last }).is_ok()
    }
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
