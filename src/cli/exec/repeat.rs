//! The command that repeats a run.

use std::ffi::OsString;

use crate::chaos::Spec;

/// The words that we were started with, as a line for a shell, with this specification for `--chaos`.
pub fn command_line(words: impl IntoIterator<Item = OsString>, spec: &Spec) -> String {
    let mut line = Vec::new();
    let mut words = words.into_iter().map(|word| word.to_string_lossy().into_owned());
    while let Some(word) = words.next() {
        match word.as_str() {
            // What follows is the user's command.
            "--" => {
                line.push(word);
                break;
            }
            "--chaos" => {
                words.next();
                line.extend([word, spec.to_string()]);
            }
            _ if word.starts_with("--chaos=") => line.push(format!("--chaos={spec}")),
            _ => line.push(word),
        }
    }
    line.extend(words);
    line.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

/// A word as a shell reads it back.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./=:,+%@".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specification_is_replaced_and_the_rest_is_quoted() {
        let spec: Spec = "seed=3,drop-ack=1%,only=drop-ack:q:1:1".parse().unwrap();
        let repeated = |words: &[&str]| command_line(words.iter().map(OsString::from), &spec);
        assert_eq!(
            repeated(&["qemu-dev", "exec", "--chaos", "seeds=1..9", "--", "sh", "-c", "it's \"$X\""]),
            r#"qemu-dev exec --chaos seed=3,drop-ack=1%,only=drop-ack:q:1:1 -- sh -c 'it'\''s "$X"'"#
        );
        assert_eq!(
            repeated(&["qemu-dev", "exec", "--chaos=seeds=1..9", "--", "x", "--chaos", "", "--"]),
            "qemu-dev exec --chaos=seed=3,drop-ack=1%,only=drop-ack:q:1:1 -- x --chaos '' --"
        );
    }
}
