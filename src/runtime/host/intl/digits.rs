//! How many digits of a number are written: the part that the options of several formatters share.
//!
//! Source: ECMA-402, "FormatNumericToString".

use serde::Deserialize;

use super::decimal::{Decimal, RoundingMode};

/// Most digits after the decimal point, and most significant ones.
const DIGITS_MAX: usize = 100;

/// The options that `SetNumberFormatDigitOptions` resolves.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Digits {
    minimum_integer_digits: usize,
    minimum_fraction_digits: Option<usize>,
    maximum_fraction_digits: Option<usize>,
    minimum_significant_digits: Option<usize>,
    maximum_significant_digits: Option<usize>,
    rounding_priority: RoundingPriority,
    rounding_increment: u32,
    rounding_mode: RoundingMode,
    trailing_zero_display: TrailingZeroDisplay,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum RoundingPriority {
    Auto,
    MorePrecision,
    LessPrecision,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum TrailingZeroDisplay {
    Auto,
    StripIfInteger,
}

/// A number rounded as options say.
#[derive(Clone, Debug)]
pub struct Rounded {
    /// The number.
    pub decimal: Decimal,
    minimum_integer_digits: usize,
    minimum_fraction_digits: usize,
    power: i64,
}

impl Rounded {
    /// Its digits before and after the decimal point.
    pub fn text(&self) -> (String, String) {
        self.decimal.text(self.minimum_integer_digits, self.minimum_fraction_digits)
    }
}

impl Digits {
    /// Rounds `decimal`.
    pub fn round(&self, decimal: &Decimal) -> Rounded {
        let mut rounded = match (self.by_significance(decimal), self.by_fraction(decimal)) {
            (Some(significant), Some(fraction)) => self.preferred(significant, fraction),
            (Some(rounded), None) | (None, Some(rounded)) => rounded,
            (None, None) => self.rounded(decimal, 0, 0),
        };
        let strip = self.trailing_zero_display == TrailingZeroDisplay::StripIfInteger;
        if strip && rounded.decimal.text(1, 0).1.is_empty() {
            rounded.minimum_fraction_digits = 0;
        }
        rounded
    }

    fn preferred(&self, significant: Rounded, fraction: Rounded) -> Rounded {
        let significant_is_finer = significant.power <= fraction.power;
        match self.rounding_priority {
            RoundingPriority::Auto => significant,
            RoundingPriority::MorePrecision if significant_is_finer => significant,
            RoundingPriority::LessPrecision if !significant_is_finer => significant,
            _ => fraction,
        }
    }

    fn by_significance(&self, decimal: &Decimal) -> Option<Rounded> {
        let maximum = self.maximum_significant_digits?.clamp(1, DIGITS_MAX) as i64;
        let minimum = self.minimum_significant_digits.unwrap_or(1).min(DIGITS_MAX) as i64;
        let power = decimal.magnitude() - maximum + 1;
        let mut rounded = self.rounded(decimal, power, 0);
        let magnitude = rounded.decimal.magnitude();
        rounded.power = magnitude - maximum + 1;
        rounded.minimum_fraction_digits = (minimum - 1 - magnitude).max(0) as usize;
        Some(rounded)
    }

    fn by_fraction(&self, decimal: &Decimal) -> Option<Rounded> {
        let maximum = self.maximum_fraction_digits?.min(DIGITS_MAX) as i64;
        let minimum = self.minimum_fraction_digits.unwrap_or(0).min(DIGITS_MAX);
        Some(self.rounded(decimal, -maximum, minimum))
    }

    fn rounded(&self, decimal: &Decimal, power: i64, minimum_fraction_digits: usize) -> Rounded {
        Rounded {
            decimal: decimal.rounded(power, self.rounding_increment.min(5000), self.rounding_mode),
            minimum_integer_digits: self.minimum_integer_digits.clamp(1, DIGITS_MAX),
            minimum_fraction_digits,
            power,
        }
    }
}
