//! The modes of AES: CBC and CTR (NIST SP 800-38A), GCM (SP 800-38D), key wrap (RFC 3394).

use aes::cipher::block_padding::{NoPadding, Pkcs7};
use aes::cipher::{BlockDecryptMut, BlockEncryptMut, InnerIvInit, KeyInit};
use aes::{Aes128, Aes192, Aes256};
use aes_kw::{KekAes128, KekAes192, KekAes256};

use super::call::{Answer, Call};
use super::counter::Counter;
use super::failure::{Result, data, operation};
use super::gcm::Gcm;

/// Bytes of a block.
pub const BLOCK_BYTES: usize = 16;

/// AES with a key of any of its lengths.
#[derive(Clone)]
pub enum Aes {
    /// A key of 128 bits.
    Short(Aes128),
    /// A key of 192 bits.
    Middle(Aes192),
    /// A key of 256 bits.
    Long(Aes256),
}

/// Evaluates `$body` with `$cipher` as the cipher of the key's length.
macro_rules! with_cipher {
    ($aes:expr, $cipher:ident => $body:expr) => {
        match $aes {
            Aes::Short($cipher) => $body,
            Aes::Middle($cipher) => $body,
            Aes::Long($cipher) => $body,
        }
    };
}

impl Aes {
    /// The cipher of `key`.
    ///
    /// # Errors
    ///
    /// When it has not 16, 24 or 32 bytes.
    pub fn new(key: &[u8]) -> Result<Self> {
        let cipher = match key.len() {
            16 => Aes128::new_from_slice(key).map(Self::Short),
            24 => Aes192::new_from_slice(key).map(Self::Middle),
            _ => Aes256::new_from_slice(key).map(Self::Long),
        };
        cipher.map_err(|_| data("A key of AES has 128, 192 or 256 bits."))
    }

    /// Encrypts one block in place.
    pub fn encrypt_block(&self, block: &mut [u8; BLOCK_BYTES]) {
        use aes::cipher::BlockEncrypt;
        with_cipher!(self, cipher => cipher.encrypt_block(block.into()))
    }

    /// Decrypts one block in place.
    pub fn decrypt_block(&self, block: &mut [u8; BLOCK_BYTES]) {
        use aes::cipher::BlockDecrypt;
        with_cipher!(self, cipher => cipher.decrypt_block(block.into()))
    }

    fn cbc_encrypt(&self, vector: &[u8], plain: &[u8], is_padded: bool) -> Result<Vec<u8>> {
        if !is_padded && !plain.len().is_multiple_of(BLOCK_BYTES) {
            return Err(operation("The data is not a multiple of 16 bytes."));
        }
        let vector = block(vector)?;
        with_cipher!(self.clone(), cipher => {
            let mode = cbc::Encryptor::inner_iv_init(cipher, &vector.into());
            Ok(if is_padded {
                mode.encrypt_padded_vec_mut::<Pkcs7>(plain)
            } else {
                mode.encrypt_padded_vec_mut::<NoPadding>(plain)
            })
        })
    }

    fn cbc_decrypt(&self, vector: &[u8], secret: &[u8], is_padded: bool) -> Result<Vec<u8>> {
        let vector = block(vector)?;
        with_cipher!(self.clone(), cipher => {
            let mode = cbc::Decryptor::inner_iv_init(cipher, &vector.into());
            if is_padded {
                mode.decrypt_padded_vec_mut::<Pkcs7>(secret)
            } else {
                mode.decrypt_padded_vec_mut::<NoPadding>(secret)
            }
        })
        .map_err(|_| operation("The data could not be decrypted."))
    }
}

/// An initial block.
///
/// # Errors
///
/// When it has not 16 bytes.
pub fn block(bytes: &[u8]) -> Result<[u8; BLOCK_BYTES]> {
    bytes.try_into().map_err(|_| operation("The initialization vector does not have 16 bytes."))
}

/// Encrypts data (input 2) with a key (input 0) and an initialization vector (input 1).
pub fn encrypt(call: &Call) -> Result<Answer> {
    let (key, vector, plain) = (call.bytes(0), call.bytes(1), call.bytes(2));
    Ok(Answer::one(match call.text("mode") {
        "CBC" => Aes::new(key)?.cbc_encrypt(vector, plain, !call.flag("unpadded"))?,
        "CTR" => count(call)?,
        "GCM" => {
            let mut mode = Gcm::new(key, vector, call.bytes(3))?;
            let mut output = mode.encrypt(plain);
            output.extend_from_slice(&mode.tag()[..tag_bytes(call)?]);
            output
        }
        "KW" => wrap(key, plain)?,
        other => return Err(data(format!("AES has no mode {other}"))),
    }))
}

/// The reverse of [`encrypt`].
pub fn decrypt(call: &Call) -> Result<Answer> {
    let (key, vector, secret) = (call.bytes(0), call.bytes(1), call.bytes(2));
    Ok(Answer::one(match call.text("mode") {
        "CBC" => Aes::new(key)?.cbc_decrypt(vector, secret, !call.flag("unpadded"))?,
        "CTR" => count(call)?,
        "GCM" => {
            let too_short = || operation("The data is shorter than its authentication tag.");
            let split = secret.len().checked_sub(tag_bytes(call)?).ok_or_else(too_short)?;
            let (secret, tag) = secret.split_at(split);
            let mut mode = Gcm::new(key, vector, call.bytes(3))?;
            let output = mode.decrypt(secret);
            mode.verify(tag)?;
            output
        }
        "KW" => unwrap(key, secret)?,
        other => return Err(data(format!("AES has no mode {other}"))),
    }))
}

fn count(call: &Call) -> Result<Vec<u8>> {
    let bits = call.bounded("counterBits", 128)? as u32;
    let mut counter = Counter::new(Aes::new(call.bytes(0))?, block(call.bytes(1))?, bits);
    let mut output = call.bytes(2).to_vec();
    counter.apply(&mut output)?;
    Ok(output)
}

fn tag_bytes(call: &Call) -> Result<usize> {
    call.bounded("tagBytes", BLOCK_BYTES as u64)
}

/// Evaluates `$body` with `$kek` as the wrapping key of its length.
macro_rules! with_wrapping_key {
    ($key:expr, $kek:ident => $body:expr) => {
        match $key.len() {
            16 => KekAes128::try_from($key).and_then(|$kek| $body),
            24 => KekAes192::try_from($key).and_then(|$kek| $body),
            _ => KekAes256::try_from($key).and_then(|$kek| $body),
        }
    };
}

fn wrap(key: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
    if plain.len() < BLOCK_BYTES {
        return Err(operation("AES-KW wraps at least 16 bytes."));
    }
    with_wrapping_key!(key, kek => kek.wrap_vec(plain))
        .map_err(|_| operation("AES-KW wraps whole multiples of 8 bytes."))
}

fn unwrap(key: &[u8], secret: &[u8]) -> Result<Vec<u8>> {
    let failed = || operation("The wrapped key is damaged or was wrapped with another key.");
    if secret.len() < BLOCK_BYTES + 8 {
        return Err(failed());
    }
    with_wrapping_key!(key, kek => kek.unwrap_vec(secret)).map_err(|_| failed())
}
