//! `Intl` for en-US: the heavy half; the prelude's intl files have the other, which reads options.
//!
//! Tables are CLDR's; time zones are the bundled tz database's; text is compared and segmented by ICU4X. Nothing of a
//! formatter stays here but the last collator: its options come with every call.

mod civil;
mod collation;
mod currency;
mod date_pattern;
mod date_time;
mod decimal;
mod digits;
mod names;
mod notation;
mod number;
mod parts;
mod plural;
mod relative_time;
mod segments;
mod table;
mod unit;
mod zone;

#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use collation::Collators;
use date_pattern::DateTimeOptions;
use decimal::Number;
use number::NumberOptions;
use plural::PluralOptions;
use relative_time::RelativeTimeOptions;
use zone::Zone;

/// The services of `Intl` to one isolate.
#[derive(Default)]
pub struct Intl {
    collators: Collators,
}

impl Intl {
    /// Carries out one operation. `options` is JSON where the operation has options, and otherwise a name.
    ///
    /// # Errors
    ///
    /// When it has no answer: an operation, options or a name that is none. The text says which.
    pub fn operate(&mut self, operation: &str, options: &str, values: &[String]) -> Result<String, String> {
        let value = |index: usize| values.get(index).map_or("", String::as_str);
        Ok(match operation {
            "number" => read::<NumberOptions>(options)?.format(&Number::parse(value(0))).text(),
            "number-parts" => read::<NumberOptions>(options)?.format(&Number::parse(value(0))).json(),
            "plural" => read::<PluralOptions>(options)?.select(&Number::parse(value(0))).to_owned(),
            "relative-time" => read::<RelativeTimeOptions>(options)?
                .format(value(0), value(1))
                .ok_or_else(|| format!("{} is no unit of time", value(1)))?
                .json(),
            "date-time" => date_time(options, value(0))?.text().replace(date_pattern::NARROW_SPACE, " "),
            "date-time-parts" => date_time(options, value(0))?.json(),
            "date-time-components" => components(&read(options)?),
            "time-zone" => Zone::find(options).ok_or("no such time zone")?.name().to_owned(),
            "compare" => order(self.collators.compare(options, value(0), value(1))?),
            "segments" => json!(segments::ends(options, value(0)).ok_or("no such granularity")?).to_string(),
            "locale" => canonical_locale(options)?,
            "currency-digits" => currency::fraction_digits(options).to_string(),
            "display-name" => names::of(options, value(0)).ok_or("no such name")?.to_owned(),
            "is-unit" => unit::is_sanctioned(options).to_string(),
            "supported" => supported(options)?,
            _ => return Err(format!("{operation} is no operation of Intl")),
        })
    }
}

fn read<Options: DeserializeOwned>(options: &str) -> Result<Options, String> {
    serde_json::from_str(options).map_err(|error| error.to_string())
}

fn date_time(options: &str, milliseconds: &str) -> Result<parts::Parts, String> {
    let milliseconds = milliseconds.parse().map_err(|_| "no point in time")?;
    date_time::format(&read(options)?, milliseconds).ok_or_else(|| "no such time zone".to_owned())
}

fn components(options: &DateTimeOptions) -> String {
    let components = date_pattern::components(&options.pattern());
    Value::Array(components.into_iter().map(|(name, value)| json!([name, value])).collect()).to_string()
}

fn order(order: Ordering) -> String {
    (order as i8).to_string()
}

/// A language tag in its canonical spelling, and its parts: tag, base name, language, script, region.
fn canonical_locale(tag: &str) -> Result<String, String> {
    let locale = icu_locale_core::Locale::try_from_str(tag).map_err(|error| error.to_string())?;
    let id = &locale.id;
    let optional = |text: Option<String>| text.map_or(Value::Null, Value::from);
    let script = optional(id.script.map(|script| script.to_string()));
    let region = optional(id.region.map(|region| region.to_string()));
    Ok(json!([locale.to_string(), id.to_string(), id.language.to_string(), script, region]).to_string())
}

fn supported(key: &str) -> Result<String, String> {
    Ok(match key {
        "currency" => json!(currency::codes()),
        "timeZone" => json!(zone::names()),
        "unit" => json!(unit::names()),
        _ => return Err(format!("{key} is no key")),
    }
    .to_string())
}
