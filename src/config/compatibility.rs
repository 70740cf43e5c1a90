//! What a worker's compatibility date and flags mean for this program, in one place.

use std::fmt;
use std::str::FromStr;

/// A day of the Gregorian calendar, written `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CompatibilityDate {
    year: u16,
    month: u8,
    day: u8,
}

impl CompatibilityDate {
    /// The last date at which anything changed that this program knows. Workers without a date get it, as
    /// they get the newest behaviour from wrangler dev.
    pub const NEWEST: Self = Self { year: 2026, month: 3, day: 12 };

    const fn days_in_month(year: u16, month: u8) -> u8 {
        match month {
            4 | 6 | 9 | 11 => 30,
            2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
            2 => 28,
            _ => 31,
        }
    }
}

impl fmt::Display for CompatibilityDate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// The text is not a day written `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a compatibility date is a day written YYYY-MM-DD")]
pub struct InvalidCompatibilityDate;

impl FromStr for CompatibilityDate {
    type Err = InvalidCompatibilityDate;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shape_is_right = text.len() == 10
            && text.bytes().enumerate().all(|(index, byte)| match index {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !shape_is_right {
            return Err(InvalidCompatibilityDate);
        }
        let year = text[..4].parse().map_err(|_| InvalidCompatibilityDate)?;
        let month = text[5..7].parse().map_err(|_| InvalidCompatibilityDate)?;
        let day = text[8..].parse().map_err(|_| InvalidCompatibilityDate)?;
        let exists = (1..=12).contains(&month) && (1..=Self::days_in_month(year, month)).contains(&day);
        exists.then_some(Self { year, month, day }).ok_or(InvalidCompatibilityDate)
    }
}

/// The behaviours that depend on the compatibility date and flags.
///
/// Source: Cloudflare's documentation, "Compatibility flags", and the runtime's `compatibility-date.capnp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompatibilityFlags {
    /// Messages are sent as JSON unless told otherwise, not as v8.
    pub json_messages: bool,
    /// Errors of queue operations carry their code and cause.
    pub expose_error_codes: bool,
    /// A delivery is finished when the handler returns, without waiting for `ctx.waitUntil()`.
    pub consumer_no_wait_for_wait_until: bool,
    /// Modules of Node.js can be imported.
    pub nodejs_compat: bool,
}

impl CompatibilityFlags {
    /// What `date` and `flags` select; a flag beats the date.
    pub fn new(date: CompatibilityDate, flags: &[String]) -> Self {
        Self {
            json_messages: JSON_MESSAGES.is_on(date, flags),
            expose_error_codes: EXPOSE_ERROR_CODES.is_on(date, flags),
            consumer_no_wait_for_wait_until: NO_WAIT_FOR_WAIT_UNTIL.is_on(date, flags),
            nodejs_compat: NODEJS_COMPAT.is_on(date, flags) || has(flags, NODEJS_COMPAT_V2),
        }
    }
}

/// One behaviour with the flags that switch it on or off.
pub(super) struct Behaviour {
    pub(super) enable: &'static str,
    pub(super) disable: &'static str,
    default_from: Option<CompatibilityDate>,
}

impl Behaviour {
    fn is_on(&self, date: CompatibilityDate, flags: &[String]) -> bool {
        if has(flags, self.enable) {
            return true;
        }
        !has(flags, self.disable) && self.default_from.is_some_and(|from| date >= from)
    }
}

const JSON_MESSAGES: Behaviour = Behaviour {
    enable: "queues_json_messages",
    disable: "no_queues_json_messages",
    default_from: Some(CompatibilityDate { year: 2024, month: 3, day: 18 }),
};
const EXPOSE_ERROR_CODES: Behaviour = Behaviour {
    enable: "queue_expose_error_codes",
    disable: "no_queue_expose_error_codes",
    default_from: Some(CompatibilityDate { year: 2026, month: 3, day: 12 }),
};
const NO_WAIT_FOR_WAIT_UNTIL: Behaviour = Behaviour {
    enable: "queue_consumer_no_wait_for_wait_until",
    disable: "queue_consumer_wait_for_wait_until",
    default_from: None,
};
const NODEJS_COMPAT: Behaviour =
    Behaviour { enable: "nodejs_compat", disable: "no_nodejs_compat", default_from: None };
/// Asks for the second edition of the Node.js modules by name; it includes the first.
const NODEJS_COMPAT_V2: &str = "nodejs_compat_v2";

/// Every behaviour that flags switch.
pub(super) const BEHAVIOURS: [Behaviour; 4] =
    [JSON_MESSAGES, EXPOSE_ERROR_CODES, NO_WAIT_FOR_WAIT_UNTIL, NODEJS_COMPAT];

/// The flags of the Workers runtime, one a line.
///
/// Source: the runtime's `compatibility-date.capnp` of August 2026.
const KNOWN_FLAGS: &str = include_str!("compatibility_flags.txt");

/// Every flag that the Workers runtime knows.
pub(super) fn known_flags() -> impl Iterator<Item = &'static str> {
    KNOWN_FLAGS.lines()
}

fn has(flags: &[String], flag: &str) -> bool {
    flags.iter().any(|given| given == flag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> CompatibilityDate {
        text.parse().unwrap()
    }

    #[test]
    fn only_days_that_exist_are_dates() {
        for text in ["2024-02-29", "2000-02-29", "2026-12-31"] {
            assert_eq!(date(text).to_string(), text);
        }
        for text in [
            "2023-02-29",
            "1900-02-29",
            "2024-13-01",
            "2024-00-10",
            "2024-1-1",
            "20240101",
            "2024-01-32",
            "+024-01-01",
        ] {
            assert_eq!(text.parse::<CompatibilityDate>(), Err(InvalidCompatibilityDate), "{text}");
        }
    }

    #[test]
    fn the_date_decides_unless_a_flag_does() {
        let flags = |text: &str, flags: &[&str]| {
            CompatibilityFlags::new(
                date(text),
                &flags.iter().map(|flag| flag.to_string()).collect::<Vec<_>>(),
            )
        };
        assert!(!flags("2024-03-17", &[]).json_messages);
        assert!(flags("2024-03-18", &[]).json_messages);
        assert!(flags("2022-01-01", &["queues_json_messages"]).json_messages);
        assert!(!flags("2026-01-01", &["no_queues_json_messages"]).json_messages);
        assert!(!flags("2026-03-11", &[]).expose_error_codes);
        assert!(flags("2026-03-12", &[]).expose_error_codes);
        assert!(!flags("2026-03-12", &["no_queue_expose_error_codes"]).expose_error_codes);
        assert!(!flags("2026-03-12", &[]).consumer_no_wait_for_wait_until);
        assert!(
            flags("2020-01-01", &["queue_consumer_no_wait_for_wait_until"]).consumer_no_wait_for_wait_until
        );
        assert!(flags("2020-01-01", &["nodejs_compat_v2"]).nodejs_compat);
    }
}
