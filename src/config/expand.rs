//! References between variables of `.env` files: `${NAME}`, `$NAME`, `${NAME:-default}` and `\$`.

use std::collections::BTreeMap;

use super::dotenv::Assignment;
use crate::base::Diagnostic;

/// How many variables may refer to each other in a row; also what ends a circle.
const DEPTH_MAX: usize = 32;
/// The longest expanded value, in bytes (1 MB): references that double each other are cut off there.
const VALUE_BYTES_MAX: usize = 1_000_000;

/// Replaces references in the values by what they stand for; the last assignment of a name counts.
///
/// The environment of this process is not consulted, as in wrangler. A reference to nothing is empty, with a
/// warning.
pub(super) fn expand_references(
    assignments: Vec<Assignment>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Assignment> {
    let last: BTreeMap<&str, &str> =
        assignments.iter().map(|one| (one.name.as_str(), one.value.as_str())).collect();
    let expanded: Vec<String> = assignments.iter().map(|one| expand_one(one, &last, diagnostics)).collect();
    assignments.into_iter().zip(expanded).map(|(one, value)| Assignment { value, ..one }).collect()
}

fn expand_one(
    assignment: &Assignment,
    last: &BTreeMap<&str, &str>,
    diagnostics: &mut Vec<Diagnostic>,
) -> String {
    let mut expansion = Expansion { last, output: String::new(), trouble: None };
    expansion.append(&assignment.value, 0);
    if let Some(trouble) = expansion.trouble {
        let (message, help) = trouble.describe(&assignment.name);
        let span = assignment.span.clone();
        diagnostics.push(Diagnostic::warning(message).at(&assignment.source, span).with_help(help));
    }
    expansion.output
}

/// What went wrong in one value.
enum Trouble {
    /// The name, where braces show that it is one and not part of a secret.
    Unknown(Option<String>),
    TooDeep,
    TooLong,
}

impl Trouble {
    fn describe(&self, name: &str) -> (String, String) {
        match self {
            Self::Unknown(unknown) => {
                let unknown = unknown.as_deref().unwrap_or("a variable");
                (
                    format!("The variable {name} refers to {unknown}, which no file sets; it is left empty."),
                    "set it, or write \\$ for a plain dollar sign".to_owned(),
                )
            }
            Self::TooDeep => (
                format!("The variable {name} refers to itself."),
                "break the circle; the reference is left empty".to_owned(),
            ),
            Self::TooLong => (
                format!("The variable {name} grows beyond {VALUE_BYTES_MAX} bytes; the rest is cut off."),
                "refer to fewer variables".to_owned(),
            ),
        }
    }
}

struct Expansion<'a> {
    last: &'a BTreeMap<&'a str, &'a str>,
    output: String,
    trouble: Option<Trouble>,
}

impl Expansion<'_> {
    fn append(&mut self, mut text: &str, depth: usize) {
        while let Some(dollar) = text.find('$') {
            if self.output.len() > VALUE_BYTES_MAX {
                self.trouble = Some(Trouble::TooLong);
                return;
            }
            let before = &text[..dollar];
            let after = &text[dollar + 1..];
            if let Some(before) = before.strip_suffix('\\') {
                self.output.push_str(before);
                self.output.push('$');
                text = after;
                continue;
            }
            self.output.push_str(before);
            text = match Reference::read(after) {
                Some((reference, rest)) => {
                    self.append_reference(&reference, depth);
                    rest
                }
                None => {
                    self.output.push('$');
                    after
                }
            };
        }
        self.output.push_str(text);
    }

    fn append_reference(&mut self, reference: &Reference<'_>, depth: usize) {
        let value = self.last.get(reference.name).copied().filter(|value| !value.is_empty());
        match value.or(reference.default) {
            Some(_) if depth >= DEPTH_MAX => self.trouble = Some(Trouble::TooDeep),
            Some(value) => self.append(value, depth + 1),
            None if self.last.contains_key(reference.name) => {}
            None => {
                let name = reference.in_braces.then(|| reference.name.to_owned());
                self.trouble = Some(Trouble::Unknown(name));
            }
        }
    }
}

/// `NAME`, `{NAME}` or `{NAME:-default}`, after the dollar sign.
struct Reference<'a> {
    name: &'a str,
    in_braces: bool,
    default: Option<&'a str>,
}

impl<'a> Reference<'a> {
    fn read(text: &'a str) -> Option<(Self, &'a str)> {
        if let Some(inner) = text.strip_prefix('{') {
            let (inner, rest) = inner.split_once('}')?;
            let (name, default) = match inner.split_once(":-").or_else(|| inner.split_once('-')) {
                Some((name, default)) => (name, Some(default)),
                None => (inner, None),
            };
            return (!name.is_empty()).then_some((Self { name, in_braces: true, default }, rest));
        }
        let length = text
            .find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
            .unwrap_or(text.len());
        let (name, rest) = text.split_at(length);
        let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
        is_name.then_some((Self { name, in_braces: false, default: None }, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Source;

    fn expand(pairs: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
        let source = Source::new(".env", "");
        let assignments = pairs.iter().map(|(name, value)| Assignment {
            name: (*name).into(),
            value: (*value).into(),
            source: source.clone(),
            span: 0..0,
        });
        let mut diagnostics = Vec::new();
        let expanded = expand_references(assignments.collect(), &mut diagnostics);
        let messages = diagnostics.into_iter().map(|diagnostic| diagnostic.message).collect();
        (expanded.into_iter().map(|one| one.value).collect(), messages)
    }

    #[test]
    fn references_stand_for_values() {
        let (values, messages) = expand(&[
            ("HOST", "example.com"),
            ("URL", "https://${HOST}/$PATH_"),
            ("PATH_", "a"),
            ("PRICE", r"\$5 and $5"),
            ("PORT", "${NONE:-8787}"),
            ("OPEN", "${HOST"),
        ]);
        assert_eq!(values, ["example.com", "https://example.com/a", "a", "$5 and $5", "8787", "${HOST"]);
        assert_eq!(messages, [""; 0]);
    }

    #[test]
    fn nothing_circles_and_explosions_end() {
        let (values, messages) = expand(&[("A", "x${NOPE}y"), ("B", "${C}"), ("C", "${B}")]);
        assert_eq!(values, ["xy", "", ""]);
        assert_eq!(messages.len(), 3);

        let names: Vec<(String, String)> =
            (0..30).map(|index| (format!("V{index}"), format!("${{V{0}}}${{V{0}}}", index + 1))).collect();
        let mut pairs: Vec<(&str, &str)> =
            names.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        pairs.push(("V30", "0123456789"));
        let (values, messages) = expand(&pairs);
        assert!(values.iter().all(|value| value.len() < 2 * VALUE_BYTES_MAX));
        assert!(messages[0].contains("grows beyond"), "{}", messages[0]);
    }
}
