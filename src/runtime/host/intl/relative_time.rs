//! Spans of time from now, as English says them: what `Intl.RelativeTimeFormat` formats.

use serde::Deserialize;

use super::decimal::Number;
use super::number::NumberOptions;
use super::parts::Parts;

/// Forms of a unit of time.
struct Unit {
    name: &'static str,
    /// Short, for one and for others.
    short: [&'static str; 2],
    narrow: &'static str,
    /// With `numeric: "auto"`, for -1, 0 and 1, long and short.
    words: [[&'static str; 2]; 3],
}

const NONE: [&str; 2] = ["", ""];

const UNITS: [Unit; 8] = [
    Unit {
        name: "year",
        short: ["yr.", "yr."],
        narrow: "y",
        words: [["last year", "last yr."], ["this year", "this yr."], ["next year", "next yr."]],
    },
    Unit {
        name: "quarter",
        short: ["qtr.", "qtrs."],
        narrow: "q",
        words: [["last quarter", "last qtr."], ["this quarter", "this qtr."], ["next quarter", "next qtr."]],
    },
    Unit {
        name: "month",
        short: ["mo.", "mo."],
        narrow: "mo",
        words: [["last month", "last mo."], ["this month", "this mo."], ["next month", "next mo."]],
    },
    Unit {
        name: "week",
        short: ["wk.", "wk."],
        narrow: "w",
        words: [["last week", "last wk."], ["this week", "this wk."], ["next week", "next wk."]],
    },
    Unit {
        name: "day",
        short: ["day", "days"],
        narrow: "d",
        words: [["yesterday", "yesterday"], ["today", "today"], ["tomorrow", "tomorrow"]],
    },
    Unit {
        name: "hour",
        short: ["hr.", "hr."],
        narrow: "h",
        words: [NONE, ["this hour", "this hour"], NONE],
    },
    Unit {
        name: "minute",
        short: ["min.", "min."],
        narrow: "m",
        words: [NONE, ["this minute", "this minute"], NONE],
    },
    Unit { name: "second", short: ["sec.", "sec."], narrow: "s", words: [NONE, ["now", "now"], NONE] },
];

/// How a unit is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Style {
    Long,
    Short,
    Narrow,
}

/// Whether words such as "tomorrow" are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Numeric {
    Always,
    Auto,
}

/// The options of a `RelativeTimeFormat`, resolved.
#[derive(Debug, Deserialize)]
pub struct RelativeTimeOptions {
    style: Style,
    numeric: Numeric,
    number: NumberOptions,
}

impl RelativeTimeOptions {
    /// Formats `value` units from now; `None` for a unit that is none.
    pub fn format(&self, value: &str, unit: &str) -> Option<Parts> {
        let unit = UNITS.iter().find(|candidate| candidate.name == unit)?;
        let mut parts = Parts::default();
        if let Some(word) = self.word(unit, value) {
            parts.literal(word);
            return Some(parts);
        }
        let (is_past, magnitude) = match value.strip_prefix('-') {
            Some(magnitude) => (true, magnitude),
            None => (false, value),
        };
        let (number, is_one) = self.number.format_with_plural(&Number::parse(magnitude));
        if !is_past {
            parts.literal("in ");
        }
        parts.append(number);
        parts.literal(&self.unit_text(unit, is_one));
        if is_past {
            parts.literal(" ago");
        }
        Some(parts)
    }

    fn unit_text(&self, unit: &Unit, is_one: bool) -> String {
        match self.style {
            Style::Long => format!(" {}{}", unit.name, if is_one { "" } else { "s" }),
            Style::Short => format!(" {}", unit.short[usize::from(!is_one)]),
            Style::Narrow => unit.narrow.to_owned(),
        }
    }

    fn word(&self, unit: &Unit, value: &str) -> Option<&'static str> {
        if self.numeric == Numeric::Always {
            return None;
        }
        let words = match value {
            "-1" => unit.words[0],
            "0" | "-0" => unit.words[1],
            "1" => unit.words[2],
            _ => return None,
        };
        Some(words[usize::from(self.style != Style::Long)]).filter(|word| !word.is_empty())
    }
}
