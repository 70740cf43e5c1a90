//! A field with its path, and the checks of its type that every rule shares.

use crate::base::Span;
use crate::config::document::{Entry, Node, Value};
use crate::config::problems::Problems;
use crate::config::spelling::nearest;

/// A field of the file: its path as messages name it ("queues.consumers[0]"), and its value.
#[derive(Clone, Debug)]
pub(in crate::config) struct Field<'a> {
    pub(in crate::config) path: String,
    pub(in crate::config) key_span: &'a Span,
    pub(in crate::config) node: &'a Node,
}

impl<'a> Field<'a> {
    /// The field `entry` of the object at `parent`; an empty parent is the top level.
    pub(super) fn new(parent: &str, entry: &'a Entry) -> Self {
        let path = if parent.is_empty() { entry.key.clone() } else { format!("{parent}.{}", entry.key) };
        Self { path, key_span: &entry.key_span, node: &entry.node }
    }

    /// The field's own field `key`.
    pub(super) fn child(&self, key: &str) -> Option<Self> {
        self.node.entry(key).map(|entry| Self::new(&self.path, entry))
    }

    /// The elements of an array, each a field named with its index; nothing for another value.
    pub(super) fn elements(&self) -> impl Iterator<Item = Self> {
        let (path, key_span) = (&self.path, self.key_span);
        let elements = self.node.as_array().unwrap_or_default().iter().enumerate();
        elements.map(move |(index, node)| Self { path: format!("{path}[{index}]"), key_span, node })
    }

    /// The value as messages show it.
    pub(super) fn shown(&self) -> String {
        self.node.to_json_text()
    }

    /// Whether the value is an object; reports it otherwise.
    pub(super) fn is_object(&self, problems: &mut Problems) -> bool {
        self.has_shape(self.node.is_object(), "an object", problems)
    }

    /// Whether the value is an array; reports it otherwise.
    pub(super) fn is_array(&self, problems: &mut Problems) -> bool {
        self.has_shape(self.node.as_array().is_some(), "an array", problems)
    }

    fn has_shape(&self, fits: bool, shape: &str, problems: &mut Problems) -> bool {
        if !fits {
            let message = format!("The field \"{}\" should be {shape} but got {}.", self.path, self.shown());
            let help = shape_help(shape, &self.path, problems);
            problems.error(&self.node.span, message).label(format!("should be {shape}")).help(help);
        }
        fits
    }

    /// The text of a string; reports any other value.
    pub(super) fn string(&self, problems: &mut Problems) -> Option<&'a str> {
        let text = self.node.as_str();
        if text.is_none() {
            self.wrong_type("string", "put it in double quotes", problems);
        }
        text
    }

    /// A boolean; reports any other value.
    pub(super) fn boolean(&self, problems: &mut Problems) -> Option<bool> {
        if let Value::Boolean(value) = self.node.value {
            return Some(value);
        }
        self.wrong_type("boolean", "write true or false, without quotes", problems);
        None
    }

    /// The texts of an array of strings; reports any other value and keeps the strings.
    pub(super) fn strings(&self, problems: &mut Problems) -> Vec<String> {
        if self.node.as_array().is_none() {
            self.wrong_type("string array", "write [\"…\", \"…\"]", problems);
        }
        self.elements().filter_map(|element| element.string(problems).map(str::to_owned)).collect()
    }

    fn wrong_type(&self, expected: &str, help: &str, problems: &mut Problems) {
        let message =
            format!("Expected \"{}\" to be of type {expected} but got {}.", self.path, self.shown());
        problems.error(&self.node.span, message).label(format!("should be a {expected}")).help(help);
    }

    /// Warns of every field of this object that is not among `known`, with the nearest that is.
    pub(super) fn warn_unexpected(&self, known: &[&str], problems: &mut Problems) {
        for entry in self.node.entries().iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            warn_unexpected_field(&self.path, entry, known, None, problems);
        }
    }
}

/// Warns of one unexpected field. `remedy` says more than the spelling could.
pub(super) fn warn_unexpected_field(
    parent: &str,
    entry: &Entry,
    known: &[&str],
    remedy: Option<String>,
    problems: &mut Problems,
) {
    let remedy = remedy.unwrap_or_else(|| match nearest(&entry.key, known.iter().copied()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("remove it; the fields here are {}", known.join(", ")),
    });
    problems
        .warning(&entry.key_span, format!("Unexpected fields found in {parent} field: \"{}\"", entry.key))
        .label("ignored")
        .help(remedy);
}

fn shape_help(shape: &str, path: &str, problems: &Problems) -> String {
    match (shape, problems.is_toml()) {
        ("an array", true) => format!("begin each element with [[{path}]]"),
        ("an array", false) => "write [ … ]".to_owned(),
        (_, true) => format!("begin it with [{path}]"),
        (_, false) => "write { … }".to_owned(),
    }
}
