//! Galois/Counter Mode (NIST SP 800-38D) with initialization vectors of any length, in pieces of any length.

use ghash::GHash;
use ghash::universal_hash::{KeyInit, UniversalHash};
use subtle::ConstantTimeEq;

use super::aes::{Aes, BLOCK_BYTES};
use super::counter::Counter;
use super::failure::{Result, operation};

/// The vectors' length for which the first counter is the vector itself.
const USUAL_VECTOR_BYTES: usize = 12;
const COUNTER_BITS: u32 = 32;

/// One encryption or decryption under way.
pub struct Gcm {
    counter: Counter,
    /// What the tag is encrypted with.
    mask: [u8; BLOCK_BYTES],
    hash: GHash,
    /// Hashed bytes that do not fill a block yet.
    partial: Vec<u8>,
    additional_bytes: u64,
    data_bytes: u64,
}

impl Gcm {
    /// Begins with everything but the data.
    ///
    /// # Errors
    ///
    /// When the key has a length AES does not have, or the vector is empty.
    pub fn new(key: &[u8], vector: &[u8], additional: &[u8]) -> Result<Self> {
        if vector.is_empty() {
            return Err(operation("The initialization vector is empty."));
        }
        let cipher = Aes::new(key)?;
        let mut hash_key = [0; BLOCK_BYTES];
        cipher.encrypt_block(&mut hash_key);
        let mut hash = GHash::new(&hash_key.into());
        let first = first_counter(hash.clone(), vector);
        let mut mask = first;
        cipher.encrypt_block(&mut mask);
        hash.update_padded(additional);
        let mut counter = Counter::new(cipher, first, COUNTER_BITS);
        // The first block of the key stream is the tag's.
        counter.apply(&mut [0; BLOCK_BYTES])?;
        let additional_bytes = additional.len() as u64;
        Ok(Self { counter, mask, hash, partial: Vec::new(), additional_bytes, data_bytes: 0 })
    }

    /// Encrypts the next piece.
    pub fn encrypt(&mut self, plain: &[u8]) -> Vec<u8> {
        let mut output = plain.to_vec();
        self.apply(&mut output);
        self.absorb(&output);
        output
    }

    /// Decrypts the next piece. It is only to be believed after [`Gcm::verify`].
    pub fn decrypt(&mut self, secret: &[u8]) -> Vec<u8> {
        let mut output = secret.to_vec();
        self.absorb(secret);
        self.apply(&mut output);
        output
    }

    /// The authentication tag of everything up to now.
    pub fn tag(&self) -> [u8; BLOCK_BYTES] {
        let mut hash = self.hash.clone();
        hash.update_padded(&self.partial);
        hash.update_padded(&length_block(self.additional_bytes, self.data_bytes));
        let mut tag: [u8; BLOCK_BYTES] = hash.finalize().into();
        for (byte, mask) in tag.iter_mut().zip(self.mask) {
            *byte ^= mask;
        }
        tag
    }

    /// Compares the beginning of the tag in constant time.
    ///
    /// # Errors
    ///
    /// When it differs.
    pub fn verify(&self, tag: &[u8]) -> Result<()> {
        let own = self.tag();
        let is_equal = !tag.is_empty() && tag.len() <= own.len() && bool::from(own[..tag.len()].ct_eq(tag));
        if is_equal { Ok(()) } else { Err(operation("The authentication tag does not match.")) }
    }

    fn apply(&mut self, bytes: &mut [u8]) {
        // The counter repeats after 64 GB, more than an isolate ever has.
        let _ = self.counter.apply(bytes);
    }

    fn absorb(&mut self, secret: &[u8]) {
        self.data_bytes += secret.len() as u64;
        self.partial.extend_from_slice(secret);
        let whole = self.partial.len() - self.partial.len() % BLOCK_BYTES;
        self.hash.update_padded(&self.partial[..whole]);
        self.partial.drain(..whole);
    }
}

fn first_counter(mut hash: GHash, vector: &[u8]) -> [u8; BLOCK_BYTES] {
    if vector.len() == USUAL_VECTOR_BYTES {
        let mut first = [0; BLOCK_BYTES];
        first[..USUAL_VECTOR_BYTES].copy_from_slice(vector);
        first[BLOCK_BYTES - 1] = 1;
        return first;
    }
    hash.update_padded(vector);
    hash.update_padded(&length_block(0, vector.len() as u64));
    hash.finalize().into()
}

/// Two lengths in bits.
fn length_block(first_bytes: u64, second_bytes: u64) -> [u8; BLOCK_BYTES] {
    let mut block = [0; BLOCK_BYTES];
    block[..8].copy_from_slice(&(first_bytes * 8).to_be_bytes());
    block[8..].copy_from_slice(&(second_bytes * 8).to_be_bytes());
    block
}
