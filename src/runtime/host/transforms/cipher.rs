//! AES over data that comes in pieces, as `createCipheriv` has it.

use aes::cipher::block_padding::Padding;

use super::{Flush, Step, Transform};
use crate::runtime::host::crypto::{Aes, Call, Counter, Gcm, Result, block, data, operation};

const STATE_BYTES: usize = 2048;
const BLOCK_BYTES: usize = 16;

enum Mode {
    Counter(Counter),
    Galois(Gcm),
    Chained { cipher: Aes, vector: [u8; BLOCK_BYTES], partial: Vec<u8>, is_padded: bool },
}

struct Cipher {
    mode: Mode,
    is_encrypting: bool,
}

/// Opens a cipher of a key (input 0), an initialization vector (input 1), and for GCM additional data (input 2).
/// GCM gives its tag when it is finished; for decryption the input of the last step is the expected one.
pub fn open(call: &Call) -> Result<(Box<dyn Transform>, usize)> {
    let (key, vector) = (call.bytes(0), call.bytes(1));
    let mode = match call.text("mode") {
        "CTR" => Mode::Counter(Counter::new(Aes::new(key)?, block(vector)?, u128::BITS)),
        "GCM" => Mode::Galois(Gcm::new(key, vector, call.bytes(2))?),
        "CBC" => Mode::Chained {
            cipher: Aes::new(key)?,
            vector: block(vector)?,
            partial: Vec::new(),
            is_padded: !call.flag("unpadded"),
        },
        other => return Err(data(format!("AES has no mode {other}"))),
    };
    Ok((Box::new(Cipher { mode, is_encrypting: call.flag("encrypt") }), STATE_BYTES))
}

impl Transform for Cipher {
    fn step(&mut self, input: &[u8], flush: Flush, _output_bytes_max: usize) -> Result<Step> {
        let has_ended = flush == Flush::Finish;
        let output = match &mut self.mode {
            Mode::Counter(counter) => {
                let mut output = input.to_vec();
                counter.apply(&mut output)?;
                output
            }
            Mode::Galois(mode) if has_ended && self.is_encrypting => mode.tag().to_vec(),
            Mode::Galois(mode) if has_ended => mode.verify(input).map(|()| Vec::new())?,
            Mode::Galois(mode) if self.is_encrypting => mode.encrypt(input),
            Mode::Galois(mode) => mode.decrypt(input),
            Mode::Chained { cipher, vector, partial, is_padded } => {
                partial.extend_from_slice(input);
                let mut chain = Chain { cipher, vector, partial, is_padded: *is_padded };
                if self.is_encrypting { chain.encrypt(has_ended) } else { chain.decrypt(has_ended) }?
            }
        };
        Ok(Step { output, consumed: input.len(), has_ended })
    }
}

/// CBC over whole blocks; what does not fill one waits.
struct Chain<'a> {
    cipher: &'a Aes,
    vector: &'a mut [u8; BLOCK_BYTES],
    partial: &'a mut Vec<u8>,
    is_padded: bool,
}

impl Chain<'_> {
    fn encrypt(&mut self, is_last: bool) -> Result<Vec<u8>> {
        if is_last && self.is_padded {
            let missing = BLOCK_BYTES - self.partial.len() % BLOCK_BYTES;
            self.partial.extend(std::iter::repeat_n(missing as u8, missing));
        }
        let output = self.take_blocks(0, |cipher, vector, block| {
            for (byte, mask) in block.iter_mut().zip(*vector) {
                *byte ^= mask;
            }
            cipher.encrypt_block(block);
            *vector = *block;
        });
        if is_last {
            self.check_nothing_left("wrong final block length")?
        }
        Ok(output)
    }

    fn decrypt(&mut self, is_last: bool) -> Result<Vec<u8>> {
        // The last block has the padding, and which one it is is known only at the end.
        let kept = usize::from(self.is_padded && !is_last);
        let mut output = self.take_blocks(kept, |cipher, vector, block| {
            let secret = *block;
            cipher.decrypt_block(block);
            for (byte, mask) in block.iter_mut().zip(*vector) {
                *byte ^= mask;
            }
            *vector = secret;
        });
        if is_last {
            self.check_nothing_left("wrong final block length")?;
            if self.is_padded {
                let plain = unpadded(&output).ok_or_else(|| operation("bad decrypt"))?;
                output.truncate(plain);
            }
        }
        Ok(output)
    }

    fn take_blocks(
        &mut self,
        kept: usize,
        convert: impl Fn(&Aes, &mut [u8; BLOCK_BYTES], &mut [u8; BLOCK_BYTES]),
    ) -> Vec<u8> {
        let blocks = self.partial.len() / BLOCK_BYTES;
        let is_exact = self.partial.len().is_multiple_of(BLOCK_BYTES);
        let taken = if is_exact { blocks.saturating_sub(kept) } else { blocks } * BLOCK_BYTES;
        let mut output: Vec<u8> = self.partial.drain(..taken).collect();
        for block in output.as_chunks_mut::<BLOCK_BYTES>().0 {
            convert(self.cipher, self.vector, block);
        }
        output
    }

    fn check_nothing_left(&self, message: &str) -> Result<()> {
        if self.partial.is_empty() { Ok(()) } else { Err(operation(message)) }
    }
}

/// Bytes of the plain text at whose end is the padding of PKCS #7.
fn unpadded(output: &[u8]) -> Option<usize> {
    let last = output.len().checked_sub(BLOCK_BYTES)?;
    let block = aes::cipher::Block::<aes::Aes128>::clone_from_slice(&output[last..]);
    let plain = aes::cipher::block_padding::Pkcs7::unpad(&block).ok()?;
    Some(last + plain.len())
}
