//! RSA (RFC 8017): keys, signatures and encryption. By the `rsa` crate.

use rand_core::OsRng;
use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey, EncodeRsaPublicKey};
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{BigUint, Oaep, Pkcs1v15Encrypt, Pkcs1v15Sign, Pss, RsaPrivateKey, RsaPublicKey};

use super::call::{Answer, Call};
use super::failure::{Result, data, operation, unsupported};

/// Longest modulus that is worked with.
const MODULUS_BITS_MAX: usize = 8192;
/// Longest modulus that is generated: a longer one takes minutes.
const GENERATED_BITS_MAX: u64 = 4096;
const GENERATED_BITS_MIN: usize = 256;
/// The exponents that production generates keys with.
const GENERATED_EXPONENTS: [u32; 2] = [3, 65_537];

/// The private key of `encoding` (PKCS #1).
///
/// # Errors
///
/// When it is malformed, its numbers do not fit each other, or it is too long.
pub fn private_key(encoding: &[u8]) -> Result<RsaPrivateKey> {
    check_private(RsaPrivateKey::from_pkcs1_der(encoding).map_err(|_| data("The RSA key is not valid."))?)
}

fn check_private(key: RsaPrivateKey) -> Result<RsaPrivateKey> {
    if key.n().bits() > MODULUS_BITS_MAX {
        return Err(too_long());
    }
    Ok(key)
}

fn too_long() -> super::failure::Failure {
    unsupported(format!("RSA keys of more than {MODULUS_BITS_MAX} bits are not supported."))
}

/// The public key of `encoding` (PKCS #1).
///
/// # Errors
///
/// When it is malformed or too long.
pub fn public_key(encoding: &[u8]) -> Result<RsaPublicKey> {
    use rsa::pkcs1::RsaPublicKey as Numbers;
    let numbers = Numbers::try_from(encoding).map_err(|_| data("The RSA key is not valid."))?;
    let integer = |bytes: &[u8]| BigUint::from_bytes_be(bytes);
    new_public(integer(numbers.modulus.as_bytes()), integer(numbers.public_exponent.as_bytes()))
}

fn new_public(modulus: BigUint, exponent: BigUint) -> Result<RsaPublicKey> {
    if modulus.bits() > MODULUS_BITS_MAX {
        return Err(too_long());
    }
    RsaPublicKey::new_with_max_size(modulus, exponent, MODULUS_BITS_MAX)
        .map_err(|_| data("The RSA key is not valid."))
}

/// PKCS #1 of a private key.
///
/// # Errors
///
/// When it cannot be encoded.
pub fn encode_private(key: &RsaPrivateKey) -> Result<Vec<u8>> {
    let encoding = key.to_pkcs1_der().map_err(|_| operation("The key could not be encoded."))?;
    Ok(encoding.as_bytes().to_vec())
}

/// PKCS #1 of a public key.
///
/// # Errors
///
/// When it cannot be encoded.
pub fn encode_public(key: &RsaPublicKey) -> Result<Vec<u8>> {
    let encoding = key.to_pkcs1_der().map_err(|_| operation("The key could not be encoded."))?;
    Ok(encoding.as_bytes().to_vec())
}

/// A new pair; the input is the public exponent.
pub fn generate(call: &Call) -> Result<Answer> {
    let bits = call.bounded("modulusLength", GENERATED_BITS_MAX)?;
    let exponent = call.integer(0);
    if bits < GENERATED_BITS_MIN || !bits.is_multiple_of(8) {
        return Err(operation("The modulus length is at least 256 bits and a multiple of 8."));
    }
    if !GENERATED_EXPONENTS.iter().any(|known| exponent == BigUint::from(*known)) {
        return Err(operation("The public exponent is neither 3 nor 65537."));
    }
    let key = RsaPrivateKey::new_with_exp(&mut OsRng, bits, &exponent)
        .map_err(|_| operation("The key could not be generated."))?;
    Ok(Answer::many(vec![encode_private(&key)?, encode_public(&key.to_public_key())?]))
}

/// A key's numbers in the order of JWK's members: n, e and for private keys d, p, q, dp, dq, qi.
pub fn components(material: &[u8], is_private: bool) -> Result<Vec<Vec<u8>>> {
    if !is_private {
        let key = public_key(material)?;
        return Ok(vec![key.n().to_bytes_be(), key.e().to_bytes_be()]);
    }
    let key = private_key(material)?;
    let missing = || operation("The key lacks a number.");
    let [p, q, ..] = key.primes() else { return Err(missing()) };
    let coefficient = key.crt_coefficient().ok_or_else(missing)?;
    let numbers = [
        key.n(),
        key.e(),
        key.d(),
        p,
        q,
        key.dp().ok_or_else(missing)?,
        key.dq().ok_or_else(missing)?,
        &coefficient,
    ];
    Ok(numbers.into_iter().map(BigUint::to_bytes_be).collect())
}

/// The key with the numbers n, e and for private keys d, p, q; without p and q they are found.
pub fn from_components(call: &Call, is_private: bool) -> Result<Vec<u8>> {
    let (modulus, exponent) = (call.integer(0), call.integer(1));
    if !is_private {
        return encode_public(&new_public(modulus, exponent)?);
    }
    if modulus.bits() > MODULUS_BITS_MAX {
        return Err(too_long());
    }
    let primes = if call.input_count() > 3 { vec![call.integer(3), call.integer(4)] } else { Vec::new() };
    let key = RsaPrivateKey::from_components(modulus, exponent, call.integer(2), primes)
        .map_err(|_| data("The RSA key is not valid."))?;
    encode_private(&key)
}

/// Signs the second input with the first.
pub fn sign(call: &Call) -> Result<Answer> {
    let key = private_key(call.bytes(0))?;
    let failed = |_| operation("The key is too short for this signature.");
    let signature = match call.text("scheme") {
        "PSS" => {
            let hash = call.hash("hash")?;
            key.sign_with_rng(&mut OsRng, pss(call, key.size())?, &hash.digest(call.bytes(1)))
                .map_err(failed)?
        }
        "raw" => key.sign(Pkcs1v15Sign::new_unprefixed(), call.bytes(1)).map_err(failed)?,
        _ => {
            let hash = call.hash("hash")?;
            key.sign(hash.pkcs1_padding(), &hash.digest(call.bytes(1))).map_err(failed)?
        }
    };
    Ok(Answer::one(signature))
}

/// Whether the second input is the signature of the third by the first. PSS without a salt length takes any.
pub fn verify(call: &Call) -> Result<Answer> {
    let key = public_key(call.bytes(0))?;
    let hash = call.hash("hash")?;
    let digest = hash.digest(call.bytes(2));
    let is_valid = match call.text("scheme") {
        "PSS" if call.number("saltLength").is_none() => {
            let padding = |salt_len| Pss { blinded: false, digest: hash.start(), salt_len };
            let longest = key.size().saturating_sub(digest.len() + 2);
            let mut lengths = [digest.len(), longest].into_iter().chain(0..longest);
            lengths.any(|length| key.verify(padding(length), &digest, call.bytes(1)).is_ok())
        }
        "PSS" => key.verify(pss(call, key.size())?, &digest, call.bytes(1)).is_ok(),
        _ => key.verify(hash.pkcs1_padding(), &digest, call.bytes(1)).is_ok(),
    };
    Ok(Answer::verdict(is_valid))
}

fn pss(call: &Call, modulus_bytes: usize) -> Result<Pss> {
    let hash = call.hash("hash")?;
    let salt_len =
        call.bounded("saltLength", modulus_bytes as u64).map_err(|_| operation("The salt is too long."))?;
    Ok(Pss { blinded: false, digest: hash.start(), salt_len })
}

/// Encrypts the second input to the first; the third is a label.
pub fn encrypt(call: &Call) -> Result<Answer> {
    let key = public_key(call.bytes(0))?;
    let secret = match call.text("padding") {
        "PKCS1" => key.encrypt(&mut OsRng, Pkcs1v15Encrypt, call.bytes(1)),
        _ => key.encrypt(&mut OsRng, oaep(call)?, call.bytes(1)),
    };
    Ok(Answer::one(secret.map_err(|_| operation("The data is too long for the key."))?))
}

/// The reverse of [`encrypt`].
pub fn decrypt(call: &Call) -> Result<Answer> {
    let key = private_key(call.bytes(0))?;
    let plain = match call.text("padding") {
        "PKCS1" => key.decrypt_blinded(&mut OsRng, Pkcs1v15Encrypt, call.bytes(1)),
        _ => key.decrypt_blinded(&mut OsRng, oaep(call)?, call.bytes(1)),
    };
    Ok(Answer::one(plain.map_err(|_| operation("The data could not be decrypted."))?))
}

fn oaep(call: &Call) -> Result<Oaep> {
    let hash = call.hash("hash")?;
    let label = std::str::from_utf8(call.bytes(2))
        .map_err(|_| unsupported("A label of RSA-OAEP that is not UTF-8 is not supported by qemu-dev."))?;
    let label = (!label.is_empty()).then(|| label.to_owned());
    Ok(Oaep { digest: hash.start(), mgf_digest: hash.start(), label })
}
