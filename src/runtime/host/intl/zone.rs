//! Time zones: their rules, from the bundled tz database, and what English calls them.

use std::collections::HashMap;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use super::table::{self, Row};

/// Names of zones: long standard, long daylight, long generic, and the three short ones; empty where English
/// writes the offset.
static NAMES: LazyLock<HashMap<&'static str, Row>> = LazyLock::new(|| {
    let rows = table::rows(include_str!("data/time_zone_names.txt"));
    rows.flat_map(|mut row| {
        let zones = row.pop().unwrap_or_default();
        zones.split(' ').map(move |zone| (zone, row.clone())).collect::<Vec<_>>()
    })
    .collect()
});

/// Names of universal time; V8 calls all of them UTC.
const UNIVERSAL: [&str; 12] = [
    "Etc/GMT",
    "Etc/GMT+0",
    "Etc/GMT-0",
    "Etc/GMT0",
    "Etc/Greenwich",
    "Etc/UTC",
    "Etc/Universal",
    "Etc/UCT",
    "Etc/Zulu",
    "GMT",
    "UTC",
    "Zulu",
];

/// A name of a zone that a pattern may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameKind {
    /// `EST`, `Eastern Standard Time`.
    Specific,
    /// `ET`, `Eastern Time`.
    Generic,
    /// `GMT-5`, `GMT-05:00`.
    Offset,
}

/// A time zone.
pub struct Zone {
    name: String,
    rules: TimeZone,
}

impl Zone {
    /// The zone with a name of the tz database, in any case, or an offset such as `+05:30`.
    pub fn find(name: &str) -> Option<Self> {
        if let Some(minutes) = offset_minutes(name) {
            let rules = TimeZone::fixed(Offset::from_seconds(minutes * 60).ok()?);
            let sign = if minutes < 0 { '-' } else { '+' };
            let name = format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60);
            return Some(Self { name, rules });
        }
        if UNIVERSAL.iter().any(|universal| universal.eq_ignore_ascii_case(name)) {
            return Some(Self { name: "UTC".to_owned(), rules: TimeZone::UTC });
        }
        let rules = TimeZone::get(name).ok()?;
        let name = rules.iana_name()?.to_owned();
        Some(Self { name, rules })
    }

    /// Its name, as the database writes it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Seconds that its clocks are ahead of universal time, `milliseconds` after the beginning of 1970.
    pub fn offset_seconds(&self, milliseconds: i64) -> i32 {
        let timestamp = Timestamp::from_millisecond(within_rules(milliseconds)).unwrap_or_default();
        self.rules.to_offset(timestamp).seconds()
    }

    fn is_daylight_saving(&self, milliseconds: i64) -> bool {
        let timestamp = Timestamp::from_millisecond(within_rules(milliseconds)).unwrap_or_default();
        self.rules.to_offset_info(timestamp).dst().is_dst()
    }

    /// What it is called at a point in time, by the names of today.
    pub fn display_name(&self, kind: NameKind, is_long: bool, milliseconds: i64) -> String {
        let seconds = self.offset_seconds(milliseconds);
        let name = match kind {
            NameKind::Offset => None,
            NameKind::Generic => self.written_name(2, is_long),
            NameKind::Specific => {
                let (winter, summer) = self.offsets_now();
                let saved_daylight_once = winter == summer && self.is_daylight_saving(milliseconds);
                match seconds {
                    _ if saved_daylight_once => None,
                    _ if seconds == winter.min(summer) => self.written_name(0, is_long),
                    _ if seconds == winter.max(summer) => self.written_name(1, is_long),
                    // Another time than the names are for.
                    _ => None,
                }
            }
        };
        name.map_or_else(|| self.offset_text(seconds, is_long), str::to_owned)
    }

    fn written_name(&self, column: usize, is_long: bool) -> Option<&'static str> {
        let row = NAMES.get(self.name.as_str())?;
        row.get(column + if is_long { 0 } else { 3 }).copied().filter(|name| !name.is_empty())
    }

    fn offset_text(&self, seconds: i32, is_long: bool) -> String {
        if self.rules == TimeZone::UTC { "GMT".to_owned() } else { offset_text(seconds, is_long) }
    }

    /// The offsets in January and July of a year that the names are from.
    fn offsets_now(&self) -> (i32, i32) {
        const JANUARY_2025_MS: i64 = 1_736_899_200_000;
        const JULY_2025_MS: i64 = 1_752_537_600_000;
        (self.offset_seconds(JANUARY_2025_MS), self.offset_seconds(JULY_2025_MS))
    }
}

/// A point in time that rules are there for, with the offset of the one given: JavaScript's time is longer. The
/// calendar repeats every 400 years, and before the first rule nothing changes.
fn within_rules(milliseconds: i64) -> i64 {
    const PERIOD_MS: i64 = 146_097 * 86_400_000;
    const LAST_MS: i64 = 200_000_000_000_000;
    let over = (milliseconds - LAST_MS).max(0);
    let periods = over / PERIOD_MS + i64::from(over % PERIOD_MS > 0);
    (milliseconds - periods * PERIOD_MS).max(Timestamp::MIN.as_millisecond())
}

fn offset_minutes(text: &str) -> Option<i32> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    let (hours, minutes) = match digits.len() {
        2 => (digits, "00"),
        4 => (digits.get(..2)?, digits.get(2..)?),
        5 if digits.as_bytes()[2] == b':' => (digits.get(..2)?, digits.get(3..)?),
        _ => return None,
    };
    let number = |text: &str, limit: i32| {
        text.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| text.parse::<i32>().ok().filter(|number| *number < limit))
            .flatten()
    };
    Some(sign * (number(hours, 24)? * 60 + number(minutes, 60)?))
}

fn offset_text(seconds: i32, is_long: bool) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let (hours, minutes, rest) = (seconds.abs() / 3600, seconds.abs() / 60 % 60, seconds.abs() % 60);
    let mut text =
        if is_long { format!("GMT{sign}{hours:02}:{minutes:02}") } else { format!("GMT{sign}{hours}") };
    if !is_long && (minutes != 0 || rest != 0) {
        text.push_str(&format!(":{minutes:02}"));
    }
    if rest != 0 {
        text.push_str(&format!(":{rest:02}"));
    }
    text
}

/// The names of all zones, in order.
pub fn names() -> Vec<String> {
    let mut names: Vec<_> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    names.sort_unstable();
    names
}
