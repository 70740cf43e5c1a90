//! Text in graphemes, words and sentences: what `Intl.Segmenter` finds, from Unicode Standard Annex 29.

use icu_segmenter::options::{SentenceBreakInvariantOptions, WordBreakInvariantOptions};
use icu_segmenter::{GraphemeClusterSegmenter, SentenceSegmenter, WordSegmenter};

/// The ends of all segments of `text`, in UTF-16 code units; of words negative where they are no words but spaces or
/// punctuation. `None` for a granularity that is none.
pub fn ends(granularity: &str, text: &str) -> Option<Vec<i64>> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let ends = match granularity {
        "grapheme" => {
            GraphemeClusterSegmenter::new().segment_utf16(&units).map(|end| end as i64).collect::<Vec<_>>()
        }
        "sentence" => SentenceSegmenter::new(SentenceBreakInvariantOptions::default())
            .segment_utf16(&units)
            .map(|end| end as i64)
            .collect(),
        "word" => word_ends(&units),
        _ => return None,
    };
    // The first is where the text begins.
    Some(ends.into_iter().filter(|end| *end != 0).collect())
}

fn word_ends(units: &[u16]) -> Vec<i64> {
    let segmenter = WordSegmenter::new_auto(WordBreakInvariantOptions::default());
    let mut breaks = segmenter.segment_utf16(units);
    let mut ends = Vec::new();
    while let Some(end) = breaks.next() {
        ends.push(if breaks.is_word_like() { end as i64 } else { -(end as i64) });
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_end_where_people_see_it() {
        assert_eq!(ends("grapheme", "e\u{301}👨‍👩‍👧🇩🇪"), Some(vec![2, 10, 14]));
        assert_eq!(ends("word", "Hi, you."), Some(vec![2, -3, -4, 7, -8]));
        assert_eq!(ends("sentence", "One. Two?"), Some(vec![5, 9]));
        assert_eq!(ends("word", ""), Some(vec![]));
        assert_eq!(ends("line", "a"), None);
    }
}
