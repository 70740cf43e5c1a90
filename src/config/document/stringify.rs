//! Values as JSON text, printed as `JSON.stringify` prints them, and as JSON values.

use std::fmt::Write as _;

use super::{Node, Value};

/// The largest integer up to which a number of JavaScript is exact (2^53).
const EXACT_INTEGER_MAX: f64 = 9_007_199_254_740_992.0;

impl Node {
    /// The value as `JSON.stringify` prints it: the keys in the order of the text, no spaces.
    pub(in crate::config) fn to_json_text(&self) -> String {
        let mut text = String::new();
        write_node(&mut text, self);
        text
    }

    /// The value as JSON. Dates become strings.
    pub(in crate::config) fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Boolean(value) => (*value).into(),
            Value::Number(number) => json_number(*number),
            Value::String(text) | Value::Date(text) => text.as_str().into(),
            Value::Array(elements) => elements.iter().map(Self::to_json).collect(),
            Value::Object(entries) => {
                entries.iter().map(|entry| (entry.key.clone(), entry.node.to_json())).collect()
            }
        }
    }
}

fn write_node(text: &mut String, node: &Node) {
    match &node.value {
        Value::Null => text.push_str("null"),
        Value::Boolean(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => write_number(text, *number),
        Value::String(string) | Value::Date(string) => write_string(text, string),
        Value::Array(elements) => {
            write_list(text, ('[', ']'), elements, write_node);
        }
        Value::Object(entries) => write_list(text, ('{', '}'), entries, |text, entry| {
            write_string(text, &entry.key);
            text.push(':');
            write_node(text, &entry.node);
        }),
    }
}

fn write_list<T>(
    text: &mut String,
    (open, close): (char, char),
    items: &[T],
    write: impl Fn(&mut String, &T),
) {
    text.push(open);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        write(text, item);
    }
    text.push(close);
}

fn write_string(text: &mut String, string: &str) {
    text.push_str(&serde_json::Value::from(string).to_string());
}

/// A number as JavaScript prints it: `1.50` is 1.5, `1e3` is 1000, what is not finite is null.
fn write_number(text: &mut String, number: f64) {
    let magnitude = number.abs();
    // Writing to a String does not fail.
    let _ = if !number.is_finite() {
        write!(text, "null")
    } else if number == 0.0 {
        write!(text, "0")
    } else if magnitude >= 1e21 {
        write!(text, "{}", format!("{number:e}").replace('e', "e+"))
    } else if magnitude < 1e-6 {
        write!(text, "{number:e}")
    } else {
        write!(text, "{number}")
    };
}

fn json_number(number: f64) -> serde_json::Value {
    if number.fract() == 0.0 && number.abs() <= EXACT_INTEGER_MAX {
        (number as i64).into()
    } else {
        number.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_print_as_in_javascript() {
        for (number, expected) in [
            (10.0, "10"),
            (-0.0, "0"),
            (1.50, "1.5"),
            (1e3, "1000"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (0.000_001, "0.000001"),
            (1.5e-7, "1.5e-7"),
            (-2.5, "-2.5"),
            (f64::INFINITY, "null"),
        ] {
            let mut text = String::new();
            write_number(&mut text, number);
            assert_eq!(text, expected);
        }
    }
}
