//! The numbers and ids by which the broker's parts speak of queues, consumers, messages and deliveries.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A message's place in the order in which the broker accepted messages, over all queues. A dead letter
/// gets a new one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Sequence(pub u64);

/// A queue's number inside this broker: never reused, survives a rename.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct QueueNumber(pub u32);

/// One delivery to a worker, unique while the process lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DeliveryNumber(pub u64);

/// The id of a queue or of a consumer as the REST API shows it: 32 lowercase hexadecimal characters.
///
/// Source: Cloudflare's API reference, Queues, `queue_id` and `consumer_id`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ResourceId([u8; 16]);

impl ResourceId {
    /// The id with these bits.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The id's bits.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for ResourceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// The text is not 32 hexadecimal characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id is 32 hexadecimal characters")]
pub struct InvalidResourceId;

impl FromStr for ResourceId {
    type Err = InvalidResourceId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(InvalidResourceId);
        }
        let bits = u128::from_str_radix(text, 16).map_err(|_| InvalidResourceId)?;
        Ok(Self(bits.to_be_bytes()))
    }
}

/// Unused ids that a command brings along, because the core makes none itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreshIds(Vec<[u8; 16]>);

impl FreshIds {
    /// These ids, to be used from the last to the first.
    pub fn new(ids: Vec<[u8; 16]>) -> Self {
        Self(ids)
    }

    /// The next unused id. When a command brought too few, ids are spun on from the queue's number, which
    /// no other queue has.
    pub(in crate::broker) fn next(&mut self, salt: u32) -> ResourceId {
        let bits = self.0.pop().unwrap_or_else(|| {
            let mut bits = [0xa5; 16];
            bits[..4].copy_from_slice(&salt.to_be_bytes());
            bits
        });
        ResourceId(bits)
    }
}
