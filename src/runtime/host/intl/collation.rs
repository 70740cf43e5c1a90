//! The order of text: what `Intl.Collator` compares by, from the Unicode Collation Algorithm and CLDR's root order,
//! which is English's.

use std::cmp::Ordering;

use icu_collator::options::{AlternateHandling, CaseLevel, CollatorOptions, Strength};
use icu_collator::preferences::{CollationCaseFirst, CollationNumericOrdering};
use icu_collator::{Collator, CollatorBorrowed, CollatorPreferences};
use icu_locale_core::locale;
use serde::Deserialize;

/// The options of a `Collator`, resolved.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CollationOptions {
    sensitivity: Sensitivity,
    ignore_punctuation: bool,
    numeric: bool,
    case_first: CaseFirst,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Sensitivity {
    Base,
    Accent,
    Case,
    Variant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum CaseFirst {
    Upper,
    Lower,
    False,
}

/// The collator that was used last: sorting asks the same one again and again.
#[derive(Default)]
pub struct Collators {
    last: Option<(String, CollatorBorrowed<'static>)>,
}

impl Collators {
    /// Compares two texts.
    ///
    /// # Errors
    ///
    /// When `options` are none.
    pub fn compare(&mut self, options: &str, left: &str, right: &str) -> Result<Ordering, String> {
        if let Some((known, collator)) = &self.last
            && known == options
        {
            return Ok(collator.compare(left, right));
        }
        let parsed: CollationOptions = serde_json::from_str(options).map_err(|error| error.to_string())?;
        let collator = collator(&parsed)?;
        let order = collator.compare(left, right);
        self.last = Some((options.to_owned(), collator));
        Ok(order)
    }
}

fn collator(options: &CollationOptions) -> Result<CollatorBorrowed<'static>, String> {
    let mut settings = CollatorOptions::default();
    settings.strength = Some(match options.sensitivity {
        Sensitivity::Base | Sensitivity::Case => Strength::Primary,
        Sensitivity::Accent => Strength::Secondary,
        Sensitivity::Variant => Strength::Tertiary,
    });
    settings.case_level = Some(match options.sensitivity {
        Sensitivity::Case => CaseLevel::On,
        _ => CaseLevel::Off,
    });
    settings.alternate_handling = options.ignore_punctuation.then_some(AlternateHandling::Shifted);
    let mut preferences = CollatorPreferences::from(&locale!("en"));
    preferences.numeric_ordering =
        Some(if options.numeric { CollationNumericOrdering::True } else { CollationNumericOrdering::False });
    preferences.case_first = Some(match options.case_first {
        CaseFirst::Upper => CollationCaseFirst::Upper,
        CaseFirst::Lower => CollationCaseFirst::Lower,
        CaseFirst::False => CollationCaseFirst::False,
    });
    Collator::try_new(preferences, settings).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sensitivity_and_numbers_are_as_asked() {
        let mut collators = Collators::default();
        let mut compare = |sensitivity: &str, numeric: bool, left, right| {
            let options = serde_json::json!({ "sensitivity": sensitivity, "ignorePunctuation": false,
                "numeric": numeric, "caseFirst": "false" });
            collators.compare(&options.to_string(), left, right).expect("options")
        };
        assert_eq!(compare("variant", false, "a", "B"), Ordering::Less);
        assert_eq!(compare("variant", false, "a", "A"), Ordering::Less);
        assert_eq!(compare("accent", false, "a", "A"), Ordering::Equal);
        assert_eq!(compare("base", false, "a", "Á"), Ordering::Equal);
        assert_eq!(compare("case", false, "a", "á"), Ordering::Equal);
        assert_eq!(compare("case", false, "a", "A"), Ordering::Less);
        assert_eq!(compare("variant", false, "a10", "a2"), Ordering::Less);
        assert_eq!(compare("variant", true, "a10", "a2"), Ordering::Greater);
    }
}
