//! How much of the text a problem covers, where the bundler tells only where it begins.

use crate::base::Span;

/// The string, the word or else the character at an offset in UTF-16 code units, in bytes.
pub(super) fn token_at(text: &str, utf16_offset: usize) -> Span {
    let mut units = 0;
    let start = text.char_indices().find(|(_, character)| {
        units += character.len_utf16();
        units > utf16_offset
    });
    let Some((start, first)) = start else {
        return text.len()..text.len();
    };
    let line = text[start..].lines().next().unwrap_or_default();
    let length = match first {
        '"' | '\'' | '`' => line[1..].find(first).map_or(line.len(), |end| end + 2),
        '\n' | '\r' => 0,
        _ => {
            let is_word = |character: char| character.is_alphanumeric() || matches!(character, '_' | '$');
            let word = line.find(|character| !is_word(character)).unwrap_or(line.len());
            if word == 0 { first.len_utf8() } else { word }
        }
    };
    start..start + length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_at_an_offset_is_a_string_a_word_or_one_character() {
        assert_eq!(token_at("import 'x' ", 7), 7..10);
        assert_eq!(token_at("a = \"bc", 4), 4..7);
        assert_eq!(token_at("a é😀 word;", 6), 9..13);
        assert_eq!(token_at("a ;b", 2), 2..3);
        assert_eq!(token_at("a\nb", 1), 1..1);
        assert_eq!(token_at("a", 7), 1..1);
    }
}
