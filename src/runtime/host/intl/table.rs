//! The tables of CLDR's data: lines of fields, looked up by one of them.

use std::collections::HashMap;

/// The fields of a line after its first.
pub type Row = Vec<&'static str>;

/// Reads a table whose lines begin with their key. Lines with `#` say what it is.
pub fn read(text: &'static str) -> HashMap<&'static str, Row> {
    rows(text).filter_map(|mut row| (!row.is_empty()).then(|| (row.remove(0), row))).collect()
}

/// The lines of a table.
pub fn rows(text: &'static str) -> impl Iterator<Item = Row> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('|').collect())
}
