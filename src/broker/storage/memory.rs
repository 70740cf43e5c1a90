//! Rows in memory, for sessions that keep nothing and for tests.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Loaded, Storage, StorageError};
use crate::broker::core::{MessageRow, Payload, QueueNumber, QueueRow, Record, Sequence};

/// Rows in memory. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct MemoryStorage {
    rows: Arc<Mutex<Rows>>,
}

#[derive(Clone, Debug, Default)]
struct Rows {
    queues: BTreeMap<QueueNumber, QueueRow>,
    messages: BTreeMap<Sequence, (MessageRow, Payload)>,
}

impl MemoryStorage {
    /// No rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// The rows as they are now, shared with nobody.
    #[cfg(test)]
    pub(in crate::broker) fn copy(&self) -> Self {
        Self { rows: Arc::new(Mutex::new(self.rows().clone())) }
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Storage for MemoryStorage {
    fn load(&mut self, take: &mut dyn FnMut(Loaded)) -> Result<(), StorageError> {
        let rows = self.rows();
        rows.queues.values().for_each(|row| take(Loaded::Queue(Box::new(row.clone()))));
        take(Loaded::Messages(rows.messages.values().map(|(row, _)| *row).collect()));
        Ok(())
    }

    fn commit(&mut self, records: &[Record]) -> Result<(), StorageError> {
        let mut rows = self.rows();
        records.iter().for_each(|record| rows.apply(record));
        Ok(())
    }

    fn payloads(&mut self, sequences: &[Sequence]) -> Result<Vec<Option<Payload>>, StorageError> {
        let rows = self.rows();
        let payload = |sequence| rows.messages.get(sequence).map(|(_, payload)| payload.clone());
        Ok(sequences.iter().map(payload).collect())
    }
}

impl Rows {
    fn apply(&mut self, record: &Record) {
        match record {
            Record::Queue(row) => drop(self.queues.insert(row.number, (**row).clone())),
            Record::QueueDeleted(queue) => {
                self.queues.remove(queue);
                self.messages.retain(|_, (row, _)| row.queue != *queue);
            }
            Record::QueuePurged(queue) => self.messages.retain(|_, (row, _)| row.queue != *queue),
            Record::Inserted(row, payload) => {
                self.messages.insert(row.sequence, (**row, payload.clone()));
            }
            Record::Changed { sequence, due, failures, lease, leased } => {
                if let Some((row, _)) = self.messages.get_mut(sequence) {
                    *row =
                        MessageRow { due: *due, failures: *failures, lease: *lease, leased: *leased, ..*row };
                }
            }
            Record::Removed(sequence) | Record::SetAside { sequence, .. } => {
                self.messages.remove(sequence);
            }
            Record::Moved { from, to, dead_letter_of } => {
                if let Some((_, payload)) = self.messages.remove(from) {
                    let payload = Payload { dead_letter_of: *dead_letter_of, ..payload };
                    self.messages.insert(to.sequence, (**to, payload));
                }
            }
        }
    }
}
