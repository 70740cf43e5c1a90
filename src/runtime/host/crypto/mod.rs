//! Cryptography for the prelude's `crypto.subtle` and `node:crypto`.
//!
//! One function: an operation's name, parameters as JSON, bytes in, bytes out. Keys are bytes that the prelude
//! keeps where a Worker does not reach them (see `key_format` for what they are), so nothing here outlives a call.

mod aes;
mod call;
mod counter;
mod edwards;
mod elliptic;
mod failure;
mod gcm;
mod hash;
mod key_format;
mod rsa_keys;

use std::panic::{AssertUnwindSafe, catch_unwind};

pub use aes::{Aes, block};
pub use call::{Answer, Call};
pub use counter::Counter;
pub use failure::{Failure, Result, data, operation};
pub use gcm::Gcm;
pub use hash::RunningDigest;

/// Carries out the operation called `name`.
///
/// # Errors
///
/// As the exception that the guest is to see.
pub fn operate(name: &str, parameters: &str, inputs: Vec<Vec<u8>>) -> Result<Answer> {
    let call = Call::new(parameters, inputs)?;
    // The crates are given hostile bytes; a mistake of theirs is not to end the isolate's thread.
    catch_unwind(AssertUnwindSafe(|| dispatch(name, &call)))
        .unwrap_or_else(|_| Err(failure::operation("The operation failed unexpectedly.")))
}

fn dispatch(name: &str, call: &Call) -> Result<Answer> {
    match name {
        "digest" => hash::digest(call),
        "crc32" => hash::crc32(call),
        "hmac" => hash::hmac(call),
        "hkdf" => hash::hkdf(call),
        "pbkdf2" => hash::pbkdf2(call),
        "scrypt" => hash::scrypt(call),
        "aes-encrypt" => aes::encrypt(call),
        "aes-decrypt" => aes::decrypt(call),
        "rsa-generate" => rsa_keys::generate(call),
        "rsa-sign" => rsa_keys::sign(call),
        "rsa-verify" => rsa_keys::verify(call),
        "rsa-encrypt" => rsa_keys::encrypt(call),
        "rsa-decrypt" => rsa_keys::decrypt(call),
        "ec-generate" => elliptic::generate(call),
        "ec-sign" => elliptic::sign(call),
        "ec-verify" => elliptic::verify(call),
        "ec-agree" => elliptic::agree(call),
        "okp-generate" => edwards::generate(call),
        "okp-sign" => edwards::sign(call),
        "okp-verify" => edwards::verify(call),
        "okp-agree" => edwards::agree(call),
        "key-import" => key_format::import(call),
        "key-export" => key_format::export(call),
        "key-public" => key_format::public(call),
        "key-open" => key_format::open(call),
        "key-seal" => key_format::seal(call),
        "signature-to-der" => key_format::signature_to_der(call),
        "signature-from-der" => key_format::signature_from_der(call),
        other => Err(failure::unsupported(format!("There is no operation {other}"))),
    }
}
