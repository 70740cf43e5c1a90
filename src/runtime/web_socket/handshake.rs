//! The opening handshake: <https://datatracker.ietf.org/doc/html/rfc6455#section-4>.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

/// The only version of the protocol there is.
pub const VERSION: &str = "13";

/// What a server appends to the key before it hashes it.
const ACCEPT_SUFFIX: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// The length of a key, in bytes.
const KEY_BYTES: usize = 16;

/// A key for one handshake.
///
/// # Errors
///
/// When the system gives no randomness.
pub fn new_key() -> Result<String, getrandom::Error> {
    let mut key = [0; KEY_BYTES];
    getrandom::fill(&mut key)?;
    Ok(STANDARD.encode(key))
}

/// Whether this can be a client's key.
pub fn is_key(text: &str) -> bool {
    STANDARD.decode(text.trim()).is_ok_and(|key| key.len() == KEY_BYTES)
}

/// What a server answers to a client's key.
pub fn accept_for(key: &str) -> String {
    STANDARD.encode(Sha1::new().chain_update(key.trim()).chain_update(ACCEPT_SUFFIX).finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_standard() {
        assert_eq!(accept_for("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert!(is_key("dGhlIHNhbXBsZSBub25jZQ==") && !is_key("dGhl") && !is_key("no key"));
        assert!(is_key(&new_key().expect("randomness")));
    }
}
