//! Message digests and what is made of them: HMAC, and keys derived from secrets. By RustCrypto.

use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use md5::Md5;
use rsa::Pkcs1v15Sign;
use sha1::Sha1;
use sha2::digest::{DynDigest, FixedOutputReset};
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512, Sha512_256};

use super::call::{Answer, Call};
use super::failure::{Result, operation, unsupported};

/// Longest output of a key derivation.
const DERIVED_BYTES_MAX: u64 = 1024 * 1024;
/// Rounds of HMAC that one PBKDF2 may cost: a hundred times what production allows, some tens of seconds.
const PBKDF2_ROUNDS_MAX: u64 = 10_000_000;
/// Memory that one scrypt may take.
const SCRYPT_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// Passes over that memory.
const SCRYPT_PASSES_MAX: u64 = 16;

/// A hash function. MD5 is there because Workers have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// RFC 1321.
    Md5,
    /// FIPS 180-4.
    Sha1,
    /// FIPS 180-4.
    Sha224,
    /// FIPS 180-4.
    Sha256,
    /// FIPS 180-4.
    Sha384,
    /// FIPS 180-4.
    Sha512,
    /// FIPS 180-4, SHA-512/256.
    Sha512Of256,
}

/// Evaluates `$body` with `$digest` as the type that implements `$hash`.
macro_rules! with_digest {
    ($hash:expr, $digest:ident => $body:expr) => {
        match $hash {
            Hash::Md5 => {
                type $digest = Md5;
                $body
            }
            Hash::Sha1 => {
                type $digest = Sha1;
                $body
            }
            Hash::Sha224 => {
                type $digest = Sha224;
                $body
            }
            Hash::Sha256 => {
                type $digest = Sha256;
                $body
            }
            Hash::Sha384 => {
                type $digest = Sha384;
                $body
            }
            Hash::Sha512 => {
                type $digest = Sha512;
                $body
            }
            Hash::Sha512Of256 => {
                type $digest = Sha512_256;
                $body
            }
        }
    };
}

/// A digest of data that comes in pieces.
pub trait RunningDigest: Send {
    /// Takes in the next piece.
    fn add(&mut self, bytes: &[u8]);
    /// The digest of everything up to now; it begins again.
    fn finish(&mut self) -> Vec<u8>;
    /// Another one in the same state.
    fn copy(&self) -> Box<dyn RunningDigest>;
}

impl<D: Digest + FixedOutputReset + Clone + Send + 'static> RunningDigest for D {
    fn add(&mut self, bytes: &[u8]) {
        Digest::update(self, bytes);
    }

    fn finish(&mut self) -> Vec<u8> {
        Digest::finalize_reset(self).to_vec()
    }

    fn copy(&self) -> Box<dyn RunningDigest> {
        Box::new(self.clone())
    }
}

impl Hash {
    /// The hash called `name`, as the Web Cryptography API spells it.
    ///
    /// # Errors
    ///
    /// When there is none of that name.
    pub fn from_name(name: &str) -> Result<Self> {
        Ok(match name {
            "MD5" => Self::Md5,
            "SHA-1" => Self::Sha1,
            "SHA-224" => Self::Sha224,
            "SHA-256" => Self::Sha256,
            "SHA-384" => Self::Sha384,
            "SHA-512" => Self::Sha512,
            "SHA-512/256" => Self::Sha512Of256,
            other => return Err(unsupported(format!("Unrecognized digest algorithm {other}"))),
        })
    }

    /// The digest of `bytes`.
    pub fn digest(self, bytes: &[u8]) -> Vec<u8> {
        with_digest!(self, D => D::digest(bytes).to_vec())
    }

    /// A digest of data that comes in pieces.
    pub fn run(self) -> Box<dyn RunningDigest> {
        with_digest!(self, D => Box::new(D::new()))
    }

    /// The function as the `rsa` crate takes it.
    pub fn start(self) -> Box<dyn DynDigest + Send + Sync> {
        with_digest!(self, D => Box::new(D::new()))
    }

    /// PKCS #1 v1.5 with this hash's identifier in the padding.
    pub fn pkcs1_padding(self) -> Pkcs1v15Sign {
        with_digest!(self, D => Pkcs1v15Sign::new::<D>())
    }

    /// HMAC (RFC 2104).
    pub fn hmac(self, key: &[u8], data: &[u8]) -> Vec<u8> {
        with_digest!(self, D => {
            // HMAC takes keys of every length.
            Hmac::<D>::new_from_slice(key).map(|mac| mac.chain_update(data).finalize().into_bytes().to_vec())
        })
        .unwrap_or_default()
    }
}

/// The digest of the first input.
pub fn digest(call: &Call) -> Result<Answer> {
    Ok(Answer::one(call.hash("hash")?.digest(call.bytes(0))))
}

/// CRC-32, as gzip has it, of the first input, continued from `value`: four bytes in network order.
pub fn crc32(call: &Call) -> Result<Answer> {
    let value = call.bounded("value", u64::from(u32::MAX))? as u32;
    Ok(Answer::one(zlib_rs::crc32::crc32(value, call.bytes(0)).to_be_bytes().to_vec()))
}

/// HMAC of key and data.
pub fn hmac(call: &Call) -> Result<Answer> {
    Ok(Answer::one(call.hash("hash")?.hmac(call.bytes(0), call.bytes(1))))
}

/// HKDF (RFC 5869) of secret, salt and info.
pub fn hkdf(call: &Call) -> Result<Answer> {
    let mut output = vec![0; call.bounded("lengthBytes", DERIVED_BYTES_MAX)?];
    let (secret, salt, info) = (call.bytes(0), call.bytes(1), call.bytes(2));
    with_digest!(call.hash("hash")?, D => Hkdf::<D>::new(Some(salt), secret).expand(info, &mut output))
        .map_err(|_| operation("HKDF gives at most 255 times the length of its hash."))?;
    Ok(Answer::one(output))
}

/// PBKDF2 (RFC 8018) of password and salt.
pub fn pbkdf2(call: &Call) -> Result<Answer> {
    let hash = call.hash("hash")?;
    let iterations = call.bounded("iterations", u64::from(u32::MAX))?;
    let length = call.bounded("lengthBytes", DERIVED_BYTES_MAX)?;
    let blocks = length.div_ceil(hash.digest(&[]).len()) as u64;
    if blocks.saturating_mul(iterations as u64) > PBKDF2_ROUNDS_MAX {
        let message = format!("{iterations} iterations for {length} bytes are more than qemu-dev computes");
        return Err(unsupported(message));
    }
    let mut output = vec![0; length];
    with_digest!(hash, D => pbkdf2::pbkdf2::<Hmac<D>>(call.bytes(0), call.bytes(1), iterations as u32, &mut output))
        .map_err(|_| operation("The password cannot be used."))?;
    Ok(Answer::one(output))
}

/// scrypt (RFC 7914) of password and salt.
pub fn scrypt(call: &Call) -> Result<Answer> {
    let (cost, block_size) = (call.number("cost").unwrap_or_default(), call.bounded("blockSize", 1 << 24)?);
    let passes = call.bounded("parallelization", u64::from(u32::MAX))?;
    let bytes = cost.saturating_mul(128).saturating_mul(block_size as u64);
    if !cost.is_power_of_two() || bytes > SCRYPT_BYTES_MAX {
        return Err(unsupported("scrypt: N is no power of two, or 128 * N * r exceeds 128 MB"));
    }
    if (passes as u64).saturating_mul(bytes) > SCRYPT_BYTES_MAX * SCRYPT_PASSES_MAX {
        return Err(unsupported("scrypt: N * r * p is more than qemu-dev computes"));
    }
    let mut output = vec![0; call.bounded("lengthBytes", DERIVED_BYTES_MAX)?];
    let invalid = || operation("scrypt: the parameters are not valid");
    // The crate's own check of the output's length is for stored hashes only.
    let parameters = scrypt::Params::new(cost.ilog2() as u8, block_size as u32, passes as u32, 32)
        .map_err(|_| invalid())?;
    scrypt::scrypt(call.bytes(0), call.bytes(1), &parameters, &mut output).map_err(|_| invalid())?;
    Ok(Answer::one(output))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hash_answers_with_its_length() {
        for (name, length) in [("MD5", 16), ("SHA-1", 20), ("SHA-224", 28), ("SHA-256", 32), ("SHA-384", 48)]
        {
            assert_eq!(Hash::from_name(name).map(|hash| hash.digest(b"abc").len()), Ok(length), "{name}");
        }
        assert!(Hash::from_name("SHA-3").is_err());
    }

    #[test]
    fn work_without_bound_is_refused() {
        for parameters in [
            r#"{"hash":"SHA-256","iterations":4000000000,"lengthBytes":32}"#,
            r#"{"hash":"SHA-1","iterations":100000,"lengthBytes":100000}"#,
            r#"{"hash":"SHA-1","iterations":1,"lengthBytes":10000000000}"#,
        ] {
            let refused = pbkdf2(&Call::new(parameters, Vec::new()).expect("JSON")).expect_err("refused");
            assert_eq!(refused.name, "NotSupportedError", "{parameters}");
        }
        let large = r#"{"cost":1048576,"blockSize":8,"parallelization":1,"lengthBytes":32}"#;
        assert!(scrypt(&Call::new(large, Vec::new()).expect("JSON")).is_err());
    }
}
