//! `limits`: limits of one invocation.

use super::environments::Scope;
use super::fields::Field;
use super::numbers::Range;
use crate::base::limits::{CPU_TIME_MS_DEFAULT, CPU_TIME_MS_MAX};
use crate::config::problems::Problems;
use crate::config::resolved::InvocationLimits;

const CPU_TIME: Range = Range::whole(1, CPU_TIME_MS_MAX, "milliseconds");

/// The limits, with the defaults filled in.
pub(in crate::config) fn limits(scope: &Scope<'_>, problems: &mut Problems) -> InvocationLimits {
    let field = scope.inherited("limits").filter(|field| field.is_object(problems));
    let cpu_ms = field.and_then(|field| {
        field.warn_unexpected(&["cpu_ms", "subrequests"], problems);
        cpu_ms(&field.child("cpu_ms")?, problems)
    });
    InvocationLimits { cpu_ms: cpu_ms.unwrap_or(CPU_TIME_MS_DEFAULT) }
}

fn cpu_ms(field: &Field<'_>, problems: &mut Problems) -> Option<u64> {
    if field.node.as_number().is_none() {
        let message = format!("Expected \"{}\" to be of type number but got {}.", field.path, field.shown());
        problems
            .error(&field.node.span, message)
            .label("should be a number")
            .help("write the milliseconds without quotes");
        return None;
    }
    CPU_TIME.check(field, problems).map(|milliseconds| milliseconds as u64)
}
