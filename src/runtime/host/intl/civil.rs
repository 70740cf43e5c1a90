//! Points in time as clocks and calendars show them, over all of JavaScript's time.

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// A date and a time of day in the proleptic Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// The year; 0 is the one before year 1.
    pub year: i64,
    /// From 1 to 12.
    pub month: u32,
    /// From 1 to 31.
    pub day: u32,
    /// Days since Sunday.
    pub weekday: usize,
    /// From 0 to 23.
    pub hour: u32,
    /// From 0 to 59.
    pub minute: u32,
    /// From 0 to 59.
    pub second: u32,
    /// From 0 to 999.
    pub millisecond: u32,
}

impl Civil {
    /// What is shown `milliseconds` after the beginning of 1970, in local time.
    pub fn at(milliseconds: i64) -> Self {
        let days = milliseconds.div_euclid(DAY_MS);
        let of_day = milliseconds.rem_euclid(DAY_MS);
        let (year, month, day) = date_of(days);
        let part = |unit: i64, count: i64| (of_day / unit % count) as u32;
        Self {
            year,
            month,
            day,
            weekday: (days + 4).rem_euclid(7) as usize,
            hour: part(3_600_000, 24),
            minute: part(60_000, 60),
            second: part(1000, 60),
            millisecond: part(1, 1000),
        }
    }
}

/// The date `days` after the beginning of 1970. Years are counted from March, so that leap days end them, and in
/// periods of 400, which all have the same days.
fn date_of(days: i64) -> (i64, u32, u32) {
    const DAYS_OF_400_YEARS: i64 = 146_097;
    const DAYS_FROM_MARCH_OF_YEAR_0: i64 = 719_468;
    let days = days + DAYS_FROM_MARCH_OF_YEAR_0;
    let period = days.div_euclid(DAYS_OF_400_YEARS);
    let of_period = days.rem_euclid(DAYS_OF_400_YEARS);
    let leap_days = of_period / 1460 - of_period / 36_524 + of_period / (DAYS_OF_400_YEARS - 1);
    let year_of_period = (of_period - leap_days) / 365;
    let of_year = of_period - (365 * year_of_period + year_of_period / 4 - year_of_period / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_period + period * 400 + i64::from(month <= 2);
    (year, month as u32, day as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_javascripts_time_has_dates() {
        let date = |milliseconds| {
            let civil = Civil::at(milliseconds);
            (civil.year, civil.month, civil.day, civil.weekday)
        };
        assert_eq!(date(0), (1970, 1, 1, 4));
        assert_eq!(date(-1), (1969, 12, 31, 3));
        assert_eq!(date(951_782_400_000), (2000, 2, 29, 2));
        assert_eq!(date(8_640_000_000_000_000), (275_760, 9, 13, 6));
        assert_eq!(date(-8_640_000_000_000_000), (-271_821, 4, 20, 2));
    }
}
