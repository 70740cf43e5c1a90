//! What is particular to the file: atomicity, damage, and errors that name it.

use rusqlite::Connection;

use super::SqliteStorage;
use crate::broker::core::{Payload, Record, Sequence};
use crate::broker::storage::contract::{inserted, payload, queue};
use crate::broker::storage::{DamagedRow, Loaded, Storage, StorageError};

fn load(storage: &mut SqliteStorage) -> (Vec<u64>, Vec<DamagedRow>) {
    let (mut messages, mut damaged) = (Vec::new(), Vec::new());
    storage
        .load(&mut |loaded| match loaded {
            Loaded::Queue(_) => {}
            Loaded::Message(row) => messages.push(row.sequence.0),
            Loaded::Damaged(row) => damaged.push(row),
        })
        .unwrap();
    (messages, damaged)
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
    assert!(matches!(refused, StorageError::TooNew { found: 99, known: 2, .. }), "{refused:?}");
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
