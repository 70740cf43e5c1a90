//! Instants and spans of time as people write them.

use jiff::{Span, SpanRound, Unit};

use super::Timestamp;

/// A text that is no instant or no span of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeTextError {
    /// It is no instant.
    #[error("\"{0}\" is no instant: write it as 2027-01-01T00:00:00Z (RFC 3339), from 1970 on")]
    Instant(String),
    /// It is no span of time.
    #[error("\"{0}\" is no span of time: write it as 12h, 1h30m, 500ms or 14d, not negative")]
    Span(String),
}

/// The instant that a text of RFC 3339 stands for, to the millisecond.
///
/// # Errors
///
/// When it is another text, or before 1970.
pub fn parse_instant(text: &str) -> Result<Timestamp, TimeTextError> {
    let error = || TimeTextError::Instant(shortened(text));
    let instant: jiff::Timestamp = text.trim().parse().map_err(|_| error())?;
    u64::try_from(instant.as_millisecond()).map(Timestamp::from_millis).map_err(|_| error())
}

/// The milliseconds of a span such as `12h`, `1h30m`, `500ms` or `14d`; a day has 24 hours.
///
/// # Errors
///
/// When it is another text, or negative.
pub fn parse_span_ms(text: &str) -> Result<u64, TimeTextError> {
    let error = || TimeTextError::Span(shortened(text));
    let span: Span = text.trim().parse().map_err(|_| error())?;
    let total = span
        .round(SpanRound::new().smallest(Unit::Millisecond).largest(Unit::Millisecond).days_are_24_hours())
        .map_err(|_| error())?;
    u64::try_from(total.get_milliseconds()).map_err(|_| error())
}

/// `2027-01-01T00:00:00.000Z`, as JavaScript's `toISOString()` writes it.
pub fn format_instant(instant: Timestamp) -> String {
    let milliseconds = i64::try_from(instant.as_millis()).unwrap_or(i64::MAX);
    match jiff::Timestamp::from_millisecond(milliseconds) {
        Ok(instant) => format!("{instant:.3}"),
        // Beyond the year 9999.
        Err(_) => format!("{instant} ms after 1970-01-01T00:00:00Z"),
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants() {
        let new_year = Timestamp::from_millis(1_798_761_600_000);
        for text in ["2027-01-01T00:00:00Z", "2027-01-01T01:00:00+01:00", " 2027-01-01T00:00:00.000Z"] {
            assert_eq!(parse_instant(text), Ok(new_year), "{text}");
        }
        assert_eq!(format_instant(new_year), "2027-01-01T00:00:00.000Z");
        assert_eq!(parse_instant(&format_instant(new_year.plus_millis(7))), Ok(new_year.plus_millis(7)));
        for wrong in ["", "tomorrow", "2027-01-01", "2027-13-01T00:00:00Z", "1969-12-31T23:59:59Z"] {
            assert!(parse_instant(wrong).is_err(), "{wrong}");
        }
        assert!(format_instant(Timestamp::from_millis(u64::MAX)).contains("after 1970"));
    }

    #[test]
    fn spans() {
        for (text, milliseconds) in [
            ("12h", 43_200_000),
            ("1h30m", 5_400_000),
            ("500ms", 500),
            ("14d", 1_209_600_000),
            ("1d 1s", 86_401_000),
            ("0s", 0),
            ("2 weeks", 1_209_600_000),
        ] {
            assert_eq!(parse_span_ms(text), Ok(milliseconds), "{text}");
        }
        for wrong in ["", "12", "h", "-1h", "1 month", "1h ago", "99999999999999999999h"] {
            assert!(parse_span_ms(wrong).is_err(), "{wrong}");
        }
    }
}
