//! Notations of numbers: with an exponent, or with a letter or a word for it.
//!
//! Source: ECMA-402, "ComputeExponent"; the words are CLDR's for English.

use serde::Deserialize;

use super::decimal::Decimal;
use super::digits::{Digits, Rounded};
use super::parts::Parts;

/// How large numbers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Notation {
    /// All digits.
    Standard,
    /// One digit and a power of ten.
    Scientific,
    /// Up to three digits and a power of a thousand.
    Engineering,
    /// Up to three digits and a word.
    Compact,
}

/// Whether compact notation has a letter or a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CompactDisplay {
    /// `1K`.
    #[default]
    Short,
    /// `1 thousand`.
    Long,
}

/// What stands for powers of a thousand, from the first.
const COMPACT: [(&str, &str); 4] = [("K", "thousand"), ("M", "million"), ("B", "billion"), ("T", "trillion")];

impl Notation {
    /// Rounds `decimal` and tells the power of ten that it is written with.
    pub fn round(self, decimal: &Decimal, digits: &Digits) -> (i64, Rounded) {
        let exponent = self.exponent(decimal.magnitude());
        let rounded = digits.round(&decimal.clone().scaled(-exponent));
        if rounded.decimal.is_zero() {
            return (exponent, rounded);
        }
        // Rounding may have made it as large as what has another exponent.
        let after = self.exponent(rounded.decimal.magnitude() + exponent);
        if after == exponent {
            return (exponent, rounded);
        }
        (after, digits.round(&decimal.clone().scaled(-after)))
    }

    fn exponent(self, magnitude: i64) -> i64 {
        match self {
            Self::Standard => 0,
            Self::Scientific => magnitude,
            Self::Engineering => magnitude.div_euclid(3) * 3,
            Self::Compact => magnitude.div_euclid(3).clamp(0, COMPACT.len() as i64) * 3,
        }
    }

    /// Adds what says that a number is to be multiplied by ten to the power of `exponent`.
    pub fn put_exponent(self, exponent: i64, display: CompactDisplay, parts: &mut Parts) {
        match self {
            Self::Standard => {}
            Self::Scientific | Self::Engineering => {
                parts.push("exponentSeparator", "E");
                if exponent < 0 {
                    parts.push("exponentMinusSign", "-");
                }
                parts.push("exponentInteger", exponent.unsigned_abs().to_string());
            }
            Self::Compact => put_word(exponent, display, parts),
        }
    }
}

fn put_word(exponent: i64, display: CompactDisplay, parts: &mut Parts) {
    let index = usize::try_from(exponent / 3 - 1).ok();
    let Some((letter, word)) = index.and_then(|index| COMPACT.get(index)) else { return };
    if display == CompactDisplay::Long {
        parts.literal(" ");
    }
    parts.push("compact", if display == CompactDisplay::Long { *word } else { *letter });
}
