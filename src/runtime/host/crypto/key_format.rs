//! Keys of pairs as they are written: PKCS #8, SubjectPublicKeyInfo, PKCS #1, SEC 1 and single numbers.

use pkcs8::der::asn1::{AnyRef, BitStringRef, OctetStringRef, UintRef};
use pkcs8::der::{Decode, Encode};
use pkcs8::{AlgorithmIdentifierRef, EncryptedPrivateKeyInfo, ObjectIdentifier, PrivateKeyInfo};
use rand_core::OsRng;
use rsa::traits::PublicKeyParts;
use sec1::{EcParameters, EcPrivateKey};
use serde_json::json;
use spki::SubjectPublicKeyInfoRef;

use super::call::{Answer, Call};
use super::edwards;
use super::elliptic::Curve;
use super::failure::{Failure, Result, data, operation, unsupported};
use super::rsa_keys;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const X25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.110");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
/// Rounds that an encrypted key may ask for.
const ENCRYPTION_ROUNDS_MAX: u32 = 10_000_000;

/// What a key is of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rsa,
    Ec(Curve),
    Ed25519,
    X25519,
}

/// A key as the prelude keeps it: PKCS #1 for RSA, scalar or uncompressed point for curves, 32 bytes otherwise.
struct Key {
    kind: Kind,
    is_private: bool,
    material: Vec<u8>,
}

fn malformed(_: impl std::fmt::Debug) -> Failure {
    data("The key's encoding is malformed.")
}

impl Kind {
    fn from_call(call: &Call) -> Result<Self> {
        Ok(match call.text("kind") {
            "RSA" => Self::Rsa,
            "EC" => Self::Ec(Curve::from_name(call.text("curve"))?),
            "Ed25519" => Self::Ed25519,
            "X25519" => Self::X25519,
            other => return Err(unsupported(format!("Keys of kind {other:?} are not supported."))),
        })
    }

    fn from_identifier(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<Self> {
        Ok(match algorithm.oid {
            RSA => Self::Rsa,
            EC => Self::Ec(curve_of(algorithm.parameters_oid().map_err(malformed)?)?),
            ED25519 => Self::Ed25519,
            X25519 => Self::X25519,
            other => return Err(unsupported(format!("Keys of the algorithm {other} are not supported."))),
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Rsa => "RSA",
            Self::Ec(_) => "EC",
            Self::Ed25519 => "Ed25519",
            Self::X25519 => "X25519",
        }
    }

    fn identifier(&self) -> AlgorithmIdentifierRef<'_> {
        match self {
            Self::Rsa => AlgorithmIdentifierRef { oid: RSA, parameters: Some(AnyRef::NULL) },
            Self::Ec(curve) => {
                AlgorithmIdentifierRef { oid: EC, parameters: Some(identifier_of(*curve).into()) }
            }
            Self::Ed25519 => AlgorithmIdentifierRef { oid: ED25519, parameters: None },
            Self::X25519 => AlgorithmIdentifierRef { oid: X25519, parameters: None },
        }
    }
}

fn curve_of(identifier: ObjectIdentifier) -> Result<Curve> {
    match identifier {
        P256 => Ok(Curve::P256),
        P384 => Ok(Curve::P384),
        P521 => Ok(Curve::P521),
        other => Err(unsupported(format!("The curve {other} is not supported."))),
    }
}

fn identifier_of(curve: Curve) -> &'static ObjectIdentifier {
    match curve {
        Curve::P256 => &P256,
        Curve::P384 => &P384,
        Curve::P521 => &P521,
    }
}

impl Key {
    /// Checks the material.
    fn new(kind: Kind, is_private: bool, material: &[u8]) -> Result<Self> {
        let material = match (kind, is_private) {
            (Kind::Rsa, true) => rsa_keys::encode_private(&rsa_keys::private_key(material)?)?,
            (Kind::Rsa, false) => rsa_keys::encode_public(&rsa_keys::public_key(material)?)?,
            (Kind::Ec(curve), true) => {
                let scalar = curve.scalar(material)?;
                curve.public_of(&scalar)?;
                scalar
            }
            (Kind::Ec(curve), false) => curve.point(material, false)?,
            (Kind::Ed25519 | Kind::X25519, _) => edwards::key(material)?.to_vec(),
        };
        Ok(Self { kind, is_private, material })
    }

    fn from_call(call: &Call) -> Result<Self> {
        let kind = Kind::from_call(call)?;
        Ok(Self { kind, is_private: call.flag("private"), material: call.bytes(0).to_vec() })
    }

    fn public(&self) -> Result<Self> {
        let material = match self.kind {
            _ if !self.is_private => self.material.clone(),
            Kind::Rsa => rsa_keys::encode_public(&rsa_keys::private_key(&self.material)?.to_public_key())?,
            Kind::Ec(curve) => curve.public_of(&self.material)?,
            Kind::Ed25519 => edwards::public_of(true, &self.material)?,
            Kind::X25519 => edwards::public_of(false, &self.material)?,
        };
        Ok(Self { kind: self.kind, is_private: false, material })
    }

    fn answer(self) -> Result<Answer> {
        let mut description = json!({ "kind": self.kind.name(), "private": self.is_private });
        if let Kind::Ec(curve) = self.kind {
            description["curve"] = curve.name().into();
        }
        let mut outputs = Vec::new();
        if self.kind == Kind::Rsa {
            let public = rsa_keys::public_key(&self.public()?.material)?;
            description["modulusLength"] = public.n().bits().into();
            outputs.push(public.e().to_bytes_be());
        }
        outputs.insert(0, self.material);
        Ok(Answer { description: description.to_string(), outputs })
    }
}

/// Reads a key (input 0) in a `format`: `spki`, `pkcs8`, `pkcs1-public`, `pkcs1-private`, `sec1`, `raw`, or
/// `components`, whose inputs are a JWK's members. Answers with the key's description, its material, and for
/// RSA the public exponent.
pub fn import(call: &Call) -> Result<Answer> {
    let encoding = call.bytes(0);
    match call.text("format") {
        "spki" => from_spki(encoding),
        "pkcs8" => from_pkcs8(encoding),
        "pkcs1-public" => Key::new(Kind::Rsa, false, encoding),
        "pkcs1-private" => Key::new(Kind::Rsa, true, encoding),
        "sec1" => from_sec1(encoding, None),
        "raw" => Key::new(Kind::from_call(call)?, call.flag("private"), encoding),
        "components" => from_components(call),
        other => Err(unsupported(format!("Keys in the format {other:?} are not supported."))),
    }?
    .answer()
}

fn from_spki(encoding: &[u8]) -> Result<Key> {
    let info = SubjectPublicKeyInfoRef::from_der(encoding).map_err(malformed)?;
    let bits = info.subject_public_key.as_bytes().ok_or_else(|| data("The key's encoding is malformed."))?;
    Key::new(Kind::from_identifier(&info.algorithm)?, false, bits)
}

fn from_pkcs8(encoding: &[u8]) -> Result<Key> {
    let info = PrivateKeyInfo::from_der(encoding).map_err(malformed)?;
    match Kind::from_identifier(&info.algorithm)? {
        Kind::Rsa => Key::new(Kind::Rsa, true, info.private_key),
        Kind::Ec(curve) => from_sec1(info.private_key, Some(curve)),
        kind => {
            let private = OctetStringRef::from_der(info.private_key).map_err(malformed)?;
            Key::new(kind, true, private.as_bytes())
        }
    }
}

fn from_sec1(encoding: &[u8], curve: Option<Curve>) -> Result<Key> {
    let key = EcPrivateKey::from_der(encoding).map_err(malformed)?;
    let named = match key.parameters {
        Some(EcParameters::NamedCurve(identifier)) => Some(curve_of(identifier)?),
        None => None,
    };
    let curve = curve.or(named).ok_or_else(|| data("The key does not name its curve."))?;
    if named.is_some_and(|named| named != curve) {
        return Err(data("The key names two curves."));
    }
    let public = key.public_key.map(|point| curve.point(point, false)).transpose()?;
    let key = Key::new(Kind::Ec(curve), true, key.private_key)?;
    match public {
        Some(point) if curve.public_of(&key.material)? != point => {
            Err(data("The key's halves do not fit each other."))
        }
        _ => Ok(key),
    }
}

fn from_components(call: &Call) -> Result<Key> {
    let (kind, is_private) = (Kind::from_call(call)?, call.flag("private"));
    match kind {
        Kind::Rsa => Key::new(kind, is_private, &rsa_keys::from_components(call, is_private)?),
        Kind::Ec(curve) => {
            if call.bytes(0).len() != curve.field_bytes() || call.bytes(1).len() != curve.field_bytes() {
                return Err(data("The coordinates do not have the curve's length."));
            }
            let point = [&[4], call.bytes(0), call.bytes(1)].concat();
            matching(Key::new(kind, false, &point)?, is_private.then(|| call.bytes(2)))
        }
        _ => matching(Key::new(kind, false, call.bytes(0))?, is_private.then(|| call.bytes(1))),
    }
}

/// The private key of `material`, if it is that of `public`; without it, `public`.
fn matching(public: Key, material: Option<&[u8]>) -> Result<Key> {
    let Some(material) = material else { return Ok(public) };
    if let Kind::Ec(curve) = public.kind
        && material.len() != curve.field_bytes()
    {
        return Err(data("The private key does not have the curve's length."));
    }
    let key = Key::new(public.kind, true, material)?;
    if key.public()?.material != public.material {
        return Err(data("The key's halves do not fit each other."));
    }
    Ok(key)
}

/// Writes a key (input 0) in a format of [`import`], or as a `compressed` point.
pub fn export(call: &Call) -> Result<Answer> {
    let key = Key::from_call(call)?;
    let encoding = match (call.text("format"), key.kind) {
        ("components", _) => return components(&key),
        ("spki", _) => to_spki(&key.public()?)?,
        ("pkcs8", _) if key.is_private => to_pkcs8(&key)?,
        ("pkcs1-public", Kind::Rsa) => key.public()?.material,
        ("pkcs1-private", Kind::Rsa) if key.is_private => key.material,
        ("sec1", Kind::Ec(curve)) if key.is_private => to_sec1(&key, curve, true)?,
        ("compressed", Kind::Ec(curve)) => curve.point(&key.public()?.material, true)?,
        ("raw", _) => key.material,
        (format, _) => return Err(unsupported(format!("This key has no format {format:?}."))),
    };
    Ok(Answer::one(encoding))
}

/// The public half of a private key.
pub fn public(call: &Call) -> Result<Answer> {
    Ok(Answer::one(Key::from_call(call)?.public()?.material))
}

/// A JWK's members, in the order x, y, d for curves.
fn components(key: &Key) -> Result<Answer> {
    let public = key.public()?.material;
    let mut outputs = match key.kind {
        Kind::Rsa => return rsa_keys::components(&key.material, key.is_private).map(Answer::many),
        Kind::Ec(curve) => {
            let (x, y) = public.get(1..).unwrap_or_default().split_at(curve.field_bytes());
            vec![x.to_vec(), y.to_vec()]
        }
        _ => vec![public],
    };
    if key.is_private {
        outputs.push(key.material.clone());
    }
    Ok(Answer::many(outputs))
}

fn to_spki(key: &Key) -> Result<Vec<u8>> {
    let subject_public_key = BitStringRef::from_bytes(&key.material).map_err(malformed)?;
    SubjectPublicKeyInfoRef { algorithm: key.kind.identifier(), subject_public_key }
        .to_der()
        .map_err(malformed)
}

fn to_pkcs8(key: &Key) -> Result<Vec<u8>> {
    let inner = match key.kind {
        Kind::Rsa => key.material.clone(),
        Kind::Ec(curve) => to_sec1(key, curve, false)?,
        _ => OctetStringRef::new(&key.material).and_then(|octets| octets.to_der()).map_err(malformed)?,
    };
    PrivateKeyInfo::new(key.kind.identifier(), &inner).to_der().map_err(malformed)
}

fn to_sec1(key: &Key, curve: Curve, with_curve: bool) -> Result<Vec<u8>> {
    let public = key.public()?.material;
    let parameters = with_curve.then(|| EcParameters::NamedCurve(*identifier_of(curve)));
    let key = EcPrivateKey { private_key: &key.material, parameters, public_key: Some(&public) };
    key.to_der().map_err(malformed)
}

/// Decrypts a PKCS #8 encoding (input 0) with a passphrase (input 1).
pub fn open(call: &Call) -> Result<Answer> {
    let info = EncryptedPrivateKeyInfo::from_der(call.bytes(0)).map_err(malformed)?;
    let rounds = info.encryption_algorithm.pbes2().and_then(|scheme| scheme.kdf.pbkdf2());
    if rounds.is_some_and(|parameters| parameters.iteration_count > ENCRYPTION_ROUNDS_MAX) {
        return Err(unsupported("The key's encryption asks for too many rounds."));
    }
    let plain = info.decrypt(call.bytes(1)).map_err(|_| operation("The key could not be decrypted."))?;
    Ok(Answer::one(plain.as_bytes().to_vec()))
}

/// Encrypts a PKCS #8 encoding (input 0) with a passphrase (input 1): AES-256-CBC with a key by scrypt.
pub fn seal(call: &Call) -> Result<Answer> {
    let info = PrivateKeyInfo::from_der(call.bytes(0)).map_err(malformed)?;
    let sealed =
        info.encrypt(OsRng, call.bytes(1)).map_err(|_| operation("The key could not be encrypted."))?;
    Ok(Answer::one(sealed.as_bytes().to_vec()))
}

/// An ECDSA signature (r and s one after the other) as the ASN.1 that X.509 and Node.js use.
pub fn signature_to_der(call: &Call) -> Result<Answer> {
    let (r, s) = call.bytes(0).split_at(call.bytes(0).len() / 2);
    let numbers = [r, s].map(UintRef::new);
    let [Ok(r), Ok(s)] = numbers else { return Err(operation("The signature is malformed.")) };
    Ok(Answer::one(vec![r, s].to_der().map_err(|_| operation("The signature is malformed."))?))
}

/// The reverse of [`signature_to_der`]; no outputs when it is malformed.
pub fn signature_from_der(call: &Call) -> Result<Answer> {
    let length = Curve::from_name(call.text("curve"))?.field_bytes();
    let Ok(numbers) = Vec::<UintRef<'_>>::from_der(call.bytes(0)) else { return Ok(Answer::default()) };
    let [r, s] = numbers.as_slice() else { return Ok(Answer::default()) };
    if r.as_bytes().len() > length || s.as_bytes().len() > length {
        return Ok(Answer::default());
    }
    let mut raw = vec![0; 2 * length];
    raw[length - r.as_bytes().len()..length].copy_from_slice(r.as_bytes());
    raw[2 * length - s.as_bytes().len()..].copy_from_slice(s.as_bytes());
    Ok(Answer::one(raw))
}
