//! Numbers with a range.

use super::fields::Field;
use crate::config::problems::Problems;

/// What a number may be.
pub(super) struct Range {
    pub(super) min: f64,
    pub(super) max: f64,
    /// Whether fractions are allowed.
    pub(super) fractions: bool,
    /// What one is: "seconds", "milliseconds" or nothing.
    pub(super) unit: &'static str,
}

impl Range {
    /// Whole numbers from `min` to `max`.
    pub(super) const fn whole(min: u32, max: u64, unit: &'static str) -> Self {
        Self { min: min as f64, max: max as f64, fractions: false, unit }
    }

    /// The field's number, if it is in the range; reports it otherwise. That it is a number has been checked.
    pub(super) fn check(&self, field: &Field<'_>, problems: &mut Problems) -> Option<f64> {
        let number = field.node.as_number()?;
        let fits = (self.min..=self.max).contains(&number) && (self.fractions || number.fract() == 0.0);
        if !fits {
            // As written: JSON has no way to show what is not finite.
            let written = problems.source().text().get(field.node.span.clone()).unwrap_or_default();
            let message = format!("\"{}\" should be {} but got {written}.", field.path, self.describe());
            let in_range = (self.min..=self.max).contains(&number);
            let label = if in_range { "not a whole number" } else { "out of range" };
            problems.error(&field.node.span, message).label(label).help(self.remedy(number));
        }
        fits.then_some(number)
    }

    fn describe(&self) -> String {
        let kind = if self.fractions { "a number" } else { "a whole number" };
        let unit = if self.unit.is_empty() { String::new() } else { format!(" {}", self.unit) };
        format!("{kind} from {} to {}{unit}", self.min, self.max)
    }

    fn remedy(&self, number: f64) -> String {
        if number > self.max
            && self.unit == "seconds"
            && number % 1000.0 == 0.0
            && number / 1000.0 <= self.max
        {
            format!("it is in seconds: {} milliseconds are {}", number, number / 1000.0)
        } else if number > self.max {
            format!("use at most {}", self.max)
        } else if number < self.min || number.is_nan() {
            format!("use at least {}", self.min)
        } else {
            format!("use {} or {}", number.floor(), number.ceil())
        }
    }
}
