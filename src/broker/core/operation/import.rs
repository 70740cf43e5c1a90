//! Taking in messages that were exported, as they were.

use std::collections::BTreeSet;

use crate::base::{Timestamp, limits};
use crate::broker::core::{
    Core, Effects, Event, ImportRefusal, ImportedMessage, MessageRow, MessagesImported, QueueNumber, Record,
    Sequence,
};

impl Core {
    /// Accepts messages with their ids, timestamps and attempts; retention begins anew. A message whose id
    /// is in the queue already is passed over, so that an import that was cut short can be run again.
    pub(in crate::broker::core) fn import(
        &mut self,
        queue: &str,
        messages: Vec<ImportedMessage>,
        effects: &mut Effects,
    ) -> Result<MessagesImported, ImportRefusal> {
        let bytes = check_sizes(&messages)?;
        let (now, limit, mut sequence) = (self.now, self.limits.backlog_bytes_max, self.next_sequence);
        let (number, queue) = self.find_mut(queue)?;
        if queue.backlog.bytes().saturating_add(bytes) > limit {
            return Err(ImportRefusal::StorageLimit { queue: queue.name().to_string(), limit });
        }
        let mut coming: BTreeSet<_> = messages.iter().map(|message| message.id).collect();
        for (_, entry) in queue.backlog.by_age() {
            coming.remove(&entry.id);
        }
        let (total, mut ids, mut bytes) = (messages.len(), Vec::new(), 0);
        for message in messages {
            if !coming.remove(&message.id) {
                continue;
            }
            let row = row(&message, (sequence, number), now);
            queue.backlog.insert(&row, now);
            ids.push(message.id);
            bytes += u64::from(row.size);
            effects.records.push(Record::Inserted(Box::new(row), message.payload));
            sequence.0 += 1;
        }
        let count = ids.len();
        let name = queue.name().clone();
        self.next_sequence = sequence;
        if count > 0 {
            effects.events.push(Event::Sent { queue: name, ids, bytes });
        }
        self.touch(number);
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Ok(MessagesImported { count: number(count), present: number(total - count) })
    }
}

fn row(message: &ImportedMessage, place: (Sequence, QueueNumber), now: Timestamp) -> MessageRow {
    MessageRow {
        sequence: place.0,
        queue: place.1,
        id: message.id,
        timestamp: message.timestamp,
        retained_since: now,
        due: message.due.map_or(now, |due| due.max(now)),
        size: u32::try_from(message.payload.body.len()).unwrap_or(u32::MAX),
        failures: message.failures,
        content_type: message.content_type,
        lease: 0,
        leased: false,
    }
}

/// How many bytes the bodies have together.
fn check_sizes(messages: &[ImportedMessage]) -> Result<u64, ImportRefusal> {
    let sizes = || messages.iter().map(|message| message.payload.body.len());
    match sizes().find(|bytes| *bytes > limits::MESSAGE_BYTES_MAX) {
        Some(bytes) => Err(ImportRefusal::MessageSize { bytes }),
        None => Ok(sizes().sum::<usize>() as u64),
    }
}
