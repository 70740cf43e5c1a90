//! Each name on `env` stands for one thing.

use super::fields::Field;
use crate::base::Span;
use crate::config::problems::Problems;
use crate::config::resolved::{MissingBinding, QueueProducer, ServiceBinding};

/// The named bindings of one worker.
pub(in crate::config) struct Bindings<'a> {
    pub(in crate::config) producers: &'a [QueueProducer],
    pub(in crate::config) services: &'a [ServiceBinding],
    pub(in crate::config) missing: &'a [MissingBinding],
    /// The `vars` that count.
    pub(in crate::config) vars: Option<&'a Field<'a>>,
}

/// Reports names that several bindings share.
pub(in crate::config) fn check_unique(bindings: &Bindings<'_>, problems: &mut Problems) {
    let mut seen: Vec<(String, &str)> = Vec::new();
    let mut named = named(bindings);
    named.sort_by_key(|(_, _, span)| span.start);
    for (name, kind, span) in named {
        if let Some((_, earlier)) = seen.iter().find(|(seen, _)| *seen == name) {
            let message = if *earlier == kind {
                format!("{name} assigned to multiple {kind} bindings.")
            } else {
                format!("{name} assigned to {earlier} and {kind} bindings.")
            };
            let problem = problems.error(&span, message);
            problem.label("the name is taken").help("Please change your bindings to have unique names.");
        } else {
            seen.push((name, kind));
        }
    }
}

fn named(bindings: &Bindings<'_>) -> Vec<(String, &'static str, Span)> {
    let Bindings { producers, services, missing, vars } = bindings;
    let vars = vars.iter().flat_map(|vars| vars.node.entries());
    let vars = vars.map(|entry| (entry.key.clone(), "Environment Variable", entry.key_span.clone()));
    let producers =
        producers.iter().map(|producer| (producer.binding.clone(), "Queue", producer.binding_span.clone()));
    let services =
        services.iter().map(|service| (service.binding.clone(), "Worker", service.binding_span.clone()));
    let missing = missing.iter().map(|missing| (missing.binding.clone(), missing.kind, missing.span.clone()));
    vars.chain(producers).chain(services).chain(missing).collect()
}
