//! Header values as text.

use http::HeaderValue;

/// Header values are byte strings: guests read them as UTF-8, and as Latin-1 those that are not.
pub fn text(value: &HeaderValue) -> String {
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => text.to_owned(),
        Err(_) => value.as_bytes().iter().map(|byte| char::from(*byte)).collect(),
    }
}
