//! Header values as text.

use http::HeaderValue;

/// Header values are byte strings; guests read them as Latin-1 unless they are ASCII.
pub fn text(value: &HeaderValue) -> String {
    match value.to_str() {
        Ok(text) => text.to_owned(),
        Err(_) => value.as_bytes().iter().map(|byte| char::from(*byte)).collect(),
    }
}
