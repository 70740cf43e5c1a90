//! Message digests, by RustCrypto.

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// The digest of `bytes`. MD5 is there because Workers have it.
///
/// # Errors
///
/// When `algorithm` names none; the text names it.
pub fn digest(algorithm: &str, bytes: &[u8]) -> Result<Vec<u8>, String> {
    Ok(match algorithm {
        "MD5" => Md5::digest(bytes).to_vec(),
        "SHA-1" => Sha1::digest(bytes).to_vec(),
        "SHA-256" => Sha256::digest(bytes).to_vec(),
        "SHA-384" => Sha384::digest(bytes).to_vec(),
        "SHA-512" => Sha512::digest(bytes).to_vec(),
        other => return Err(format!("Unrecognized digest algorithm {other}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_answers_with_its_length() {
        for (algorithm, length) in
            [("MD5", 16), ("SHA-1", 20), ("SHA-256", 32), ("SHA-384", 48), ("SHA-512", 64)]
        {
            assert_eq!(digest(algorithm, b"abc").map(|bytes| bytes.len()), Ok(length), "{algorithm}");
        }
        assert!(digest("SHA-3", b"").is_err());
    }
}
