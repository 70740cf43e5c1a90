//! The Encoding Standard, by the `encoding_rs` crate.

use encoding_rs::{Encoding, REPLACEMENT};

/// The lower-case name of the encoding `label` stands for.
pub fn encoding_for_label(label: &str) -> Option<String> {
    Encoding::for_label(label.as_bytes())
        .filter(|encoding| *encoding != REPLACEMENT)
        .map(|encoding| encoding.name().to_ascii_lowercase())
}

/// Decodes all of `bytes`.
pub fn decode(
    encoding: &str,
    fatal: bool,
    ignore_byte_order_mark: bool,
    bytes: &[u8],
) -> Result<String, String> {
    let Some(encoding) = Encoding::for_label(encoding.as_bytes()) else {
        return Err(format!("unknown encoding {encoding}"));
    };
    let (text, malformed) = if ignore_byte_order_mark {
        encoding.decode_without_bom_handling(bytes)
    } else {
        encoding.decode_with_bom_removal(bytes)
    };
    if malformed && fatal {
        return Err(
            String::from("The encoded data was not valid for encoding ") + &encoding.name().to_lowercase()
        );
    }
    Ok(text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_become_names() {
        assert_eq!(encoding_for_label(" UTF8 ").as_deref(), Some("utf-8"));
        assert_eq!(encoding_for_label("latin1").as_deref(), Some("windows-1252"));
        assert_eq!(encoding_for_label("nonsense"), None);
    }

    #[test]
    fn byte_order_marks_and_malformed_bytes() {
        assert_eq!(decode("utf-8", false, false, b"\xef\xbb\xbfa"), Ok("a".into()));
        assert_eq!(decode("utf-8", false, true, b"\xef\xbb\xbfa"), Ok("\u{feff}a".into()));
        assert_eq!(decode("utf-8", false, false, b"\xff"), Ok("\u{fffd}".into()));
        assert!(decode("utf-8", true, false, b"\xff").is_err());
    }
}
