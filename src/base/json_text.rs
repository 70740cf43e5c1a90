//! JSON bodies of messages, kept as the text in which they were pushed.
//!
//! A value is never built, so that numbers keep their digits and objects their order; only the blanks
//! between tokens go.

/// How deep the arrays and objects of a message's body may be nested; a Worker could not parse more.
pub const DEPTH_MAX: usize = 512;

/// The body is nested too deep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is nested more than {DEPTH_MAX} levels deep")]
pub struct TooDeep;

/// The text of a valid JSON value without the blanks between its tokens.
pub fn compact(json: &str) -> Result<Vec<u8>, TooDeep> {
    let mut compact = Vec::with_capacity(json.len());
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json.bytes() {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            compact.push(byte);
            continue;
        }
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => continue,
            b'"' => in_string = true,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return Err(TooDeep);
        }
        compact.push(byte);
    }
    Ok(compact)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_blanks_between_tokens_go() {
        for (json, expected) in [
            (
                "{ \"a b\" : [ 1.50 , \"x \\\" y\\\\\" ] ,\n\t\"c\":null }",
                r#"{"a b":[1.50,"x \" y\\"],"c":null}"#,
            ),
            ("  \"  \"  ", "\"  \""),
            ("12345678901234567890.10", "12345678901234567890.10"),
            (r#""\\" "#, r#""\\""#),
        ] {
            assert_eq!(compact(json).map(String::from_utf8), Ok(Ok(expected.to_owned())), "{json}");
        }
    }

    #[test]
    fn no_deeper_than_a_worker_can_parse() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(compact(&nested(DEPTH_MAX)).is_ok());
        assert_eq!(compact(&nested(DEPTH_MAX + 1)), Err(TooDeep));
        let brackets_in_text = format!("\"{}\"", "[".repeat(1000));
        assert!(compact(&brackets_in_text).is_ok());
    }
}
