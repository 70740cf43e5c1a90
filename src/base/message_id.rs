//! Message ids as Workers and the REST API show them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A message's id: 128 bits, shown as 32 lowercase hexadecimal characters.
///
/// Unique, chosen by the broker's driver, kept when a message becomes a dead letter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MessageId([u8; 16]);

impl MessageId {
    /// The id with these bits.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The id's bits.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0; 32];
        formatter.write_str(base16ct::lower::encode_str(&self.0, &mut digits).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// The text is not 32 hexadecimal characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message id is 32 hexadecimal characters")]
pub struct InvalidMessageId;

impl FromStr for MessageId {
    type Err = InvalidMessageId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 16];
        let length = base16ct::mixed::decode(text, &mut bytes).map_or(0, <[u8]>::len);
        if length == bytes.len() { Ok(Self(bytes)) } else { Err(InvalidMessageId) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_as_32_lowercase_hexadecimal_characters_and_read_back() {
        let id = MessageId::from_bytes([0x0a; 16]);
        assert_eq!(id.to_string(), "0a".repeat(16));
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("0a".parse::<MessageId>(), Err(InvalidMessageId));
        assert_eq!("+a".repeat(16).parse::<MessageId>(), Err(InvalidMessageId));
    }
}
