//! Currencies, as English calls them.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::table::{self, Row};

/// Fraction digits, symbol, narrow symbol, name of one, name of others, name by itself.
static CURRENCIES: LazyLock<HashMap<&'static str, Row>> =
    LazyLock::new(|| table::read(include_str!("data/currencies.txt")));

/// How a currency is named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CurrencyDisplay {
    /// `CA$`.
    #[default]
    Symbol,
    /// `$`.
    NarrowSymbol,
    /// `CAD`.
    Code,
    /// `Canadian dollars`.
    Name,
}

/// How amounts below zero are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CurrencySign {
    /// With a minus sign.
    #[default]
    Standard,
    /// In parentheses.
    Accounting,
}

fn field(code: &str, index: usize) -> Option<&'static str> {
    CURRENCIES.get(code)?.get(index).copied().filter(|field| !field.is_empty())
}

/// The digits after the decimal point of amounts in `code`.
pub fn fraction_digits(code: &str) -> u32 {
    field(code, 0).and_then(|digits| digits.parse().ok()).unwrap_or(2)
}

/// What stands before an amount.
pub fn symbol(code: &str, display: CurrencyDisplay) -> &str {
    let symbol = || field(code, 1).unwrap_or(code);
    match display {
        CurrencyDisplay::Symbol => symbol(),
        CurrencyDisplay::NarrowSymbol => field(code, 2).unwrap_or_else(symbol),
        CurrencyDisplay::Code | CurrencyDisplay::Name => code,
    }
}

/// What stands after an amount.
pub fn plural_name(code: &str, is_one: bool) -> &str {
    field(code, if is_one { 3 } else { 4 }).unwrap_or(code)
}

/// The name by itself.
pub fn name(code: &str) -> Option<&'static str> {
    field(code, 5)
}

/// The codes of all currencies, in order.
pub fn codes() -> Vec<&'static str> {
    let mut codes: Vec<_> = CURRENCIES.keys().copied().collect();
    codes.sort_unstable();
    codes
}
