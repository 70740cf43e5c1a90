//! What is particular to the file: atomicity, damage, and errors that name it.

use rusqlite::Connection;

use super::SqliteStorage;
use crate::broker::core::{Payload, QueueRow, Record, Sequence};
use crate::broker::storage::contract::{inserted, message, payload, queue};
use crate::broker::storage::{DamagedRow, Loaded, Storage, StorageError};

fn load(storage: &mut SqliteStorage) -> (Vec<u64>, Vec<DamagedRow>) {
    let (mut messages, mut damaged) = (Vec::new(), Vec::new());
    storage
        .load(&mut |loaded| match loaded {
            Loaded::Queue(_) => {}
            Loaded::Messages(rows) => messages.extend(rows.iter().map(|row| row.sequence.0)),
            Loaded::Damaged(row) => damaged.push(row),
            Loaded::Taken(_) => {}
        })
        .unwrap();
    (messages, damaged)
}

#[test]
fn a_range_of_sequences_that_several_readers_share_is_read_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = SqliteStorage::open(directory.path()).unwrap();
    // Gaps of all sizes, parts without a message, and a message at either end of the numbers.
    let sequences: Vec<u64> = (0..3000).map(|number| 1 + number * number / 4 + number).collect();
    let mut records = vec![Record::Queue(Box::new(queue(1)))];
    records.extend(sequences.iter().map(|sequence| inserted(*sequence, 1)));
    storage.commit(&records).unwrap();
    assert_eq!(load(&mut storage), (sequences.clone(), Vec::new()));
    let last = i64::MAX.unsigned_abs();
    storage.commit(&[inserted(last, 1)]).unwrap();
    assert_eq!(load(&mut storage).0, [&sequences[..], &[last]].concat());

    let unreadable = [sequences[2000], sequences[100], last];
    for sequence in unreadable {
        let sql = format!("UPDATE message SET head = x'00' WHERE sequence = {sequence}");
        storage.connection.execute_batch(&sql).unwrap();
    }
    let (messages, damaged) = load(&mut storage);
    let readable: Vec<u64> = sequences.iter().copied().filter(|it| !unreadable.contains(it)).collect();
    assert_eq!(messages, readable);
    assert_eq!(damaged.len(), 3);
}

/// Some messages, then the file is changed behind the storage's back.
fn tampered(sql: &str) -> (tempfile::TempDir, SqliteStorage) {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = SqliteStorage::open(directory.path()).unwrap();
    let records = [Record::Queue(Box::new(queue(1))), inserted(1, 1), inserted(2, 1), inserted(3, 1)];
    storage.commit(&records).unwrap();
    storage.connection.execute_batch(sql).unwrap();
    (directory, storage)
}

#[test]
fn a_failing_commit_leaves_no_trace() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = SqliteStorage::open(directory.path()).unwrap();
    storage.commit(&[inserted(1, 1)]).unwrap();
    let refused = storage.commit(&[inserted(2, 1), Record::Removed(Sequence(1)), inserted(2, 1)]);
    assert!(matches!(refused, Err(StorageError::Other { .. })), "{refused:?}");
    assert_eq!(load(&mut storage).0, [1]);
    storage.commit(&[inserted(2, 1)]).unwrap();
    assert_eq!(load(&mut storage).0, [1, 2]);
}

#[test]
fn a_full_disk_is_told_and_got_over() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = SqliteStorage::open(directory.path()).unwrap();
    storage.connection.pragma_update(None, "max_page_count", 20).unwrap();
    let many: Vec<Record> = (1..200).map(|sequence| inserted(sequence, 1)).collect();
    let mut big = Vec::new();
    for record in many {
        if let Record::Inserted(row, mut payload) = record {
            payload.body = vec![0; 4000].into();
            big.push(Record::Inserted(row, payload));
        }
    }
    let refused = storage.commit(&big).unwrap_err();
    assert!(matches!(refused, StorageError::Full { .. }), "{refused:?}");
    assert!(refused.to_string().contains(&storage.path.display().to_string()), "{refused}");
    assert!(load(&mut storage).0.is_empty());
    storage.connection.pragma_update(None, "max_page_count", 10_000).unwrap();
    storage.commit(&big).unwrap();
    assert_eq!(load(&mut storage).0.len(), 199);
}

#[test]
fn a_damaged_row_is_named_and_set_aside_once() {
    let (_directory, mut storage) =
        tampered("UPDATE message SET head = CAST(substr(head, 1, 36) || x'4d' AS BLOB) WHERE sequence = 2");
    let (messages, damaged) = load(&mut storage);
    assert_eq!(messages, [1, 3]);
    assert_eq!(damaged.len(), 1);
    assert_eq!(damaged[0].queue, "queue-1");
    assert_eq!(damaged[0].message, "01010101010101010000000000000002");
    assert!(damaged[0].reason.contains("content_type"), "{damaged:?}");
    let kept: (String, Vec<u8>) = storage
        .connection
        .query_row("SELECT row, body FROM damaged WHERE sequence = 2", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert!(kept.0.contains("4D\""), "{kept:?}");
    assert_eq!(kept.1, b"body 2");
    assert_eq!(load(&mut storage), (vec![1, 3], Vec::new()));
}

#[test]
fn every_kind_of_damage_to_a_row_is_survived() {
    for damage in ["head = x'00'", "queue = -1", "due = -5", "progress = -1", "progress = 1 << 49"] {
        let (_directory, mut storage) = tampered(&format!("UPDATE message SET {damage} WHERE sequence = 3"));
        let (messages, damaged) = load(&mut storage);
        assert_eq!((messages, damaged.len()), (vec![1, 2], 1), "{damage}");
    }
}

#[test]
fn a_damaged_queue_loses_no_message() {
    let (_directory, mut storage) = tampered("UPDATE queue SET source = 'nobody', consumer = '{'");
    let (messages, damaged) = load(&mut storage);
    assert_eq!(messages, [1, 2, 3]);
    assert_eq!((damaged[0].queue.as_str(), damaged[0].message.as_str()), ("queue-1", ""));
    assert!(damaged[0].reason.contains(&storage.path.display().to_string()), "{damaged:?}");
}

#[test]
fn of_a_damaged_queue_what_can_be_read_is_kept() {
    let (_directory, mut storage) = tampered("UPDATE queue SET consumer = '{'");
    let mut rows = Vec::new();
    let mut take = |loaded| {
        if let Loaded::Queue(row) = loaded {
            rows.push(*row);
        }
    };
    storage.load(&mut take).unwrap();
    assert_eq!(rows, [QueueRow { consumer: None, declared_consumer: None, ..queue(1) }]);
    storage.connection.execute_batch("UPDATE queue SET number = 7, name = CAST(x'ff' AS TEXT)").unwrap();
    let (messages, damaged) = load(&mut storage);
    assert_eq!((messages.len(), damaged.len()), (3, 1));
}

/// Two messages with large bodies between which the chain of pages of a third is cut.
fn torn() -> (tempfile::TempDir, SqliteStorage) {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = SqliteStorage::open(directory.path()).unwrap();
    let large = |sequence: u64| match inserted(sequence, 1) {
        Record::Inserted(row, payload) => {
            let body = vec![b'0' + u8::try_from(sequence).unwrap(); 60_000].into();
            Record::Inserted(row, Payload { body, ..payload })
        }
        record => record,
    };
    storage.commit(&[Record::Queue(Box::new(queue(1))), large(1), large(2), large(3)]).unwrap();
    storage.close();
    drop(storage);
    let path = directory.path().join("queues.sqlite");
    let mut file = std::fs::read(&path).unwrap();
    // Behind the number of the next page there is nothing but the body.
    let page = file.chunks_mut(8192).find(|page| page[4..].iter().all(|byte| *byte == b'2')).unwrap();
    page[..4].copy_from_slice(&[0xff; 4]);
    std::fs::write(&path, file).unwrap();
    let storage = SqliteStorage::open(directory.path()).unwrap();
    (directory, storage)
}

#[test]
fn a_page_that_cannot_be_read_costs_one_body() {
    let (_directory, mut storage) = torn();
    let found = storage.payloads(&[Sequence(1), Sequence(2), Sequence(3)]).unwrap();
    assert_eq!(found.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, true]);
}

#[test]
fn a_page_that_cannot_be_read_keeps_nothing_from_being_committed() {
    let aside = Record::SetAside { sequence: Sequence(2), reason: "unreadable" };
    let to = Box::new(crate::broker::core::MessageRow { sequence: Sequence(4), ..message(2, 1) });
    let moved = Record::Moved { from: Sequence(2), to, dead_letter_of: None };
    let all = [Sequence(1), Sequence(2), Sequence(3)].map(Record::Removed);
    let cases: [(Vec<Record>, &[u64], u64); 4] = [
        (vec![aside, Record::Removed(Sequence(3))], &[1], 2),
        (vec![moved], &[1, 3, 4], 3),
        (all.to_vec(), &[], 0),
        (vec![Record::QueuePurged(crate::broker::core::QueueNumber(1))], &[], 0),
    ];
    for (records, left, highest) in cases {
        let (directory, mut storage) = torn();
        storage.commit(&records).unwrap();
        assert_eq!(load(&mut storage).0, left, "{records:?}");
        drop(storage);
        // What could not be deleted keeps its number.
        let mut storage = SqliteStorage::open(directory.path()).unwrap();
        let mut taken = 0;
        let mut take = |loaded| {
            if let Loaded::Taken(sequence) = loaded {
                taken = sequence.0;
            }
        };
        storage.load(&mut take).unwrap();
        assert_eq!(taken, highest, "{records:?}");
        storage.commit(&[inserted(9, 1)]).unwrap();
    }
}

#[test]
fn a_missing_or_damaged_body_is_none() {
    let (_directory, mut storage) =
        tampered("DELETE FROM body WHERE sequence = 1; UPDATE body SET origin = 50 WHERE sequence = 2");
    let found = storage.payloads(&[Sequence(1), Sequence(2), Sequence(3)]).unwrap();
    assert_eq!(found.iter().map(Option::is_some).collect::<Vec<_>>(), [false, false, true]);
}

#[test]
fn a_file_that_is_no_database_is_told_and_kept() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("queues.sqlite");
    std::fs::write(&path, "these are not the queues".repeat(100)).unwrap();
    let refused = SqliteStorage::open(directory.path()).unwrap_err();
    assert!(matches!(refused, StorageError::Damaged { .. }), "{refused:?}");
    let text = refused.to_string();
    assert!(text.contains(&path.display().to_string()) && text.contains("move it away"), "{text}");
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("these"));
}

#[test]
fn a_folder_that_cannot_be_used_is_told() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let refused = SqliteStorage::open(file.path()).unwrap_err();
    assert!(matches!(refused, StorageError::ReadOnly { .. }), "{refused:?}");
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("queues.sqlite")).unwrap();
    let refused = SqliteStorage::open(directory.path()).unwrap_err();
    assert!(matches!(refused, StorageError::ReadOnly { .. }), "{refused:?}");
}

#[test]
fn a_file_of_a_later_version_is_refused() {
    let (directory, storage) = tampered("PRAGMA user_version = 99");
    drop(storage);
    let refused = SqliteStorage::open(directory.path()).unwrap_err();
    assert!(matches!(refused, StorageError::TooNew { found: 99, known: 3, .. }), "{refused:?}");
}

#[test]
fn a_file_of_the_first_version_is_brought_up_to_date() {
    let (directory, storage) =
        tampered("ALTER TABLE body DROP COLUMN dead_letter_of; PRAGMA user_version = 1");
    drop(storage);
    let mut storage = SqliteStorage::open(directory.path()).unwrap();
    assert_eq!(load(&mut storage).0, [1, 2, 3]);
    let found = storage.payloads(&[Sequence(3)]).unwrap();
    assert_eq!(found, [Some(Payload { dead_letter_of: None, ..payload(3) })]);
}

#[test]
fn a_locked_file_is_told() {
    let (directory, mut storage) = tampered("");
    storage.connection.busy_timeout(std::time::Duration::ZERO).unwrap();
    let other = Connection::open(directory.path().join("queues.sqlite")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = storage.commit(&[inserted(9, 1)]).unwrap_err();
    assert!(matches!(refused, StorageError::Locked { .. }), "{refused:?}");
    other.execute_batch("ROLLBACK").unwrap();
    storage.commit(&[inserted(9, 1)]).unwrap();
}

#[test]
fn the_file_syncs_every_commit() {
    let directory = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(directory.path()).unwrap();
    let pragma = |name| storage.connection.pragma_query_value(None, name, |row| row.get::<_, String>(0));
    assert_eq!(pragma("journal_mode").unwrap(), "wal");
    let synchronous: i64 =
        storage.connection.pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap();
    assert_eq!(synchronous, 2);
}

/// A file as the second version of the schema made it: not shrinkable, with many messages.
fn file_of_the_second_version(directory: &std::path::Path) {
    let file = Connection::open(directory.join("queues.sqlite")).unwrap();
    file.execute_batch(
        "PRAGMA page_size = 8192;
         CREATE TABLE queue (number INTEGER PRIMARY KEY, name TEXT NOT NULL, id BLOB NOT NULL,
             delivery_delay_seconds INTEGER NOT NULL, delivery_paused INTEGER NOT NULL,
             retention_seconds INTEGER NOT NULL, created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL,
             source TEXT NOT NULL, purged_at INTEGER, consumer TEXT, declared_consumer TEXT) STRICT;
         CREATE TABLE message (sequence INTEGER PRIMARY KEY, queue INTEGER NOT NULL, due INTEGER NOT NULL,
             progress INTEGER NOT NULL, head BLOB NOT NULL) STRICT;
         CREATE TABLE body (sequence INTEGER PRIMARY KEY, body BLOB NOT NULL, origin INTEGER NOT NULL,
             delay_seconds INTEGER, dead_letter_of BLOB) STRICT;
         CREATE TABLE damaged (sequence INTEGER PRIMARY KEY, queue TEXT NOT NULL, reason TEXT NOT NULL,
             row TEXT NOT NULL, body BLOB) STRICT;
         PRAGMA user_version = 2;
         INSERT INTO queue VALUES (1, 'orders', x'07070707070707070707070707070707', 3, 0, 345600, 1, 2, 'api',
             NULL, NULL, NULL);
         WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 3000)
         INSERT INTO message SELECT n, 1, 5, 2, CAST(x'00000000000000000000000000000001'
             || x'0000000000000007' || x'0000000000000008' || x'00000fa0' || x'02' AS BLOB) FROM number;
         INSERT INTO body SELECT sequence, zeroblob(4000), 2, 7, NULL FROM message;",
    )
    .unwrap();
}

fn pragma(storage: &SqliteStorage, name: &str) -> u32 {
    storage.connection.pragma_query_value(None, name, |row| row.get(0)).unwrap()
}

#[test]
fn a_file_of_the_second_version_is_brought_up_to_date_with_all_it_holds() {
    let directory = tempfile::tempdir().unwrap();
    file_of_the_second_version(directory.path());
    for _ in 0..2 {
        let mut storage = SqliteStorage::open(directory.path()).unwrap();
        assert_eq!((pragma(&storage, "user_version"), pragma(&storage, "auto_vacuum")), (3, 2));
        assert_eq!(pragma(&storage, "page_size"), 8192);
        let mut queues = Vec::new();
        let mut messages = Vec::new();
        storage
            .load(&mut |loaded| match loaded {
                Loaded::Queue(row) => queues.push(row.name.to_string()),
                Loaded::Messages(rows) => {
                    messages.extend(rows.iter().map(|row| (row.sequence.0, row.failures, row.size)));
                }
                Loaded::Damaged(row) => panic!("{row:?}"),
                Loaded::Taken(_) => {}
            })
            .unwrap();
        assert_eq!(queues, ["orders"]);
        assert_eq!(messages, (1..=3000).map(|sequence| (sequence, 2, 4000)).collect::<Vec<_>>());
        let found = storage.payloads(&[Sequence(3000)]).unwrap().remove(0).unwrap();
        assert_eq!((found.body.len(), found.delay_seconds), (4000, Some(7)));
    }
}

#[test]
fn a_migration_that_cannot_be_done_leaves_the_file_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    file_of_the_second_version(directory.path());
    let file = Connection::open(directory.path().join("queues.sqlite")).unwrap();
    file.execute_batch("PRAGMA user_version = 1").unwrap();
    // The column of the second version is there already, so that its step cannot be done.
    let refused = SqliteStorage::open(directory.path()).unwrap_err();
    assert!(refused.to_string().contains("dead_letter_of"), "{refused}");
    let version: u32 = file.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 1);
    file.execute_batch("PRAGMA user_version = 2").unwrap();
    assert_eq!(load(&mut SqliteStorage::open(directory.path()).unwrap()).0.len(), 3000);
}

#[test]
fn the_file_shrinks_after_a_backlog_was_consumed() {
    let directory = tempfile::tempdir().unwrap();
    file_of_the_second_version(directory.path());
    let mut storage = SqliteStorage::open(directory.path()).unwrap();
    let size = || std::fs::metadata(directory.path().join("queues.sqlite")).unwrap().len();
    let full = size();
    assert!(!storage.shrink().unwrap(), "nothing is free");
    storage
        .commit(&(2..=3000).map(|sequence| Record::Removed(Sequence(sequence))).collect::<Vec<_>>())
        .unwrap();
    let mut steps = 0;
    while storage.shrink().unwrap() {
        steps += 1;
    }
    assert!(steps > 2, "{steps} steps");
    // Some is kept for what comes next.
    assert!((1 << 20..full / 2).contains(&size()), "{} of {full} bytes", size());
    assert_eq!(load(&mut storage).0, [1]);
    assert!(!storage.shrink().unwrap());
    assert!(!storage.payloads(&[Sequence(1)]).unwrap().is_empty());
}
