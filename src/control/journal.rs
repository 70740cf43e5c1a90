//! What happened to the messages of a session, with their bodies, as far back as it goes.

use std::collections::{VecDeque, hash_map};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use rustc_hash::FxHashMap;
use tokio::sync::Notify;

use crate::base::{Clock, ContentType, MessageId, Timestamp};
use crate::broker::{Delivery, Event, Observer};

/// Most entries that are kept; the oldest go first.
pub const ENTRIES_MAX: usize = 20_000;
/// Most bytes of bodies that are kept; the oldest go first, and their entries stay without them.
pub const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;

/// What happened to a message, or to a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// It was accepted.
    Sent,
    /// It was handed to a worker.
    Delivered,
    /// It was handed to a client that pulled.
    Pulled,
    /// It is finished.
    Acknowledged,
    /// It will be delivered again.
    Retried,
    /// It went to the dead letter queue.
    DeadLettered,
    /// It was moved to another queue by hand.
    Moved,
    /// It was deleted after its last attempt.
    Dropped,
    /// It outlived its retention.
    Expired,
    /// Messages were deleted by hand.
    Purged,
    /// A delivery ended well.
    Succeeded,
    /// A delivery failed: the handler threw, passed a limit or vanished.
    Failed,
}

impl EntryKind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::Sent,
        Self::Delivered,
        Self::Pulled,
        Self::Acknowledged,
        Self::Retried,
        Self::DeadLettered,
        Self::Moved,
        Self::Dropped,
        Self::Expired,
        Self::Purged,
        Self::Succeeded,
        Self::Failed,
    ];

    /// Its name, in lower case with hyphens.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Pulled => "pulled",
            Self::Acknowledged => "acknowledged",
            Self::Retried => "retried",
            Self::DeadLettered => "dead-lettered",
            Self::Moved => "moved",
            Self::Dropped => "dropped",
            Self::Expired => "expired",
            Self::Purged => "purged",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }

    /// Whether it is about a delivery, not about one message: then there is no id, no attempt and no body.
    pub const fn is_of_a_delivery(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A message's body and how it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownBody {
    /// How it was sent.
    pub content_type: ContentType,
    /// The body.
    pub body: Bytes,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number, from 1 on without a gap.
    pub number: u64,
    /// When it happened, by the session's clock.
    pub at: Timestamp,
    /// What happened.
    pub kind: EntryKind,
    /// The queue.
    pub queue: Arc<str>,
    /// The message; `None` for what is about several.
    pub id: Option<MessageId>,
    /// The attempt, or how many there were.
    pub attempt: Option<u32>,
    /// The queue it went to, the worker that had it, why it failed, how many there were.
    pub detail: Option<Arc<str>>,
}

/// The journal of a session.
pub struct Journal {
    clock: Arc<dyn Clock>,
    pages: Mutex<Pages>,
    written: Notify,
}

#[derive(Default)]
struct Pages {
    entries: VecDeque<Entry>,
    /// The number of the newest entry.
    newest: u64,
    /// The ids are random, so that any hash will do.
    bodies: FxHashMap<MessageId, KnownBody>,
    /// The ids of `bodies` from the oldest on.
    order: VecDeque<MessageId>,
    bytes: usize,
}

impl Journal {
    /// An empty journal.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, pages: Mutex::default(), written: Notify::new() }
    }

    /// The number of the newest entry; 0 when there was none.
    pub fn newest(&self) -> u64 {
        self.pages().newest
    }

    /// Whether something happened in a queue of this name.
    pub fn mentions(&self, queue: &str) -> bool {
        self.pages().entries.iter().any(|entry| *entry.queue == *queue)
    }

    /// The entries after the one with the number `since`, as far as they are kept, with the bodies of their
    /// messages as far as those are.
    pub fn after(&self, since: u64) -> Vec<(Entry, Option<KnownBody>)> {
        let pages = self.pages();
        let first = pages.entries.partition_point(|entry| entry.number <= since);
        let entries = pages.entries.range(first..).map(|entry| {
            let body = entry.id.and_then(|id| pages.bodies.get(&id).cloned());
            (entry.clone(), body)
        });
        entries.collect()
    }

    /// Waits until there is an entry after this one.
    pub async fn written_after(&self, number: u64) {
        loop {
            let mut written = std::pin::pin!(self.written.notified());
            written.as_mut().enable();
            if self.newest() > number {
                return;
            }
            written.await;
        }
    }

    /// Messages were handed to a worker without the queues' doing, each with its attempt: copies that `--chaos` makes.
    pub fn delivered(&self, queue: &Arc<str>, worker: &Arc<str>, messages: &[(MessageId, u32)]) {
        let (queue, worker, messages) = (queue.clone(), worker.clone(), messages.to_vec());
        self.write(&Event::Delivered { queue, worker, messages, running: 0, concurrency: 0 });
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, event: &Event) {
        let at = self.clock.now();
        let mut pages = self.pages();
        let mut line = |kind, queue: &Arc<str>, id: Option<MessageId>, attempt, detail: Option<Arc<str>>| {
            pages.write(Entry { number: 0, at, kind, queue: queue.clone(), id, attempt, detail });
        };
        match event {
            Event::Sent { queue, ids, .. } => {
                ids.iter().for_each(|id| line(EntryKind::Sent, queue, Some(*id), None, None));
            }
            Event::Delivered { queue, worker, messages, .. } => messages.iter().for_each(|(id, attempt)| {
                line(EntryKind::Delivered, queue, Some(*id), Some(*attempt), Some(worker.clone()));
            }),
            Event::Pulled { queue, messages } => messages.iter().for_each(|(id, attempt)| {
                line(EntryKind::Pulled, queue, Some(*id), Some(*attempt), None);
            }),
            Event::Acknowledged { queue, ids } => {
                ids.iter().for_each(|id| line(EntryKind::Acknowledged, queue, Some(*id), None, None));
            }
            Event::MessagesPurged { queue, ids } => {
                ids.iter().for_each(|id| line(EntryKind::Purged, queue, Some(*id), None, None));
            }
            Event::Retried { id, queue, attempt, .. } => {
                line(EntryKind::Retried, queue, Some(*id), Some(*attempt), None);
            }
            Event::DeadLettered { id, queue, dead_letter_queue, attempts } => {
                let target = Some(dead_letter_queue.clone());
                line(EntryKind::DeadLettered, queue, Some(*id), Some(*attempts), target);
            }
            Event::Moved { id, queue, target } => {
                line(EntryKind::Moved, queue, Some(*id), None, Some(target.clone()));
            }
            Event::Dropped { id, queue, attempts } => {
                line(EntryKind::Dropped, queue, Some(*id), Some(*attempts), None);
            }
            Event::Expired { queue, ids } => {
                ids.iter().for_each(|id| line(EntryKind::Expired, queue, Some(*id), None, None));
            }
            Event::Purged { queue, count } => {
                line(EntryKind::Purged, queue, None, None, Some(count.to_string().into()));
            }
            Event::DeliveryFinished { queue, failure, .. } => match failure {
                None => line(EntryKind::Succeeded, queue, None, None, None),
                Some(reason) => line(EntryKind::Failed, queue, None, None, Some(reason.as_str().into())),
            },
            Event::Reset => pages.clear(),
            _ => return,
        }
        drop(pages);
        self.written.notify_waiters();
    }
}

impl Pages {
    fn write(&mut self, mut entry: Entry) {
        self.newest += 1;
        entry.number = self.newest;
        self.entries.push_back(entry);
        if self.entries.len() > ENTRIES_MAX {
            self.entries.pop_front();
        }
    }

    fn remember(&mut self, id: MessageId, content_type: ContentType, body: &Bytes) {
        let hash_map::Entry::Vacant(unknown) = self.bodies.entry(id) else { return };
        unknown.insert(KnownBody { content_type, body: body.clone() });
        self.order.push_back(id);
        self.bytes += body.len();
        while self.bytes > BODY_BYTES_MAX || self.order.len() > ENTRIES_MAX {
            let Some(oldest) = self.order.pop_front() else { return };
            self.bytes -= self.bodies.remove(&oldest).map_or(0, |known| known.body.len());
        }
    }

    /// Numbers go on, so that what was read before is not taken for what comes.
    fn clear(&mut self) {
        *self = Self { newest: self.newest, ..Self::default() };
    }
}

impl Observer for Journal {
    fn event(&self, event: &Event) {
        self.write(event);
    }

    fn accepted(&self, id: MessageId, content_type: ContentType, body: &Bytes) {
        self.pages().remember(id, content_type, body);
    }

    fn delivering(&self, delivery: &Delivery) {
        let mut pages = self.pages();
        for message in &delivery.messages {
            pages.remember(message.id, message.content_type, &message.body);
        }
    }
}
