//! `triggers.crons`: when `scheduled()` runs.

use super::environments::Scope;
use super::fields::Field;
use crate::base::CronSchedule;
use crate::config::document::Value;
use crate::config::problems::Problems;

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
        refuse_malformed(&cron, problems);
    }
    expressions
}

fn refuse_malformed(cron: &Field<'_>, problems: &mut Problems) {
    let parsed = cron.node.as_str().map(str::parse::<CronSchedule>);
    if let Some(Err(error)) = parsed {
        problems
            .error(&cron.node.span, error.to_string())
            .label("refused in production as well")
            .help(error.remedy());
    }
}
