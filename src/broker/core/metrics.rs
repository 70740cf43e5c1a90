//! How much a queue holds.

use serde::{Deserialize, Serialize};

use crate::base::Timestamp;

/// A queue's backlog: messages accepted and not finished, whether ready, delayed or leased.
///
/// Source: Cloudflare's documentation, "JavaScript APIs", `QueueMetrics`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metrics {
    /// Messages.
    pub backlog_count: u64,
    /// The sum of their bodies' lengths, in bytes.
    pub backlog_bytes: u64,
    /// When the oldest of them was sent; `None` when there is none.
    pub oldest_message_timestamp: Option<Timestamp>,
}
