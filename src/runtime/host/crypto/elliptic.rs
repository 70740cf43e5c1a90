//! The curves P-256, P-384 and P-521: keys, ECDSA (FIPS 186-5) and ECDH (SP 800-56A). By RustCrypto.
//!
//! A private key is its scalar, a public key its uncompressed point.

use super::call::{Answer, Call};
use super::failure::{Result, data, operation, unsupported};

/// A NIST curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curve {
    /// secp256r1.
    P256,
    /// secp384r1.
    P384,
    /// secp521r1.
    P521,
}

/// The operations of one curve; the three crates have the same names for different types.
macro_rules! curve_operations {
    ($curve:ident) => {
        mod $curve {
            use $curve::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
            use $curve::ecdsa::{Signature, SigningKey, VerifyingKey};
            use $curve::elliptic_curve::sec1::ToEncodedPoint;
            use $curve::{PublicKey, SecretKey, ecdh};

            pub fn generate() -> Vec<u8> {
                SecretKey::random(&mut rand_core::OsRng).to_bytes().to_vec()
            }

            pub fn public_of(scalar: &[u8]) -> Option<Vec<u8>> {
                let key = SecretKey::from_slice(scalar).ok()?;
                Some(key.public_key().to_encoded_point(false).as_bytes().to_vec())
            }

            pub fn point(encoded: &[u8], is_compressed: bool) -> Option<Vec<u8>> {
                let key = PublicKey::from_sec1_bytes(encoded).ok()?;
                Some(key.to_encoded_point(is_compressed).as_bytes().to_vec())
            }

            pub fn sign(scalar: &[u8], digest: &[u8]) -> Option<Vec<u8>> {
                let signature: Signature = SigningKey::from_slice(scalar).ok()?.sign_prehash(digest).ok()?;
                Some(signature.to_bytes().to_vec())
            }

            pub fn verify(point: &[u8], digest: &[u8], signature: &[u8]) -> Option<()> {
                let signature = Signature::from_slice(signature).ok()?;
                VerifyingKey::from_sec1_bytes(point).ok()?.verify_prehash(digest, &signature).ok()
            }

            pub fn agree(scalar: &[u8], point: &[u8]) -> Option<Vec<u8>> {
                let (secret, public) =
                    (SecretKey::from_slice(scalar).ok()?, PublicKey::from_sec1_bytes(point).ok()?);
                let shared = ecdh::diffie_hellman(secret.to_nonzero_scalar(), public.as_affine());
                Some(shared.raw_secret_bytes().to_vec())
            }
        }
    };
}

curve_operations!(p256);
curve_operations!(p384);
curve_operations!(p521);

macro_rules! on_curve {
    ($curve:expr, $function:ident($($argument:expr),*)) => {
        match $curve {
            Curve::P256 => p256::$function($($argument),*),
            Curve::P384 => p384::$function($($argument),*),
            Curve::P521 => p521::$function($($argument),*),
        }
    };
}

impl Curve {
    /// The curve called `name`.
    ///
    /// # Errors
    ///
    /// When there is none of that name.
    pub fn from_name(name: &str) -> Result<Self> {
        match name {
            "P-256" => Ok(Self::P256),
            "P-384" => Ok(Self::P384),
            "P-521" => Ok(Self::P521),
            other => {
                Err(unsupported(format!("Unrecognized or unimplemented EC curve \"{other}\" requested.")))
            }
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    /// Bytes of a coordinate and of a scalar.
    pub fn field_bytes(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// The point of a private key.
    ///
    /// # Errors
    ///
    /// When the scalar is none of the curve.
    pub fn public_of(self, scalar: &[u8]) -> Result<Vec<u8>> {
        on_curve!(self, public_of(scalar)).ok_or_else(|| data("The private key is none of the curve."))
    }

    /// A point as `is_compressed` says.
    ///
    /// # Errors
    ///
    /// When it is not on the curve.
    pub fn point(self, encoded: &[u8], is_compressed: bool) -> Result<Vec<u8>> {
        on_curve!(self, point(encoded, is_compressed))
            .ok_or_else(|| data("The public key is not on the curve."))
    }

    /// A scalar with the curve's length.
    ///
    /// # Errors
    ///
    /// When it is too long.
    pub fn scalar(self, bytes: &[u8]) -> Result<Vec<u8>> {
        let missing = self.field_bytes().checked_sub(bytes.len());
        let missing = missing.ok_or_else(|| data("The private key is longer than the curve's."))?;
        Ok([vec![0; missing].as_slice(), bytes].concat())
    }

    /// A digest as the integer to be signed: shorter ones are numbers with leading zeros.
    fn padded(self, digest: Vec<u8>) -> Vec<u8> {
        let missing = self.field_bytes().saturating_sub(digest.len());
        [vec![0; missing], digest].concat()
    }
}

fn curve(call: &Call) -> Result<Curve> {
    Curve::from_name(call.text("curve"))
}

/// A new pair.
pub fn generate(call: &Call) -> Result<Answer> {
    let curve = curve(call)?;
    let scalar = on_curve!(curve, generate());
    let point = curve.public_of(&scalar)?;
    Ok(Answer::many(vec![scalar, point]))
}

/// Signs the second input with the first: r and s one after the other.
pub fn sign(call: &Call) -> Result<Answer> {
    let curve = curve(call)?;
    let digest = curve.padded(call.hash("hash")?.digest(call.bytes(1)));
    let signature = on_curve!(curve, sign(call.bytes(0), &digest));
    Ok(Answer::one(signature.ok_or_else(|| operation("The data could not be signed."))?))
}

/// Whether the second input is the signature of the third by the first.
pub fn verify(call: &Call) -> Result<Answer> {
    let curve = curve(call)?;
    let digest = curve.padded(call.hash("hash")?.digest(call.bytes(2)));
    Ok(Answer::verdict(on_curve!(curve, verify(call.bytes(0), &digest, call.bytes(1))).is_some()))
}

/// What the holders of a private key (input 0) and of a public one (input 1) have in common.
pub fn agree(call: &Call) -> Result<Answer> {
    let shared = on_curve!(curve(call)?, agree(call.bytes(0), call.bytes(1)));
    Ok(Answer::one(shared.ok_or_else(|| operation("The keys do not fit each other."))?))
}
