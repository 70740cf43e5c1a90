//! Every rule of Cloudflare Queues as a state machine.
//!
//! [`Core::step`] is handed the time and an input and says what is to be done. It performs no I/O, reads
//! no clock, draws no random numbers, and keeps its order in ordered collections: the same steps always
//! have the same effects. One operation is one file of `operation`.
//!
//! The rules: Cloudflare's documentation, "Batching, Retries and Delays", "Dead Letter Queues", "Consumer
//! concurrency", "Pause & Purge", "Pull consumers".

mod backlog;
mod concurrency;
#[cfg(test)]
pub(in crate::broker) mod dump;
mod effects;
mod error;
mod event;
mod identity;
mod input;
mod load;
mod metrics;
mod operation;
mod outcome;
mod process;
mod queue;
mod row;
#[cfg(test)]
mod script;
mod settings;
#[cfg(test)]
mod tests;
mod token;
mod topology;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use effects::{
    Acknowledged, DeliveryOrder, Effects, MessageHead, MessageState, MessagesImported, MessagesMoved,
    MessagesPurged, PeekedHead, PullOrder, Reply,
};
pub use error::{
    AcknowledgeRefusal, AttachRefusal, ConfigureRefusal, ConsumerExists, ConsumerNotFound, CreateRefusal,
    DeleteRefusal, DetachRefusal, ImportRefusal, NameTaken, OwnDeadLetterQueue, PullRefusal, QueueNotFound,
    SendRefusal, UpdateRefusal,
};
pub use event::Event;
pub use identity::{DeliveryNumber, FreshIds, InvalidResourceId, QueueNumber, ResourceId, Sequence};
pub use input::{
    BodyDamage, HeldDelivery, ImportedMessage, IncomingMessage, Input, PulledLease, SendCommand, SentSpan,
};
pub use load::Loader;
pub use metrics::Metrics;
pub use outcome::{BatchDecision, Decision, HandlerResult, Outcome};
pub use process::ProcessNumber;
pub use row::{ConsumerRow, MessageOrigin, MessageRow, Payload, QueueRow, Record};
pub use settings::{
    ChangeSource, ConsumerSettings, PullConsumer, QueueChange, QueueSettings, WorkerConsumer,
};
pub use topology::{ConsumerDeclaration, ProducerDeclaration, ProducersByQueue, Topology};

pub use view::MessageCursor;

use backlog::Slot;
use process::Process;
use queue::Queue;
use settings::RetryPolicy;

use crate::base::{Timestamp, limits};

/// Limits that a session may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoreLimits {
    /// Most messages a second that one queue takes; `None` takes all that come.
    pub messages_per_second: Option<u32>,
    /// Largest backlog of one queue, in bytes.
    pub backlog_bytes_max: u64,
}

impl Default for CoreLimits {
    fn default() -> Self {
        Self { messages_per_second: None, backlog_bytes_max: limits::BACKLOG_BYTES_MAX }
    }
}

/// All queues.
#[derive(Debug)]
pub struct Core {
    limits: CoreLimits,
    now: Timestamp,
    queues: BTreeMap<QueueNumber, Queue>,
    names: BTreeMap<Arc<str>, QueueNumber>,
    ids: BTreeMap<ResourceId, QueueNumber>,
    /// Each queue's next deadline: an idle queue costs nothing.
    deadlines: BTreeSet<(Timestamp, QueueNumber)>,
    deliveries: BTreeMap<DeliveryNumber, RunningDelivery>,
    /// Processes that are here; the owner always is.
    processes: BTreeMap<ProcessNumber, Process>,
    /// Workers that take deliveries, and the processes they are in.
    workers: BTreeMap<String, BTreeSet<ProcessNumber>>,
    /// Queues that a step has touched and not settled yet.
    touched: BTreeSet<QueueNumber>,
    delivering: bool,
    next_sequence: Sequence,
    next_queue: QueueNumber,
    next_delivery: DeliveryNumber,
}

/// A delivery that a worker holds. The retry policy is that of the moment when it began.
#[derive(Debug)]
struct RunningDelivery {
    queue: QueueNumber,
    worker: Arc<str>,
    messages: Vec<(Slot, Sequence)>,
    policy: Arc<RetryPolicy>,
}

impl Core {
    /// No queues.
    pub fn new(limits: CoreLimits) -> Self {
        Self {
            limits,
            now: Timestamp::default(),
            queues: BTreeMap::new(),
            names: BTreeMap::new(),
            ids: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            deliveries: BTreeMap::new(),
            processes: BTreeMap::from([(ProcessNumber::OWNER, Process::default())]),
            workers: BTreeMap::new(),
            touched: BTreeSet::new(),
            delivering: true,
            next_sequence: Sequence(1),
            next_queue: QueueNumber(1),
            next_delivery: DeliveryNumber(1),
        }
    }

    /// Does what `input` says at the instant `now`, after everything that was due until then, and adds what
    /// is to be done to `effects`: exactly one reply, and any number of the rest.
    pub fn step(&mut self, now: Timestamp, input: Input, effects: &mut Effects) {
        // A session that begins anew may do so at an earlier time.
        let anew = matches!(input, Input::Reset { .. });
        self.now = if anew { now } else { self.now.max(now) };
        self.wake_due(effects);
        let reply = self.apply(input, effects);
        self.settle_touched(effects);
        effects.replies.push(reply);
    }

    /// When [`Core::step`] must be called next, with [`Input::Tick`] if there is nothing else.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// Deliveries that workers hold.
    pub fn running(&self) -> usize {
        self.deliveries.len()
    }

    fn apply(&mut self, input: Input, effects: &mut Effects) -> Reply {
        match input {
            Input::Send(command) => Reply::Sent(self.send(command, effects)),
            Input::Finish { delivery, outcome, duration_ms } => {
                self.finish(delivery, &outcome, duration_ms, effects)
            }
            Input::Pull { queue, batch_size, visibility_timeout_ms } => {
                Reply::Pulled(self.pull(&queue, batch_size, visibility_timeout_ms, effects))
            }
            Input::Acknowledge { queue, acks, retries } => {
                Reply::Acknowledged(self.acknowledge(&queue, acks, retries, effects))
            }
            Input::PurgeQueue { queue } => Reply::Purged(self.purge_queue(&queue, effects)),
            Input::PurgeMessages { queue, references } => {
                Reply::MessagesPurged(self.purge_messages(&queue, references, effects))
            }
            Input::MoveMessages { queue, moves } => {
                Reply::MessagesMoved(self.move_messages(&queue, moves, effects))
            }
            Input::Import { queue, messages } => Reply::Imported(self.import(&queue, messages, effects)),
            Input::CreateQueue { name, settings, id, source } => {
                Reply::Created(self.create_queue(&name, settings, id, source, effects))
            }
            Input::UpdateQueue { queue, change, source } => {
                Reply::Updated(self.update_queue(&queue, change, source, effects))
            }
            Input::DeleteQueue { queue } => Reply::Deleted(self.delete_queue(&queue, effects)),
            Input::AttachConsumer { queue, settings, source, ids } => {
                Reply::Attached(self.attach_consumer(&queue, settings, source, ids, effects))
            }
            Input::UpdateConsumer { queue, consumer, settings, source, ids } => {
                Reply::Attached(self.update_consumer(&queue, consumer, settings, source, ids, effects))
            }
            Input::DetachConsumer { queue, consumer } => {
                Reply::Detached(self.detach_consumer(&queue, consumer, effects))
            }
            Input::Configure { process, topology, ids } => {
                Reply::Configured(self.configure(process, &topology, ids, effects))
            }
            Input::Adopt(held) => Reply::Adopted(self.adopt(&held)),
            other => self.apply_inner(other, effects),
        }
    }

    /// What the driver tells of itself, without anybody waiting.
    fn apply_inner(&mut self, input: Input, effects: &mut Effects) -> Reply {
        match input {
            Input::Join { process, label } => self.join(process, label),
            Input::Leave(process) => self.leave(process),
            Input::ConnectWorker { process, worker } => self.connect_worker(process, worker),
            Input::DisconnectWorker { process, worker } => self.disconnect_worker(process, &worker),
            Input::SetDelivering(delivering) => self.set_delivering(delivering),
            Input::Withdraw(span) => self.withdraw(&span),
            Input::Cancel(delivery) => drop(self.cancel(delivery)),
            Input::Reset { declared, ids } => self.reset(&declared, ids, effects),
            Input::GiveBack(delivery) => self.give_back(delivery, effects),
            Input::CancelLeases(leases) => self.cancel_leases(leases, effects),
            Input::SetAside { queue, sequence, damage, remedy } => {
                self.set_aside(&queue, sequence, damage, remedy.as_deref(), effects);
            }
            // `Tick`, for which waking what is due was all there is to do; the rest went another way.
            _ => {}
        }
        Reply::None
    }

    /// The queue of this id or name. A text that is an id is one, even where a queue is named so.
    fn find(&self, name_or_id: &str) -> Result<QueueNumber, QueueNotFound> {
        let by_id = name_or_id.parse::<ResourceId>().ok().and_then(|id| self.ids.get(&id));
        let found = by_id.or_else(|| self.names.get(name_or_id));
        found.copied().ok_or_else(|| QueueNotFound { queue: name_or_id.to_owned() })
    }

    fn find_mut(&mut self, name_or_id: &str) -> Result<(QueueNumber, &mut Queue), QueueNotFound> {
        let number = self.find(name_or_id)?;
        let queue = self.queues.get_mut(&number);
        queue.map(|queue| (number, queue)).ok_or_else(|| QueueNotFound { queue: name_or_id.to_owned() })
    }

    /// The queue of this name, which the core itself gave away.
    fn named_mut(&mut self, name: &str) -> Option<(QueueNumber, &mut Queue)> {
        let number = *self.names.get(name)?;
        self.queues.get_mut(&number).map(|queue| (number, queue))
    }

    fn touch(&mut self, queue: QueueNumber) {
        self.touched.insert(queue);
    }

    fn take_sequence(&mut self) -> Sequence {
        let sequence = self.next_sequence;
        self.next_sequence.0 += 1;
        sequence
    }
}
