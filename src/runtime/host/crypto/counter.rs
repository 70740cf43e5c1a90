//! Counter mode with a counter of any width (NIST SP 800-38A, 6.5), in pieces of any length.

use super::aes::{Aes, BLOCK_BYTES};
use super::failure::{Result, operation};

/// A key stream and how much of it has been used. The Web Cryptography API lets the counter have from 1 to
/// 128 bits of the block; it wraps within them, and may not come round to where it began.
pub struct Counter {
    cipher: Aes,
    nonce: u128,
    mask: u128,
    first: u128,
    blocks: u128,
    stream: [u8; BLOCK_BYTES],
    used: usize,
}

impl Counter {
    /// The counter's lowest `bits` bits of `initial` count; the others stay.
    pub fn new(cipher: Aes, initial: [u8; BLOCK_BYTES], bits: u32) -> Self {
        let initial = u128::from_be_bytes(initial);
        let mask = if bits >= u128::BITS { u128::MAX } else { (1 << bits) - 1 };
        Self {
            cipher,
            nonce: initial & !mask,
            mask,
            first: initial & mask,
            blocks: 0,
            stream: [0; BLOCK_BYTES],
            used: BLOCK_BYTES,
        }
    }

    /// Encrypts or decrypts in place, which is the same.
    ///
    /// # Errors
    ///
    /// When the key stream would repeat.
    pub fn apply(&mut self, bytes: &mut [u8]) -> Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            if self.used == BLOCK_BYTES {
                self.advance()?;
            }
            let length = rest.len().min(BLOCK_BYTES - self.used);
            let (now, later) = rest.split_at_mut(length);
            for (byte, mask) in now.iter_mut().zip(&self.stream[self.used..]) {
                *byte ^= mask;
            }
            self.used += length;
            rest = later;
        }
        Ok(())
    }

    fn advance(&mut self) -> Result<()> {
        if self.blocks > self.mask {
            return Err(operation("The data is too long: the counter would repeat."));
        }
        let count = self.first.wrapping_add(self.blocks) & self.mask;
        self.stream = (self.nonce | count).to_be_bytes();
        self.cipher.encrypt_block(&mut self.stream);
        // 128 bits never come round.
        self.blocks = self.blocks.saturating_add(1);
        self.used = 0;
        Ok(())
    }
}
