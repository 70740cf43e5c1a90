//! `compatibility_date` and `compatibility_flags`.

use super::environments::Scope;
use super::fields::Field;
use crate::config::compatibility::{BEHAVIOURS, CompatibilityDate, known_flags};
use crate::config::document::{Node, Value};
use crate::config::problems::Problems;
use crate::config::spelling::nearest;

/// The compatibility date; the newest one where there is none or it is malformed.
pub(in crate::config) fn date(scope: &Scope<'_>, root: &Node, problems: &mut Problems) -> CompatibilityDate {
    let Some(field) = scope.inherited("compatibility_date") else {
        let field = problems.field("compatibility_date", &format!("\"{}\"", CompatibilityDate::NEWEST));
        problems
            .warning(&(root.span.start..root.span.start), "No \"compatibility_date\" was found.")
            .help(format!("the newest behaviour is used; add {field}"));
        return CompatibilityDate::NEWEST;
    };
    let text = match &field.node.value {
        Value::Date(text) => {
            warn_unquoted(&field, text, problems);
            Some(text.as_str())
        }
        _ => field.string(problems),
    };
    text.and_then(|text| parse(&field, text, problems)).unwrap_or(CompatibilityDate::NEWEST)
}

/// The compatibility flags, in the file's order.
pub(in crate::config) fn flags(scope: &Scope<'_>, problems: &mut Problems) -> Vec<String> {
    let Some(field) = scope.inherited("compatibility_flags") else {
        return Vec::new();
    };
    let flags = field.strings(problems);
    for behaviour in &BEHAVIOURS {
        report_conflict(&field, [behaviour.enable, behaviour.disable], problems);
    }
    let elements = field.node.as_array().unwrap_or_default();
    elements.iter().for_each(|flag| warn_unknown(flag, problems));
    flags
}

/// A flag that is unknown here may be newer than this program.
fn warn_unknown(flag: &Node, problems: &mut Problems) {
    let Some(name) = flag.as_str().filter(|name| !known_flags().any(|known| known == *name)) else { return };
    let help = match nearest(name, known_flags()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => "check the spelling; in production, flags that are unknown there are refused".to_owned(),
    };
    problems
        .warning(&flag.span, format!("\"{name}\" is no compatibility flag that is known here."))
        .help(help);
}

fn parse(field: &Field<'_>, text: &str, problems: &mut Problems) -> Option<CompatibilityDate> {
    const DASHES: [char; 2] = ['–', '—'];
    if text.contains(DASHES) {
        let message = format!(
            "\"{}\" field should use ISO-8601 accepted hyphens (-) rather than en-dashes (–) or em-dashes (—).",
            field.path
        );
        let problem = problems.error(&field.node.span, message);
        problem.help(format!("write \"{}\"", text.replace(DASHES, "-")));
        return None;
    }
    let date = text.parse().ok();
    if date.is_none() {
        let message = format!(
            "\"{}\" field should be a valid ISO-8601 date (YYYY-MM-DD), but got {}.",
            field.path,
            field.shown()
        );
        problems
            .error(&field.node.span, message)
            .help(format!("write the day as \"{}\"", CompatibilityDate::NEWEST));
    }
    date
}

fn warn_unquoted(field: &Field<'_>, text: &str, problems: &mut Problems) {
    problems
        .warning(&field.node.span, format!("\"{}\" is a TOML date; wrangler expects a string.", field.path))
        .help(format!("write \"{text}\", in quotes"));
}

fn report_conflict(field: &Field<'_>, pair: [&str; 2], problems: &mut Problems) {
    let elements = field.node.as_array().unwrap_or_default();
    let find = |flag| elements.iter().find(|element| element.as_str() == Some(flag));
    if let [Some(enable), Some(disable)] = pair.map(find) {
        let later = if enable.span.start > disable.span.start { enable } else { disable };
        problems
            .error(
                &later.span,
                format!("Compatibility flags \"{}\" and \"{}\" contradict each other.", pair[0], pair[1]),
            )
            .help("remove one of them");
    }
}
