//! `vars`: variables of the configuration file.

use super::environments::Scope;
use super::fields::Field;
use crate::config::document::Value;
use crate::config::problems::Problems;
use crate::config::resolved::{Variable, VariableOrigin};

/// The variables, in the file's order; JSON values stay JSON.
pub(in crate::config) fn vars<'a>(
    scope: &Scope<'a>,
    problems: &mut Problems,
) -> (Vec<Variable>, Option<Field<'a>>) {
    let Some(field) = scope.not_inherited("vars", problems).filter(|field| field.is_object(problems)) else {
        return (Vec::new(), None);
    };
    warn_not_inherited(scope, &field, problems);
    for entry in field.node.entries().iter().filter(|entry| matches!(entry.node.value, Value::Date(_))) {
        let message =
            format!("The field \"{}.{}\" is a TOML date, which a variable cannot be.", field.path, entry.key);
        let help = format!("write \"{}\", in quotes", entry.node.to_json_text().trim_matches('"'));
        problems.error(&entry.node.span, message).help(help);
    }
    let variables = field.node.entries().iter().map(|entry| Variable {
        name: entry.key.clone(),
        value: entry.node.to_json(),
        origin: VariableOrigin::Config,
    });
    (variables.collect(), Some(field))
}

/// Warns of each variable that the top level has and the environment's own `vars` lack.
fn warn_not_inherited(scope: &Scope<'_>, own: &Field<'_>, problems: &mut Problems) {
    let Some(top_level) = scope.top_level("vars").filter(|top_level| top_level.path != own.path) else {
        return;
    };
    for entry in top_level.node.entries().iter().filter(|entry| own.node.get(&entry.key).is_none()) {
        let (key, within) = (&entry.key, &own.path);
        let environment = within.trim_end_matches(".vars");
        let message = format!(
            "\"vars.{key}\" exists at the top level, but not on \"{within}\".\n\
             This is not what you probably want, since \"vars\" configuration is not inherited by environments."
        );
        problems
            .warning(&entry.key_span, message)
            .help(format!("Please add \"vars.{key}\" to \"{environment}\"."));
    }
}
