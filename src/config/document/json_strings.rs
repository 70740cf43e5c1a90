//! Finds a string that is not closed on its line.

use crate::base::Span;

/// Where the scan is.
enum Place {
    Outside,
    LineComment,
    BlockComment,
    String { start: usize },
}

/// The first string that runs into the end of its line, from its quote to there.
pub(super) fn string_across_lines(text: &str) -> Option<Span> {
    let mut place = Place::Outside;
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((index, byte)) = bytes.next() {
        let next = bytes.peek().map(|(_, next)| *next);
        match place {
            Place::Outside => match (byte, next) {
                (b'"', _) => place = Place::String { start: index },
                (b'/', Some(b'/')) => place = Place::LineComment,
                (b'/', Some(b'*')) => {
                    bytes.next();
                    place = Place::BlockComment;
                }
                _ => {}
            },
            Place::LineComment if matches!(byte, b'\n' | b'\r') => place = Place::Outside,
            Place::BlockComment if (byte, next) == (b'*', Some(b'/')) => {
                bytes.next();
                place = Place::Outside;
            }
            Place::String { start } => match byte {
                b'"' => place = Place::Outside,
                b'\n' | b'\r' => return Some(start..index),
                b'\\' if !matches!(next, Some(b'\n' | b'\r')) => {
                    bytes.next();
                }
                _ => {}
            },
            Place::LineComment | Place::BlockComment => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::string_across_lines;

    #[test]
    fn only_strings_count() {
        for text in [r#"{ "a\"b\\": 1 } // "open"#, "/* \" \n */ \"a\"", "// it's \"\n{}", "\"/*\"\n"] {
            assert_eq!(string_across_lines(text), None, "{text}");
        }
        assert_eq!(string_across_lines("{\n \"a: 1\r\n}"), Some(3..8));
        assert_eq!(string_across_lines("\"a\\\n\""), Some(0..3));
    }
}
