//! Units of measurement, as English writes them.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::parts::Parts;
use super::table::{self, Row};

/// Patterns around the number, for one and for others: short, narrow, long.
static UNITS: LazyLock<HashMap<&'static str, Row>> =
    LazyLock::new(|| table::read(include_str!("data/units.txt")));

/// Units after "per" that are shorter there than by themselves.
const PER: [(&str, &str); 8] = [
    ("second", "s"),
    ("minute", "min"),
    ("hour", "h"),
    ("day", "d"),
    ("week", "w"),
    ("month", "m"),
    ("year", "y"),
    ("percent", "%"),
];

/// How a unit is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UnitDisplay {
    /// `16 L`.
    #[default]
    Short,
    /// `16L`.
    Narrow,
    /// `16 liters`.
    Long,
}

impl UnitDisplay {
    fn column(self, is_one: bool) -> usize {
        let first = match self {
            Self::Short => 0,
            Self::Narrow => 2,
            Self::Long => 4,
        };
        first + usize::from(!is_one)
    }
}

/// Puts a unit around a number.
pub fn put_around(unit: &str, display: UnitDisplay, is_one: bool, number: Parts, parts: &mut Parts) {
    let pattern = pattern(unit, display, is_one);
    let (before, after) = pattern.split_once("{0}").unwrap_or(("", &pattern));
    parts.push("unit", before);
    parts.append(number);
    let name = after.trim_start();
    parts.literal(&after[..after.len() - name.len()]);
    // A percent sign has a name of its own even as a unit.
    parts.push(if unit == "percent" && display != UnitDisplay::Long { "percentSign" } else { "unit" }, name);
}

fn pattern(unit: &str, display: UnitDisplay, is_one: bool) -> String {
    if let Some(pattern) = simple(unit, display, is_one) {
        return pattern.to_owned();
    }
    let (numerator, denominator) = unit.split_once("-per-").unwrap_or((unit, ""));
    let numerator = simple(numerator, display, is_one).unwrap_or("{0}");
    let one = simple(denominator, display, true).unwrap_or("").replace("{0}", "");
    if display == UnitDisplay::Long {
        return format!("{numerator} per {}", one.trim_start());
    }
    let short = PER.iter().find(|(name, _)| *name == denominator).map(|(_, short)| *short);
    format!("{numerator}/{}", short.unwrap_or(one.trim_start()))
}

fn simple(unit: &str, display: UnitDisplay, is_one: bool) -> Option<&'static str> {
    UNITS.get(unit)?.get(display.column(is_one)).copied()
}

/// Whether `unit` is one that ECMA-402 sanctions, or one of those per another.
pub fn is_sanctioned(unit: &str) -> bool {
    let is_simple = |unit: &str| !unit.contains("-per-") && UNITS.contains_key(unit);
    is_simple(unit)
        || unit.split_once("-per-").is_some_and(|(left, right)| is_simple(left) && is_simple(right))
}

/// The names of all sanctioned units, in order.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = UNITS.keys().copied().filter(|unit| !unit.contains("-per-")).collect();
    names.sort_unstable();
    names
}
