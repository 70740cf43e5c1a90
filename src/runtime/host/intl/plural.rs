//! Which form of a word English has with a number: what `Intl.PluralRules` selects.
//!
//! Source: CLDR, "Language Plural Rules", English.

use serde::Deserialize;

use super::decimal::Number;
use super::digits::Digits;

/// The options of `PluralRules`, resolved.
#[derive(Debug, Deserialize)]
pub struct PluralOptions {
    #[serde(rename = "type")]
    kind: PluralKind,
    digits: Digits,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum PluralKind {
    Cardinal,
    Ordinal,
}

impl PluralOptions {
    /// The category of a number.
    pub fn select(&self, number: &Number) -> &'static str {
        let Number::Finite(decimal) = number else { return "other" };
        let (integer, fraction) = self.digits.round(decimal).text();
        match self.kind {
            PluralKind::Cardinal if integer.trim_start_matches('0') == "1" && fraction.is_empty() => "one",
            PluralKind::Ordinal if fraction.bytes().all(|digit| digit == b'0') => ordinal(&integer),
            _ => "other",
        }
    }
}

fn ordinal(integer: &str) -> &'static str {
    let mut digits = integer.bytes().rev();
    let last = digits.next();
    if digits.next() == Some(b'1') {
        return "other";
    }
    match last {
        Some(b'1') => "one",
        Some(b'2') => "two",
        Some(b'3') => "few",
        _ => "other",
    }
}
