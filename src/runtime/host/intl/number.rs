//! Numbers as en-US writes them: what `Intl.NumberFormat` formats.
//!
//! Source: ECMA-402, "PartitionNumberPattern"; the words and signs are CLDR's.

use serde::Deserialize;

use super::currency::{self, CurrencyDisplay, CurrencySign};
use super::decimal::{Decimal, Number};
use super::digits::{Digits, Rounded};
use super::notation::{CompactDisplay, Notation};
use super::parts::Parts;
use super::unit::{self, UnitDisplay};

/// The options of a `NumberFormat`, resolved.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NumberOptions {
    style: Style,
    #[serde(default)]
    currency: String,
    #[serde(default)]
    currency_display: CurrencyDisplay,
    #[serde(default)]
    currency_sign: CurrencySign,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    unit_display: UnitDisplay,
    notation: Notation,
    #[serde(default)]
    compact_display: CompactDisplay,
    sign_display: SignDisplay,
    use_grouping: Grouping,
    digits: Digits,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Style {
    Decimal,
    Percent,
    Currency,
    Unit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum SignDisplay {
    Auto,
    Never,
    Always,
    ExceptZero,
    Negative,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Grouping {
    Never,
    Min2,
    Auto,
    Always,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    None,
    Plus,
    Minus,
}

/// The digits of a number with what says how large they are.
struct Body {
    parts: Parts,
    negative: bool,
    is_zero: bool,
    /// Whether English has the singular after it.
    is_one: bool,
    starts_with_digit: bool,
}

impl NumberOptions {
    /// Formats a number.
    pub fn format(&self, number: &Number) -> Parts {
        self.format_with_plural(number).0
    }

    /// Formats a number, and tells whether English has the singular after it.
    pub fn format_with_plural(&self, number: &Number) -> (Parts, bool) {
        let body = self.body(number);
        let is_one = body.is_one;
        let sign = self.sign(&body);
        let mut parts = Parts::default();
        let in_parentheses = sign == Sign::Minus
            && self.style == Style::Currency
            && self.currency_is_before()
            && self.currency_sign == CurrencySign::Accounting;
        match sign {
            Sign::Minus if in_parentheses => parts.literal("("),
            Sign::Minus => parts.push("minusSign", "-"),
            Sign::Plus => parts.push("plusSign", "+"),
            Sign::None => {}
        }
        self.put_in_style(body, &mut parts);
        if in_parentheses {
            parts.literal(")");
        }
        (parts, is_one)
    }

    fn currency_is_before(&self) -> bool {
        self.currency_display != CurrencyDisplay::Name
    }

    fn put_in_style(&self, body: Body, parts: &mut Parts) {
        match self.style {
            Style::Decimal => parts.append(body.parts),
            Style::Percent => {
                parts.append(body.parts);
                parts.push("percentSign", "%");
            }
            Style::Currency if self.currency_is_before() => {
                let symbol = currency::symbol(&self.currency, self.currency_display);
                let apart = body.starts_with_digit && symbol.ends_with(|last: char| last.is_alphabetic());
                parts.push("currency", symbol);
                if apart {
                    parts.literal("\u{a0}");
                }
                parts.append(body.parts);
            }
            Style::Currency => {
                parts.append(body.parts);
                parts.literal(" ");
                parts.push("currency", currency::plural_name(&self.currency, body.is_one));
            }
            Style::Unit => unit::put_around(&self.unit, self.unit_display, body.is_one, body.parts, parts),
        }
    }

    fn sign(&self, body: &Body) -> Sign {
        let minus = if body.negative { Sign::Minus } else { Sign::None };
        match self.sign_display {
            SignDisplay::Auto => minus,
            SignDisplay::Never => Sign::None,
            SignDisplay::Always if body.negative => Sign::Minus,
            SignDisplay::Always => Sign::Plus,
            SignDisplay::ExceptZero | SignDisplay::Negative if body.is_zero => Sign::None,
            SignDisplay::ExceptZero if !body.negative => Sign::Plus,
            SignDisplay::ExceptZero | SignDisplay::Negative => minus,
        }
    }

    fn body(&self, number: &Number) -> Body {
        match number {
            Number::NaN => Body::word("nan", "NaN", false, true),
            Number::Infinity { negative } => Body::word("infinity", "∞", *negative, false),
            Number::Finite(decimal) if self.style == Style::Percent => self.digits(decimal.clone().scaled(2)),
            Number::Finite(decimal) => self.digits(decimal.clone()),
        }
    }

    fn digits(&self, decimal: Decimal) -> Body {
        let (exponent, rounded) = self.notation.round(&decimal, &self.digits);
        let mut parts = Parts::default();
        self.put_digits(&rounded, &mut parts);
        let display = match self.style {
            // CLDR has no long form with a currency's symbol before it.
            Style::Currency if self.currency_is_before() => CompactDisplay::Short,
            _ => self.compact_display,
        };
        self.notation.put_exponent(exponent, display, &mut parts);
        let (integer, fraction) = rounded.text();
        Body {
            parts,
            negative: decimal.negative,
            is_zero: rounded.decimal.is_zero(),
            is_one: exponent == 0 && integer.trim_start_matches('0') == "1" && fraction.is_empty(),
            starts_with_digit: true,
        }
    }

    fn put_digits(&self, rounded: &Rounded, parts: &mut Parts) {
        let (integer, fraction) = rounded.text();
        let least = match self.use_grouping {
            Grouping::Never => usize::MAX,
            Grouping::Min2 => 5,
            Grouping::Auto | Grouping::Always => 4,
        };
        if integer.len() < least {
            parts.push("integer", integer);
        } else {
            put_groups(&integer, parts);
        }
        if !fraction.is_empty() {
            parts.push("decimal", ".");
            parts.push("fraction", fraction);
        }
    }
}

impl Body {
    fn word(kind: &'static str, text: &str, negative: bool, is_zero: bool) -> Self {
        let mut parts = Parts::default();
        parts.push(kind, text);
        Self { parts, negative, is_zero, is_one: false, starts_with_digit: false }
    }
}

fn put_groups(integer: &str, parts: &mut Parts) {
    let first = (integer.len() - 1) % 3 + 1;
    let (head, mut rest) = integer.split_at(first);
    parts.push("integer", head);
    while !rest.is_empty() {
        let (group, after) = rest.split_at(3);
        parts.push("group", ",");
        parts.push("integer", group);
        rest = after;
    }
}
