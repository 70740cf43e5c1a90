//! Transforms under way: compression, digests and ciphers whose input comes in pieces.
//!
//! The prelude opens one, gives it pieces, and closes it when it is done or the object that held it is collected.

mod brotli;
mod cipher;
mod deflate;
mod digest;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::crypto::{Call, Failure, Result};

/// What all open transforms of one isolate may take, about. Digests and ciphers are counted as small.
const OPEN_BYTES_MAX: usize = 128 * 1024 * 1024;
/// Most bytes that one step answers, whatever it is asked for.
const OUTPUT_BYTES_MAX: usize = 1024 * 1024;

/// How much of what it has taken in a transform is to give out; the numbers of zlib.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flush {
    /// As it likes.
    None,
    /// Everything, without an alignment to bytes.
    Partial,
    /// Everything.
    Sync,
    /// Everything, and what follows does not refer to it.
    Full,
    /// Everything: this is the end.
    Finish,
    /// Up to the next block.
    Block,
}

impl Flush {
    /// The flush with zlib's number.
    pub fn from_number(number: u32) -> Self {
        match number {
            1 => Self::Partial,
            2 => Self::Sync,
            3 => Self::Full,
            4 => Self::Finish,
            5 => Self::Block,
            _ => Self::None,
        }
    }
}

/// What one step did.
#[derive(Debug, Default)]
pub struct Step {
    /// What came out.
    pub output: Vec<u8>,
    /// How many bytes of the input went in.
    pub consumed: usize,
    /// Whether this was the end.
    pub has_ended: bool,
}

/// One transform.
trait Transform: Send {
    /// Takes in what it can of `input` while its output has at most `output_bytes_max` bytes.
    fn step(&mut self, input: &[u8], flush: Flush, output_bytes_max: usize) -> Result<Step>;

    /// Another one in the same state, where that exists.
    fn copy(&self) -> Option<Box<dyn Transform>> {
        None
    }
}

struct Open {
    transform: Box<dyn Transform>,
    bytes: usize,
}

/// The open transforms of one isolate.
#[derive(Default)]
pub struct Transforms {
    open: HashMap<u32, Open>,
    last: u32,
    bytes: usize,
}

impl Transforms {
    /// Opens one of a `kind`, and answers with its number.
    ///
    /// # Errors
    ///
    /// When the kind or its parameters are unknown, or too much is open.
    pub fn open(&mut self, kind: &str, parameters: &str, inputs: Vec<Vec<u8>>) -> Result<u32> {
        let call = Call::new(parameters, inputs)?;
        let (transform, bytes) = match kind {
            "digest" => digest::open(&call),
            "cipher" => cipher::open(&call),
            "deflate" => deflate::compressor(&call),
            "inflate" => deflate::decompressor(&call),
            "brotli-compress" => brotli::compressor(&call),
            "brotli-decompress" => brotli::decompressor(&call),
            other => Err(failure("ERR_INVALID_ARG_VALUE", &format!("There is no transform {other}"))),
        }?;
        self.insert(transform, bytes)
    }

    fn insert(&mut self, transform: Box<dyn Transform>, bytes: usize) -> Result<u32> {
        if self.bytes.saturating_add(bytes) > OPEN_BYTES_MAX {
            return Err(failure("Z_MEM_ERROR", "Too many compression streams are open at once."));
        }
        while self.open.contains_key(&self.last) {
            self.last = self.last.wrapping_add(1);
        }
        self.bytes += bytes;
        self.open.insert(self.last, Open { transform, bytes });
        Ok(self.last)
    }

    /// Gives one its next input.
    ///
    /// # Errors
    ///
    /// When it is not open or its data is bad.
    pub fn step(&mut self, number: u32, input: &[u8], flush: u32, output_bytes_max: u32) -> Result<Step> {
        let open = self.open.get_mut(&number).ok_or_else(|| failure("Z_STREAM_ERROR", "stream error"))?;
        let maximum = (output_bytes_max as usize).clamp(1, OUTPUT_BYTES_MAX);
        let flush = Flush::from_number(flush);
        // The crates are given hostile bytes; a mistake of theirs is not to end the isolate's thread.
        catch_unwind(AssertUnwindSafe(|| open.transform.step(input, flush, maximum)))
            .unwrap_or_else(|_| Err(failure("Z_DATA_ERROR", "The data could not be converted.")))
    }

    /// Opens another in the same state.
    ///
    /// # Errors
    ///
    /// When it is not open or has no copies.
    pub fn copy(&mut self, number: u32) -> Result<u32> {
        let missing = || failure("Z_STREAM_ERROR", "stream error");
        let open = self.open.get(&number).ok_or_else(missing)?;
        let (copy, bytes) = (open.transform.copy().ok_or_else(missing)?, open.bytes);
        self.insert(copy, bytes)
    }

    /// Closes one; one that is not open stays so.
    pub fn close(&mut self, number: u32) {
        if let Some(open) = self.open.remove(&number) {
            self.bytes -= open.bytes;
        }
    }
}

fn failure(name: &'static str, message: &str) -> Failure {
    Failure { name, message: message.to_owned() }
}

#[cfg(test)]
mod tests;
