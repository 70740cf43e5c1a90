//! When a cron trigger is due.
//!
//! Source: Cloudflare's documentation, "Cron Triggers", "Supported cron expressions": five fields in UTC,
//! days of the week from 1 (Sunday) to 7, names of months and days, `*`, `,`, `-`, `/`, `L`, `W` and `#`.

mod days;

use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use saffron::parse::CronExpr;

use super::Timestamp;

/// The fields in their order, and an example of what each may hold.
const FIELDS: [(&str, &str); 5] = [
    ("minute", "0 to 59, such as */5 or 0,30"),
    ("hour", "0 to 23, such as 9-17"),
    (
        "day of the month",
        "1 to 31, L for the last, LW for the last weekday, 15W for the weekday nearest to the 15th",
    ),
    ("month", "1 to 12 or JAN to DEC"),
    ("day of the week", "1 (Sunday) to 7 or SUN to SAT, 6L for the last Friday, MON#2 for the second Monday"),
];

/// Longer expressions are refused; every minute of an hour as a list takes half of it.
const LENGTH_MAX: usize = 400;

/// Within so many days every day that exists comes: leap days can be eight years apart, and a weekday falls on
/// one of them every forty years at the latest.
const SEARCHED_DAYS: usize = 41 * 366;

/// A cron expression as a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CronSchedule {
    expression: String,
    parsed: CronExpr,
    minutes: u64,
    hours: u64,
    months: u64,
}

/// A text that is no cron expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    /// The number of fields is wrong.
    #[error("The cron expression \"{expression}\" has {fields} fields, not 5.")]
    FieldCount {
        /// The expression.
        expression: String,
        /// How many it has.
        fields: usize,
    },
    /// One field is not understood.
    #[error("The {field} of the cron expression \"{expression}\" is not understood: {text}")]
    Field {
        /// The expression.
        expression: String,
        /// Which field.
        field: &'static str,
        /// What it may hold.
        allowed: &'static str,
        /// What it holds.
        text: String,
    },
    /// No day is like that.
    #[error("The cron expression \"{expression}\" never comes true: no such day exists.")]
    Never {
        /// The expression.
        expression: String,
    },
    /// It is longer than any sensible one.
    #[error("A cron expression of {length} characters is too long; {LENGTH_MAX} are allowed.")]
    TooLong {
        /// How long it is, in bytes.
        length: usize,
    },
}

impl CronError {
    /// How to mend it.
    pub fn remedy(&self) -> String {
        match self {
            Self::Field { field, allowed, .. } => format!("the {field} is {allowed}"),
            Self::Never { .. } => "choose a day that its months have".to_owned(),
            Self::FieldCount { .. } | Self::TooLong { .. } => {
                "write minute, hour, day of the month, month and day of the week, such as \"*/5 * * * *\""
                    .to_owned()
            }
        }
    }
}

impl CronSchedule {
    /// The expression as it was written.
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// The first instant after `time` at which the trigger is due, a whole minute; `None` when a calendar
    /// cannot hold it.
    pub fn next_after(&self, time: Timestamp) -> Option<Timestamp> {
        let time = DateTime::<Utc>::from_timestamp_millis(i64::try_from(time.as_millis()).ok()?)?;
        let today = time.date_naive();
        let minute_of_day = time.hour() * 60 + time.minute() + 1;
        if let Some(next) = self.on(today, minute_of_day) {
            return Some(next);
        }
        let days = today.iter_days().skip(1).take(SEARCHED_DAYS);
        days.into_iter().find_map(|day| self.on(day, 0))
    }

    /// The first due time of `day` from this minute of the day on.
    fn on(&self, day: NaiveDate, from: u32) -> Option<Timestamp> {
        let has = |bits: u64, value: u32| bits & (1 << value) != 0;
        if !has(self.months, day.month0()) || !days::allow(day, &self.parsed.doms, &self.parsed.dows) {
            return None;
        }
        let due =
            (from..24 * 60).find(|minute| has(self.hours, minute / 60) && has(self.minutes, minute % 60))?;
        let instant = day.and_hms_opt(due / 60, due % 60, 0)?.and_utc();
        u64::try_from(instant.timestamp_millis()).ok().map(Timestamp::from_millis)
    }
}

impl FromStr for CronSchedule {
    type Err = CronError;

    fn from_str(expression: &str) -> Result<Self, CronError> {
        if expression.len() > LENGTH_MAX {
            return Err(CronError::TooLong { length: expression.len() });
        }
        let fields: Vec<&str> = expression.split_whitespace().collect();
        if fields.len() != FIELDS.len() {
            return Err(CronError::FieldCount { expression: expression.to_owned(), fields: fields.len() });
        }
        let parsed: CronExpr = fields.join(" ").parse().map_err(|_| misunderstood(expression, &fields))?;
        let schedule = Self {
            expression: expression.to_owned(),
            minutes: days::values(&parsed.minutes, 60),
            hours: days::values(&parsed.hours, 24),
            months: days::values(&parsed.months, 12),
            parsed,
        };
        match schedule.next_after(Timestamp::default()) {
            Some(_) => Ok(schedule),
            None => Err(CronError::Never { expression: expression.to_owned() }),
        }
    }
}

/// Names the first field that is not understood by itself.
fn misunderstood(expression: &str, fields: &[&str]) -> CronError {
    let wrong = fields.iter().enumerate().position(|(index, field)| {
        let mut alone = ["*"; FIELDS.len()];
        alone[index] = field;
        alone.join(" ").parse::<CronExpr>().is_err()
    });
    let index = wrong.unwrap_or_default();
    let (field, allowed) = FIELDS[index];
    CronError::Field { expression: expression.to_owned(), field, allowed, text: fields[index].to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Due times after `from`, as RFC 3339 without what is always the same.
    fn due(expression: &str, from: &str, count: usize) -> Vec<String> {
        let schedule: CronSchedule = expression.parse().expect("valid");
        let mut time = millis(from);
        let mut times = Vec::new();
        for _ in 0..count {
            time = schedule.next_after(time).expect("another");
            let shown = DateTime::<Utc>::from_timestamp_millis(time.as_millis() as i64).expect("in range");
            times.push(shown.format("%Y-%m-%d %H:%M").to_string());
        }
        times
    }

    fn millis(text: &str) -> Timestamp {
        let time: DateTime<Utc> = format!("{}:00Z", text.replace(' ', "T")).parse().expect("a time");
        Timestamp::from_millis(time.timestamp_millis() as u64)
    }

    #[test]
    fn the_examples_of_the_documentation() {
        // 2026-06-01 is a Monday.
        for (expression, expected) in [
            ("* * * * *", ["2026-06-01 12:01", "2026-06-01 12:02"]),
            ("*/30 * * * *", ["2026-06-01 12:30", "2026-06-01 13:00"]),
            ("45 * * * *", ["2026-06-01 12:45", "2026-06-01 13:45"]),
            ("0 17 * * sun", ["2026-06-07 17:00", "2026-06-14 17:00"]),
            ("0 17 * * 1", ["2026-06-07 17:00", "2026-06-14 17:00"]),
            ("10 7 * * mon-fri", ["2026-06-02 07:10", "2026-06-03 07:10"]),
            ("10 7 * * 2-6", ["2026-06-02 07:10", "2026-06-03 07:10"]),
            ("0 15 1 * *", ["2026-06-01 15:00", "2026-07-01 15:00"]),
            ("0 18 * * 6L", ["2026-06-26 18:00", "2026-07-31 18:00"]),
            ("0 18 * * friL", ["2026-06-26 18:00", "2026-07-31 18:00"]),
            ("59 23 LW * *", ["2026-06-30 23:59", "2026-07-31 23:59"]),
            ("0 0 L * *", ["2026-06-30 00:00", "2026-07-31 00:00"]),
            ("0 0 15W AUG *", ["2026-08-14 00:00", "2027-08-16 00:00"]),
            ("0 0 * * MON#2", ["2026-06-08 00:00", "2026-07-13 00:00"]),
            // Both days given: either will do.
            ("0 0 3 * THU", ["2026-06-03 00:00", "2026-06-04 00:00"]),
            ("0 0 * * FRI-MON", ["2026-06-05 00:00", "2026-06-06 00:00"]),
            ("0 0 L-3 * *", ["2026-06-27 00:00", "2026-07-28 00:00"]),
            ("0 0 L-2W * *", ["2026-06-29 00:00", "2026-07-29 00:00"]),
            ("0 20-2/3 * * *", ["2026-06-01 20:00", "2026-06-01 23:00"]),
            ("0 0 29 2 *", ["2028-02-29 00:00", "2032-02-29 00:00"]),
        ] {
            assert_eq!(due(expression, "2026-06-01 12:00", 2), expected, "{expression}");
        }
    }

    #[test]
    fn the_next_time_is_a_later_minute() {
        let schedule: CronSchedule = "* * * * *".parse().expect("valid");
        let noon = millis("2026-06-01 12:00");
        assert_eq!(schedule.next_after(noon.plus_millis(59_999)), Some(noon.plus_seconds(60)));
        assert_eq!(schedule.next_after(Timestamp::from_millis(u64::MAX)), None);
    }

    #[test]
    fn mistakes_are_named_with_their_field() {
        for (expression, said) in [
            ("* * * *", "The cron expression \"* * * *\" has 4 fields, not 5."),
            ("60 * * * *", "The minute of the cron expression \"60 * * * *\" is not understood: 60"),
            ("* * * * 0", "The day of the week of the cron expression \"* * * * 0\" is not understood: 0"),
            ("* * * jun-x *", "The month of the cron expression \"* * * jun-x *\" is not understood: jun-x"),
            ("0 0 31 2 *", "The cron expression \"0 0 31 2 *\" never comes true: no such day exists."),
            ("@daily", "The cron expression \"@daily\" has 1 fields, not 5."),
        ] {
            let error = expression.parse::<CronSchedule>().expect_err(expression);
            assert_eq!(error.to_string(), said);
        }
        let long = "1,".repeat(LENGTH_MAX);
        assert!(matches!(long.parse::<CronSchedule>(), Err(CronError::TooLong { .. })));
    }

    proptest! {
        #[test]
        fn any_text_is_understood_or_refused(text in "[0-9*,/#LW \\-a-zA-Z?]{0,40}", now in 0..4_000_000_000_000_u64) {
            if let Ok(schedule) = text.parse::<CronSchedule>() {
                let next = schedule.next_after(Timestamp::from_millis(now));
                prop_assert!(next.is_none_or(|next| next.as_millis() > now && next.as_millis() % 60_000 == 0));
            }
        }

        #[test]
        fn what_is_understood_moves_on(
            minute in prop_oneof![Just("*"), Just("*/7"), Just("3,5-9"), Just("59")],
            hour in prop_oneof![Just("*"), Just("23"), Just("*/5")],
            day in prop_oneof![Just("*"), Just("L"), Just("LW"), Just("L-3"), Just("L-3W"), Just("1W"), Just("31W"), Just("30")],
            month in prop_oneof![Just("*"), Just("FEB"), Just("4,6")],
            weekday in prop_oneof![Just("*"), Just("SUN"), Just("2#5"), Just("7L"), Just("MON-WED")],
            now in 0..4_000_000_000_000_u64,
        ) {
            if let Ok(schedule) = format!("{minute} {hour} {day} {month} {weekday}").parse::<CronSchedule>() {
                let mut time = Timestamp::from_millis(now);
                for _ in 0..20 {
                    let next = schedule.next_after(time).expect("another");
                    prop_assert!(next > time);
                    time = next;
                }
            }
        }
    }
}
