//! Ed25519 (RFC 8032) and X25519 (RFC 7748), by the `dalek` crates. Keys are their 32 bytes.

use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use rand_core::{OsRng, RngCore};
use x25519_dalek::{PublicKey, StaticSecret};

use super::call::{Answer, Call};
use super::failure::{Result, data, operation};

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;

/// A key of the right length.
///
/// # Errors
///
/// When it is longer or shorter.
pub fn key(bytes: &[u8]) -> Result<[u8; KEY_BYTES]> {
    bytes.try_into().map_err(|_| data("The key does not have 32 bytes."))
}

/// The public key of a private one.
///
/// # Errors
///
/// When it does not have 32 bytes.
pub fn public_of(is_signing: bool, private: &[u8]) -> Result<Vec<u8>> {
    let private = key(private)?;
    Ok(if is_signing {
        SigningKey::from_bytes(&private).verifying_key().to_bytes().to_vec()
    } else {
        PublicKey::from(&StaticSecret::from(private)).to_bytes().to_vec()
    })
}

/// A new pair, of Ed25519 or of X25519.
pub fn generate(call: &Call) -> Result<Answer> {
    let mut private = [0; KEY_BYTES];
    OsRng.try_fill_bytes(&mut private).map_err(|_| operation("The system gave no random bytes."))?;
    let public = public_of(call.text("kind") == "Ed25519", &private)?;
    Ok(Answer::many(vec![private.to_vec(), public]))
}

/// Signs the second input with the first.
pub fn sign(call: &Call) -> Result<Answer> {
    let signature = SigningKey::from_bytes(&key(call.bytes(0))?).sign(call.bytes(1));
    Ok(Answer::one(signature.to_bytes().to_vec()))
}

/// Whether the second input is the signature of the third by the first.
pub fn verify(call: &Call) -> Result<Answer> {
    let public = VerifyingKey::from_bytes(&key(call.bytes(0))?);
    let signature = Signature::from_slice(call.bytes(1));
    Ok(Answer::verdict(match (public, signature) {
        (Ok(public), Ok(signature)) => public.verify(call.bytes(2), &signature).is_ok(),
        _ => false,
    }))
}

/// X25519 of a private key (input 0) and a public one (input 1).
pub fn agree(call: &Call) -> Result<Answer> {
    let private = StaticSecret::from(key(call.bytes(0))?);
    let shared = private.diffie_hellman(&PublicKey::from(key(call.bytes(1))?));
    // RFC 7748, 6.1: a point of small order must not decide the result.
    if !shared.was_contributory() {
        return Err(operation("The public key is of small order."));
    }
    Ok(Answer::one(shared.to_bytes().to_vec()))
}
