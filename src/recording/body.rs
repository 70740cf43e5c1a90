//! Bodies in a recording: exact, and readable where they are text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use crate::base::ContentType;

/// The two members that a body is written as: its text, or its bytes in base64.
pub(super) fn write(content_type: ContentType, body: &Bytes) -> (Option<String>, Option<String>) {
    match std::str::from_utf8(body) {
        Ok(text) if content_type != ContentType::Bytes => (Some(text.to_owned()), None),
        _ => (None, Some(STANDARD.encode(body))),
    }
}

/// The body that was written as these two members, of which there must be exactly one.
pub(super) fn read(text: Option<String>, base64: Option<String>) -> Result<Bytes, String> {
    match (text, base64) {
        (Some(text), None) => Ok(Bytes::from(text)),
        (None, Some(base64)) => STANDARD
            .decode(base64)
            .map(Bytes::from)
            .map_err(|error| format!("bodyBase64 is no base64: {error}")),
        _ => Err(String::from("a message needs either body or bodyBase64")),
    }
}
