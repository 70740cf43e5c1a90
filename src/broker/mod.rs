//! The queues: a pure core that decides, a storage that keeps, a driver that joins them to the world,
//! and two ports.
//!
//! - [`core`]: every rule of Cloudflare Queues as a state machine without I/O, clock or randomness.
//! - [`storage`]: the rows, in memory or in one SQLite file, and the lock of the state directory.
//! - `sharing`: several processes on one state directory: one owns the queues, the others ask it.
//! - [`Broker`]: the handle. Behind it one thread steps the core for everything that has arrived, makes
//!   one commit for all of it, and only then releases replies, deliveries and events.
//! - [`ports`]: [`Producer`] is what workers call, [`Consumer`] is what the broker calls.
//!
//! Absent by design: HTTP, wasmtime and wrangler's spelling.

pub mod core;
mod driver;
pub mod error;
mod handle;
mod inquiry;
pub mod ports;
pub mod request;
mod sharing;
pub mod storage;
#[cfg(test)]
mod tests;

pub use core::{
    Acknowledged, BatchDecision, ChangeSource, ConsumerDeclaration, ConsumerRow, ConsumerSettings, Decision,
    Event, HandlerResult, ImportedMessage, MessageCursor, MessageOrigin, MessageState, MessagesImported,
    MessagesMoved, MessagesPurged, Metrics, Outcome, Payload, ProducerDeclaration, ProducersByQueue,
    PullConsumer, QueueChange, QueueRow, QueueSettings, ResourceId, Topology, WorkerConsumer,
};
pub use error::{BrokerClosed, Failure};
pub use handle::{Broker, BrokerOptions};
pub use ports::{
    Consumer, DeliveredMessage, Delivery, MetricsReply, NewMessage, Producer, SendReply, SendRequest, Ticket,
};
pub use request::{
    AcknowledgeRequest, Activity, MessagePage, Observer, PeekedMessage, PullRequest, Pulled, PulledMessage,
    Unobserved,
};
pub use sharing::{OpenError, StateOptions};
pub use storage::{Storage, StorageError};
