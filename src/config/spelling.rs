//! Finds what a person probably meant.

/// Most edits between a slip and what was meant.
const EDITS_MAX: usize = 3;

/// The candidate nearest to `word`, if one is near enough to be worth suggesting.
///
/// `maxBatchSize` and `max-batch-size` count as `max_batch_size` spelt in another style.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = snake_case(word);
    let allowed = word.chars().count().div_ceil(3).min(EDITS_MAX);
    candidates
        .into_iter()
        .map(|candidate| (distance(&word, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Edits between two words; one that only lacks the other's ending ("max_batch") counts as one edit away.
fn distance(word: &str, candidate: &str) -> usize {
    let candidate = snake_case(candidate);
    let edits = strsim::damerau_levenshtein(word, &candidate);
    let is_beginning = word.len() >= 4 && (candidate.starts_with(word) || word.starts_with(&candidate));
    if is_beginning { edits.min(1) } else { edits }
}

fn snake_case(word: &str) -> String {
    let mut snake = String::with_capacity(word.len());
    let mut after_lowercase = false;
    for character in word.chars() {
        if character.is_uppercase() && after_lowercase {
            snake.push('_');
        }
        after_lowercase = character.is_lowercase() || character.is_ascii_digit();
        snake.extend(if character == '-' { '_' } else { character }.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_slips_of_the_finger_and_other_styles() {
        let keys = ["queue", "max_batch_size", "max_batch_timeout", "max_retries"];
        for (word, expected) in [
            ("quueue", Some("queue")),
            ("qeueu", Some("queue")),
            ("maxBatchSize", Some("max_batch_size")),
            ("max-retries", Some("max_retries")),
            ("max_retry", Some("max_retries")),
            ("MAX_BATCH_TIMEOUT", Some("max_batch_timeout")),
            ("colour", None),
            ("q", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, keys), expected, "{word}");
        }
    }
}
