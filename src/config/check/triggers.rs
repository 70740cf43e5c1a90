//! `triggers.crons`: when `scheduled()` runs.

use super::environments::Scope;
use super::fields::Field;
use crate::config::document::Value;
use crate::config::problems::Problems;

/// Minute, hour, day of the month, month, day of the week.
const CRON_FIELDS: usize = 5;

/// The cron expressions, as written.
pub(in crate::config) fn crons(scope: &Scope<'_>, problems: &mut Problems) -> Vec<String> {
    let written = scope.inherited("triggers").filter(|field| field.node.value != Value::Null);
    let Some(triggers) = written.filter(|field| field.is_object(problems)) else {
        return Vec::new();
    };
    triggers.warn_unexpected(&["crons", "events"], problems);
    let Some(crons) = triggers.child("crons") else {
        return Vec::new();
    };
    let expressions = crons.strings(problems);
    for cron in crons.elements() {
        warn_malformed(&cron, problems);
    }
    expressions
}

fn warn_malformed(cron: &Field<'_>, problems: &mut Problems) {
    let Some(expression) = cron.node.as_str() else {
        return;
    };
    let fields = expression.split_whitespace().count();
    if fields != CRON_FIELDS {
        problems
            .warning(
                &cron.node.span,
                format!("The cron expression \"{expression}\" has {fields} fields, not {CRON_FIELDS}."),
            )
            .label("would be refused in production")
            .help("write minute, hour, day of the month, month and day of the week, such as \"*/5 * * * *\"");
    }
}
