//! A storage that fails when told to.
//!
//! The fault model: a commit is refused and leaves no trace, or reading is refused. A commit that is
//! reported as done is done.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Loaded, MemoryStorage, Storage, StorageError};
use crate::broker::core::{Payload, Record, Sequence};

/// How many of the next commits fail. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    coming: Arc<AtomicU32>,
    struck: Arc<AtomicU32>,
}

impl Faults {
    /// The next `count` commits fail.
    pub fn fail_next(&self, count: u32) {
        self.coming.store(count, Ordering::SeqCst);
    }

    /// Whether the next commit fails, which uses up one failure.
    pub fn strikes(&self) -> bool {
        let left = |count: u32| count.checked_sub(1);
        let strikes = self.coming.fetch_update(Ordering::SeqCst, Ordering::SeqCst, left).is_ok();
        self.struck.fetch_add(u32::from(strikes), Ordering::SeqCst);
        strikes
    }

    /// How many commits have failed.
    pub fn struck(&self) -> u32 {
        self.struck.load(Ordering::SeqCst)
    }
}

/// Memory that fails.
#[derive(Clone, Debug, Default)]
pub struct FaultyStorage {
    pub inner: MemoryStorage,
    pub faults: Faults,
}

impl Storage for FaultyStorage {
    fn load(&mut self, take: &mut dyn FnMut(Loaded)) -> Result<(), StorageError> {
        self.inner.load(take)
    }

    fn commit(&mut self, records: &[Record]) -> Result<(), StorageError> {
        if self.faults.strikes() {
            return Err(StorageError::Full { path: "faulty".into() });
        }
        self.inner.commit(records)
    }

    fn payloads(&mut self, sequences: &[Sequence]) -> Result<Vec<Option<Payload>>, StorageError> {
        self.inner.payloads(sequences)
    }
}
