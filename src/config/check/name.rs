//! `name`: the worker's name.

use std::path::Path;

use super::environments::Scope;
use super::fields::Field;
use crate::base::Span;
use crate::config::problems::Problems;

/// The worker's name for the chosen environment, and where it is written.
///
/// Without one it is made from the folder's name, so that the workers of a monorepo stay apart.
pub(in crate::config) fn name(
    scope: &Scope<'_>,
    directory: &Path,
    problems: &mut Problems,
) -> (String, Option<Span>) {
    if let Some(own) = scope.own("name") {
        return (
            checked(&own, problems).unwrap_or_else(|| from_folder(directory)),
            Some(own.node.span.clone()),
        );
    }
    let field = scope.top_level("name");
    let written = field.as_ref().and_then(|field| checked(field, problems)).filter(|name| !name.is_empty());
    let base = written.unwrap_or_else(|| from_folder(directory));
    let name = match scope.environment() {
        Some(environment) => format!("{base}-{environment}"),
        None => base,
    };
    (name, field.map(|field| field.node.span.clone()))
}

fn checked(field: &Field<'_>, problems: &mut Problems) -> Option<String> {
    let name = field.node.as_str().filter(|name| name.is_empty() || is_valid(name));
    if name.is_none() {
        let message = format!(
            "Expected \"{}\" to be of type string, alphanumeric and lowercase with dashes only but got {}.",
            field.path,
            field.shown()
        );
        let problem = problems.error(&field.node.span, message);
        match field.node.as_str().map(to_valid).filter(|valid| !valid.is_empty()) {
            Some(valid) => problem.help(format!("write \"{valid}\"")),
            None => problem.help("write it like \"my-worker\""),
        };
    }
    name.map(str::to_owned)
}

/// Whether the name matches `^[a-z0-9_][a-z0-9-_]*$`.
fn is_valid(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('-') && name.chars().all(is_allowed)
}

fn is_allowed(character: char) -> bool {
    matches!(character, 'a'..='z' | '0'..='9' | '-' | '_')
}

fn to_valid(name: &str) -> String {
    let lowercase = name.to_lowercase();
    let dashed: String =
        lowercase.chars().map(|letter| if is_allowed(letter) { letter } else { '-' }).collect();
    dashed.trim_matches('-').to_owned()
}

fn from_folder(directory: &Path) -> String {
    let folder = directory.file_name().map(|name| to_valid(&name.to_string_lossy()));
    folder.filter(|name| !name.is_empty()).unwrap_or_else(|| "worker".to_owned())
}
