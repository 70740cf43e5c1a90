//! What formatters answer: text in parts, each with the name of what it is.

use serde_json::Value;

/// Formatted text in parts; the names are ECMA-402's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts(Vec<(&'static str, String)>);

impl Parts {
    /// Adds a part, unless it is empty.
    pub fn push(&mut self, kind: &'static str, text: impl Into<String>) {
        let text = text.into();
        if !text.is_empty() {
            self.0.push((kind, text));
        }
    }

    /// Adds text that is no value; it is joined with such text before it.
    pub fn literal(&mut self, text: &str) {
        match self.0.last_mut() {
            Some((kind, last)) if *kind == "literal" => last.push_str(text),
            _ => self.push("literal", text),
        }
    }

    /// Adds all parts of `other`.
    pub fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The text.
    pub fn text(&self) -> String {
        self.0.iter().map(|(_, text)| text.as_str()).collect()
    }

    /// A JSON array of kinds and texts in turn.
    pub fn json(&self) -> String {
        let items = self.0.iter().flat_map(|(kind, text)| [Value::from(*kind), Value::from(text.as_str())]);
        Value::Array(items.collect()).to_string()
    }
}
