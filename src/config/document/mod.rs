//! One tree with byte ranges for all three formats, so that no rule knows which one the user chose.

mod json;
mod json_strings;
mod stringify;
mod toml;

use super::problems::Problems;
use crate::base::{Source, Span};

/// How deep objects and arrays may lie in each other. Wrangler files need about six; the limit keeps
/// recursion over the tree shallow.
const DEPTH_MAX: usize = 64;

/// A value and where it is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) span: Span,
    pub(super) value: Value,
}

/// A value as JavaScript would see it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Boolean(bool),
    Number(f64),
    String(String),
    /// A date or time of TOML, as written; JSON has none.
    Date(String),
    Array(Vec<Node>),
    Object(Vec<Entry>),
}

/// One key of an object with its value. Keys are unique within an object and in the order of the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_span: Span,
    pub(super) node: Node,
}

impl Node {
    /// The value of `key`, where this is an object that has it.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.node)
    }

    /// The entry of `key`, where this is an object that has it.
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The entries of an object; nothing for any other value.
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Object(entries) => entries,
            _ => &[],
        }
    }

    /// The text of a string.
    pub(super) fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number, where this is one.
    pub(super) fn as_number(&self) -> Option<f64> {
        match self.value {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The elements of an array.
    pub(super) fn as_array(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// Whether this is an object.
    pub(super) fn is_object(&self) -> bool {
        matches!(self.value, Value::Object(_))
    }
}

/// Parses a file by its name's ending: `.toml`, else JSON with comments and trailing commas.
///
/// `None` when the text is malformed; the problem is then among `problems`.
pub(super) fn parse(source: &Source, problems: &mut Problems) -> Option<Node> {
    let extension = source.path().extension().and_then(|extension| extension.to_str());
    let root = match extension {
        Some("toml") => toml::parse(source.text(), problems)?,
        Some("json" | "jsonc") => json::parse(source.text(), problems)?,
        _ => {
            problems
                .error(&(0..0), "The name of a configuration file ends in .jsonc, .json or .toml.")
                .help("rename it to wrangler.jsonc or wrangler.toml");
            return None;
        }
    };
    if root.is_object() {
        return Some(root);
    }
    let message = format!("The configuration should be an object but got {}.", root.to_json_text());
    problems.error(&root.span, message).help("put it in braces: { \"name\": \"…\", \"main\": \"…\" }");
    None
}

/// Adds an entry, and replaces an earlier one of the same key as JavaScript does.
fn add_entry(entries: &mut Vec<Entry>, entry: Entry, problems: &mut Problems) {
    let Some(earlier) = entries.iter().position(|earlier| earlier.key == entry.key) else {
        entries.push(entry);
        return;
    };
    let (line, _) = problems.source().line_and_column(entries[earlier].key_span.start);
    problems
        .warning(&entry.key_span, format!("The key \"{}\" appears twice; the last one counts.", entry.key))
        .label("used")
        .help(format!("remove one of them; the first is on line {line}"));
    entries[earlier] = entry;
}

fn report_depth(span: &Span, problems: &mut Problems) {
    problems
        .error(span, format!("The file is nested more than {DEPTH_MAX} levels deep."))
        .label("too deep from here");
}
