//! Warnings about the configuration, each told once.

use std::collections::BTreeSet;

use crate::base::{Diagnostic, Severity};
use crate::dev::generation;
use crate::plan::Plan;
use crate::runtime::isolate::Handlers;

/// The warnings that the person has read.
#[derive(Default)]
pub struct Warnings {
    told: BTreeSet<String>,
}

impl Warnings {
    /// Leaves out warnings that were told before; errors are told each time. What is no longer among
    /// `diagnostics` will be told again should it come back.
    pub fn untold(&mut self, mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let present = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Warning);
        let present = present.map(|diagnostic| diagnostic.message.clone()).collect();
        diagnostics.retain(|diagnostic| {
            diagnostic.severity == Severity::Error || !self.told.contains(&diagnostic.message)
        });
        self.told = present;
        diagnostics
    }
}

/// What the configuration hands to workers whose code, as far as it runs, has no handler for it.
pub fn of_missing_handlers(plan: &Plan, handlers: impl Fn(&str) -> Option<Handlers>) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    for worker in &plan.workers {
        let (name, is_script) = (&worker.name, generation::is_script(&worker.bundle));
        let Some(handlers) = handlers(name) else { continue };
        let queues: Vec<&str> = worker.consumers.iter().map(|consumer| consumer.queue.as_str()).collect();
        if !handlers.queue && !queues.is_empty() {
            let message = format!(
                "worker \"{name}\" consumes {} and has no queue() handler: every delivery fails",
                queues.join(", ")
            );
            let help = how_to_handle("queue", "batch", "consumer", is_script);
            warnings.push(Diagnostic::warning(message).with_help(help));
        }
        if !handlers.scheduled && !worker.crons.is_empty() {
            let message =
                format!("worker \"{name}\" has cron triggers and no scheduled() handler: every event fails");
            let help = how_to_handle("scheduled", "controller", "scheduler", is_script);
            warnings.push(Diagnostic::warning(message).with_help(help));
        }
    }
    warnings
}

fn how_to_handle(handler: &str, argument: &str, interface: &str, is_script: bool) -> String {
    if is_script {
        return format!("add `async {handler}({argument}, env, ctx)` to its default export");
    }
    format!(
        "a component exports qemu-dev:worker/{interface}@0.1.0; in Python the class Default defines {handler}()"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_told_once_until_it_has_gone_and_an_error_each_time() {
        let mut warnings = Warnings::default();
        let both = || vec![Diagnostic::warning("w"), Diagnostic::error("e")];
        let told = |diagnostics: Vec<Diagnostic>| {
            diagnostics.into_iter().map(|diagnostic| diagnostic.message).collect::<Vec<_>>()
        };
        assert_eq!(told(warnings.untold(both())), ["w", "e"]);
        assert_eq!(told(warnings.untold(both())), ["e"]);
        assert!(warnings.untold(Vec::new()).is_empty());
        assert_eq!(told(warnings.untold(both())), ["w", "e"]);
    }
}
