//! What English calls languages, regions, scripts and currencies: what `Intl.DisplayNames` answers.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::currency;
use super::table;

/// Names by what is named and its code.
static NAMES: LazyLock<HashMap<(&'static str, &'static str), &'static str>> = LazyLock::new(|| {
    let rows = table::rows(include_str!("data/display_names.txt"));
    rows.filter_map(|row| Some(((*row.first()?, *row.get(1)?), *row.get(2)?))).collect()
});

/// The name of the `kind` (language, region, script, currency) with a code in its canonical spelling.
pub fn of(kind: &str, code: &str) -> Option<&'static str> {
    match kind {
        "currency" => currency::name(code),
        _ => NAMES.get(&(kind, code)).copied(),
    }
}
