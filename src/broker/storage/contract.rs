//! What every storage must do, over memory and over SQLite.

use bytes::Bytes;
use proptest::prelude::*;

use super::{Loaded, MemoryStorage, SqliteStorage, Storage};
use crate::base::{ContentType, MessageId, Timestamp};
use crate::broker::core::{
    ChangeSource, ConsumerRow, ConsumerSettings, MessageOrigin, MessageRow, Payload, PullConsumer,
    QueueNumber, QueueRow, QueueSettings, Record, ResourceId, Sequence, WorkerConsumer,
};

/// A storage and a way to open it again.
struct Subject {
    storage: Box<dyn Storage>,
    reopen: Box<dyn Fn() -> Box<dyn Storage>>,
}

fn each(test: impl Fn(&mut Subject)) {
    let memory = MemoryStorage::new();
    let shared = memory.clone();
    test(&mut Subject { storage: Box::new(memory), reopen: Box::new(move || Box::new(shared.clone())) });
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_owned();
    let open = move || -> Box<dyn Storage> { Box::new(SqliteStorage::open(&path).unwrap()) };
    test(&mut Subject { storage: open(), reopen: Box::new(open) });
}

impl Subject {
    /// What is there after closing and opening again.
    fn rows(&mut self) -> (Vec<QueueRow>, Vec<MessageRow>) {
        self.storage = Box::new(MemoryStorage::new());
        self.storage = (self.reopen)();
        rows(&mut *self.storage)
    }
}

fn rows(storage: &mut dyn Storage) -> (Vec<QueueRow>, Vec<MessageRow>) {
    let (mut queues, mut messages) = (Vec::new(), Vec::new());
    storage
        .load(&mut |loaded| match loaded {
            Loaded::Queue(row) => queues.push(*row),
            Loaded::Messages(rows) => messages.extend(rows),
            Loaded::Damaged(row) => panic!("{row:?}"),
            Loaded::Taken(_) => {}
        })
        .unwrap();
    (queues, messages)
}

pub(super) fn queue(number: u32) -> QueueRow {
    QueueRow {
        number: QueueNumber(number),
        name: format!("queue-{number}").into(),
        id: ResourceId::from_bytes([7; 16]),
        settings: QueueSettings { delivery_delay_seconds: 3, delivery_paused: true, retention_seconds: 99 },
        created_at: Timestamp::from_millis(1),
        modified_at: Timestamp::from_millis(2),
        source: ChangeSource::Api,
        purged_at: Some(Timestamp::from_millis(3)),
        consumer: Some(ConsumerRow {
            id: ResourceId::from_bytes([9; 16]),
            settings: ConsumerSettings::Pull(PullConsumer::default()),
            created_at: Timestamp::from_millis(4),
            modified_at: Timestamp::from_millis(5),
            source: ChangeSource::Api,
        }),
        declared_consumer: Some(ConsumerSettings::Worker(WorkerConsumer {
            max_concurrency: Some(4),
            dead_letter_queue: Some("dead \"letters\"".to_owned()),
            ..WorkerConsumer::new("worker")
        })),
    }
}

pub(super) fn message(sequence: u64, queue: u32) -> MessageRow {
    let mut id = [1; 16];
    id[8..].copy_from_slice(&sequence.to_be_bytes());
    MessageRow {
        sequence: Sequence(sequence),
        queue: QueueNumber(queue),
        id: MessageId::from_bytes(id),
        timestamp: Timestamp::from_millis(1_700_000_000_000),
        retained_since: Timestamp::from_millis(1_700_000_000_001),
        due: Timestamp::from_millis(1_700_000_000_002),
        size: 4,
        failures: 0,
        content_type: ContentType::Json,
        lease: 0,
        leased: false,
    }
}

pub(super) fn payload(sequence: u64) -> Payload {
    Payload {
        body: Bytes::from(format!("body {sequence}")),
        origin: MessageOrigin::Api,
        delay_seconds: sequence.is_multiple_of(2).then_some(7),
        dead_letter_of: sequence.is_multiple_of(3).then_some(ResourceId::from_bytes([9; 16])),
    }
}

pub(super) fn inserted(sequence: u64, queue: u32) -> Record {
    Record::Inserted(Box::new(message(sequence, queue)), payload(sequence))
}

fn sequences(messages: &[MessageRow]) -> Vec<u64> {
    messages.iter().map(|row| row.sequence.0).collect()
}

#[test]
fn everything_is_read_back_as_it_was_written() {
    each(|subject| {
        let other = QueueRow { consumer: None, declared_consumer: None, purged_at: None, ..queue(2) };
        let mut records = vec![Record::Queue(Box::new(queue(1))), Record::Queue(Box::new(other.clone()))];
        records.extend((1..=5).map(|sequence| inserted(sequence, 1)));
        subject.storage.commit(&records).unwrap();
        let (queues, messages) = subject.rows();
        assert_eq!(queues, [queue(1), other]);
        assert_eq!(messages, (1..=5).map(|sequence| message(sequence, 1)).collect::<Vec<_>>());
        let found = subject.storage.payloads(&[Sequence(4), Sequence(77), Sequence(1)]).unwrap();
        assert_eq!(found, [Some(payload(4)), None, Some(payload(1))]);
    });
}

#[test]
fn an_empty_body_and_the_largest_are_kept() {
    each(|subject| {
        for (sequence, length) in [(1, 0), (2, 128_000)] {
            let body = Payload { body: Bytes::from(vec![3; length]), ..payload(sequence) };
            let record = Record::Inserted(Box::new(message(sequence, 1)), body);
            subject.storage.commit(&[record]).unwrap();
        }
        let found = subject.storage.payloads(&[Sequence(1), Sequence(2)]).unwrap();
        let lengths: Vec<_> = found.into_iter().flatten().map(|payload| payload.body.len()).collect();
        assert_eq!(lengths, [0, 128_000]);
    });
}

#[test]
fn removing_in_runs_removes_nothing_else() {
    each(|subject| {
        subject.storage.commit(&(1..=9).map(|sequence| inserted(sequence, 1)).collect::<Vec<_>>()).unwrap();
        let removed = [2, 3, 4, 7, 6].map(|sequence| Record::Removed(Sequence(sequence)));
        subject.storage.commit(&removed).unwrap();
        assert_eq!(sequences(&subject.rows().1), [1, 5, 8, 9]);
        let found = subject.storage.payloads(&[Sequence(3), Sequence(5)]).unwrap();
        assert_eq!(found, [None, Some(payload(5))]);
    });
}

#[test]
fn a_dead_letter_moves_with_its_body() {
    each(|subject| {
        subject.storage.commit(&[inserted(1, 1), inserted(2, 1)]).unwrap();
        let to = MessageRow { id: message(1, 1).id, ..message(3, 2) };
        let origin = Some(ResourceId::from_bytes([5; 16]));
        let moved = Record::Moved { from: Sequence(1), to: Box::new(to), dead_letter_of: origin };
        subject.storage.commit(&[moved]).unwrap();
        assert_eq!(subject.rows().1, [message(2, 1), to]);
        let found = subject.storage.payloads(&[Sequence(1), Sequence(3)]).unwrap();
        assert_eq!(found, [None, Some(Payload { dead_letter_of: origin, ..payload(1) })]);
        let back = MessageRow { id: message(1, 1).id, ..message(4, 1) };
        let moved = Record::Moved { from: Sequence(3), to: Box::new(back), dead_letter_of: None };
        subject.storage.commit(&[moved]).unwrap();
        assert_eq!(subject.storage.payloads(&[Sequence(4)]).unwrap(), [Some(payload(1))]);
    });
}

#[test]
fn a_change_touches_what_it_names() {
    each(|subject| {
        subject.storage.commit(&[inserted(1, 1), inserted(2, 1)]).unwrap();
        let due = Timestamp::from_millis(5);
        let change = Record::Changed { sequence: Sequence(2), due, failures: 3, lease: 4, leased: true };
        subject.storage.commit(&[change]).unwrap();
        let changed = MessageRow { due, failures: 3, lease: 4, leased: true, ..message(2, 1) };
        assert_eq!(subject.rows().1, [message(1, 1), changed]);
    });
}

#[test]
fn purging_and_deleting_touch_one_queue() {
    each(|subject| {
        let mut records = vec![Record::Queue(Box::new(queue(1))), Record::Queue(Box::new(queue(2)))];
        records.extend((1..=6).map(|sequence| inserted(sequence, 1 + u32::from(sequence > 3))));
        subject.storage.commit(&records).unwrap();
        subject.storage.commit(&[Record::QueuePurged(QueueNumber(1)), inserted(7, 1)]).unwrap();
        let (queues, messages) = subject.rows();
        assert_eq!((queues.len(), sequences(&messages)), (2, vec![4, 5, 6, 7]));
        subject.storage.commit(&[Record::QueueDeleted(QueueNumber(2))]).unwrap();
        let (queues, messages) = subject.rows();
        assert_eq!((queues, sequences(&messages)), (vec![queue(1)], vec![7]));
        assert_eq!(subject.storage.payloads(&[Sequence(1), Sequence(5)]).unwrap(), [None, None]);
    });
}

#[test]
fn a_message_that_is_set_aside_is_gone() {
    each(|subject| {
        subject.storage.commit(&[inserted(1, 1), inserted(2, 1)]).unwrap();
        let aside = Record::SetAside { sequence: Sequence(1), reason: "unreadable" };
        subject.storage.commit(&[aside]).unwrap();
        assert_eq!(sequences(&subject.rows().1), [2]);
    });
}

#[test]
fn a_queue_is_saved_over_itself() {
    each(|subject| {
        subject.storage.commit(&[Record::Queue(Box::new(queue(1))), inserted(1, 1)]).unwrap();
        let renamed = QueueRow { name: "other".into(), consumer: None, ..queue(1) };
        subject.storage.commit(&[Record::Queue(Box::new(renamed.clone()))]).unwrap();
        let (queues, messages) = subject.rows();
        assert_eq!((queues, messages.len()), (vec![renamed], 1));
    });
}

/// One arbitrary record about few messages.
fn any_record() -> impl Strategy<Value = Record> {
    prop_oneof![
        (1_u64..12, 1_u32..3).prop_map(|(sequence, queue)| inserted(sequence, queue)),
        (1_u64..12).prop_map(|sequence| Record::Removed(Sequence(sequence))),
        (1_u64..12, 0_u64..9).prop_map(|(sequence, due)| Record::Changed {
            sequence: Sequence(sequence),
            due: Timestamp::from_millis(due),
            failures: 1,
            lease: 2,
            leased: true,
        }),
        (1_u32..3).prop_map(|queue| Record::QueuePurged(QueueNumber(queue))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Memory is simple enough to be believed; SQLite must agree with it.
    #[test]
    fn sqlite_agrees_with_memory(commits in proptest::collection::vec(proptest::collection::vec(any_record(), 0..8), 1..6)) {
        let directory = tempfile::tempdir().unwrap();
        let mut sqlite = SqliteStorage::open(directory.path()).unwrap();
        let mut memory = MemoryStorage::new();
        let mut present = std::collections::BTreeSet::new();
        for commit in commits {
            // The core inserts a number once.
            let fresh = |record: &Record| match record {
                Record::Inserted(row, _) => present.insert(row.sequence),
                _ => true,
            };
            let commit: Vec<Record> = { let mut fresh = fresh; commit.into_iter().filter(|record| fresh(record)).collect() };
            sqlite.commit(&commit).unwrap();
            memory.commit(&commit).unwrap();
            prop_assert_eq!(rows(&mut sqlite), rows(&mut memory));
        }
        let all: Vec<Sequence> = (1..12).map(Sequence).collect();
        prop_assert_eq!(sqlite.payloads(&all).unwrap(), memory.payloads(&all).unwrap());
    }
}
