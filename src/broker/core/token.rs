//! The opaque texts that name a lease or a message to clients.

use std::fmt::Write;

use super::backlog::Entry;
use super::identity::{QueueNumber, Sequence};
use crate::base::MessageId;

/// What a token names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A pull's lease of a message.
    Lease = 1,
    /// A message, as a peek showed it.
    Reference = 2,
}

/// A token: a message's place, enough of its id to tell it from a later message in the same place, and the
/// number of the lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub queue: QueueNumber,
    pub sequence: Sequence,
    pub lease: u32,
    id_bits: u32,
}

impl Token {
    pub fn new(queue: QueueNumber, entry: &Entry) -> Self {
        Self { queue, sequence: entry.sequence, lease: entry.lease, id_bits: id_bits(entry.id) }
    }

    /// Whether it names this message.
    pub fn names(&self, entry: &Entry) -> bool {
        self.sequence == entry.sequence && self.id_bits == id_bits(entry.id)
    }

    pub fn text(&self, kind: TokenKind) -> String {
        let fields = self.fields();
        let check = check(kind, fields);
        let mut text = String::with_capacity(48);
        for part in [u64::from(check), fields[0], fields[1], fields[2]] {
            // Writing to a string cannot fail.
            let _ = write!(text, "{part:x}-");
        }
        text.pop();
        text
    }

    /// Reads a token of this kind; `None` when it is none.
    pub fn parse(kind: TokenKind, text: &str) -> Option<Self> {
        let mut parts = text.split('-').map(|part| u64::from_str_radix(part, 16).ok());
        let mut part = || parts.next().flatten();
        let (check_value, fields) = (part()?, [part()?, part()?, part()?]);
        let token = Self {
            queue: QueueNumber(u32::try_from(fields[0] >> 32).ok()?),
            sequence: Sequence(fields[1]),
            lease: u32::try_from(fields[2] >> 32).ok()?,
            id_bits: u32::try_from(fields[2] & 0xffff_ffff).ok()?,
        };
        let whole = u64::from(check(kind, token.fields())) == check_value && fields == token.fields();
        (whole && token.text(kind) == text).then_some(token)
    }

    fn fields(&self) -> [u64; 3] {
        [
            u64::from(self.queue.0) << 32,
            self.sequence.0,
            (u64::from(self.lease) << 32) | u64::from(self.id_bits),
        ]
    }
}

fn id_bits(id: MessageId) -> u32 {
    let bytes = id.as_bytes();
    u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// Tells a token from a text that looks like one (FNV-1a). It is no secret: whoever may pull may as well
/// acknowledge.
fn check(kind: TokenKind, fields: [u64; 3]) -> u32 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ kind as u64;
    for byte in fields.iter().flat_map(|field| field.to_be_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    u32::try_from(hash >> 32).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn read_back_as_written(queue: u32, sequence: u64, lease: u32, id_bits: u32) {
            let token = Token { queue: QueueNumber(queue), sequence: Sequence(sequence), lease, id_bits };
            let text = token.text(TokenKind::Lease);
            prop_assert_eq!(Token::parse(TokenKind::Lease, &text), Some(token));
            prop_assert_eq!(Token::parse(TokenKind::Reference, &text), None);
        }

        #[test]
        fn anything_else_is_no_token(text in ".{0,60}") {
            prop_assert_eq!(Token::parse(TokenKind::Lease, &text), None);
        }
    }

    #[test]
    fn a_changed_token_is_no_token() {
        let token =
            Token { queue: QueueNumber(7), sequence: Sequence(123_456), lease: 1, id_bits: 0xdead_beef };
        let text = token.text(TokenKind::Lease);
        for index in 0..text.len() {
            for digit in ['0', '7', 'f'] {
                let mut changed: Vec<char> = text.chars().collect();
                if changed[index] != digit {
                    changed[index] = digit;
                    let changed: String = changed.into_iter().collect();
                    assert_eq!(Token::parse(TokenKind::Lease, &changed), None, "{changed}");
                }
            }
        }
    }
}
