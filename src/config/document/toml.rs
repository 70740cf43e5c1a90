//! TOML.

use toml::de::{DeFloat, DeInteger, DeTable, DeValue};

use super::{DEPTH_MAX, Entry, Node, Value, report_depth};
use crate::base::Span;
use crate::config::problems::Problems;

/// Parses the text; on failure the problem is reported and there is no tree.
pub(super) fn parse(text: &str, problems: &mut Problems) -> Option<Node> {
    match DeTable::parse(text) {
        Ok(table) => convert_table(table.get_ref(), 0..text.len(), 0, problems),
        Err(error) => {
            let span = error.span().unwrap_or(0..0);
            let message = error.message();
            problems.error(&span, format!("Invalid TOML: {message}.")).help(help(message));
            None
        }
    }
}

fn help(message: &str) -> &'static str {
    if message.contains("duplicate") {
        "write each key and each [section] once; [[…]] begins a further element of a list"
    } else if message.contains("recurs") {
        "a wrangler file is a few levels deep"
    } else {
        "put strings in double quotes, = after keys, [ ] around sections and [[ ]] around elements of a list"
    }
}

fn convert(value: &DeValue<'_>, span: Span, depth: usize, problems: &mut Problems) -> Option<Node> {
    if depth > DEPTH_MAX {
        report_depth(&span, problems);
        return None;
    }
    let value = match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(integer) => Value::Number(integer_value(integer)),
        DeValue::Float(float) => Value::Number(float_value(float)),
        DeValue::Boolean(value) => Value::Boolean(*value),
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Array(array) => {
            let elements =
                array.iter().map(|element| convert(element.get_ref(), element.span(), depth + 1, problems));
            Value::Array(elements.collect::<Option<_>>()?)
        }
        DeValue::Table(table) => return convert_table(table, span, depth, problems),
    };
    Some(Node { span, value })
}

fn convert_table(table: &DeTable<'_>, span: Span, depth: usize, problems: &mut Problems) -> Option<Node> {
    let mut entries = Vec::with_capacity(table.len());
    for (key, value) in table {
        let node = convert(value.get_ref(), value.span(), depth + 1, problems)?;
        entries.push(Entry { key: key.get_ref().to_string(), key_span: key.span(), node });
    }
    // The parser orders by key; people read in the order of the text.
    entries.sort_by_key(|entry| entry.key_span.start);
    Some(Node { span, value: Value::Object(entries) })
}

/// The nearest number of JavaScript.
fn integer_value(integer: &DeInteger<'_>) -> f64 {
    i128::from_str_radix(integer.as_str(), integer.radix()).map_or(f64::NAN, |value| value as f64)
}

fn float_value(float: &DeFloat<'_>) -> f64 {
    float.as_str().parse().unwrap_or(f64::NAN)
}
