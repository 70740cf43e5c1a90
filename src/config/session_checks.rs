//! Checks over all workers of a session, each pointing into the files concerned.

use std::collections::BTreeMap;

use super::resolved::{QueueConsumer, Resolved};
use super::spelling::nearest;
use crate::base::{Diagnostic, Source, Span};

/// Everything that is wrong between the workers of one session: configurations and names given twice, queues with two
/// consumers, and consumers that are their own dead letter queue.
///
/// Source: Cloudflare's documentation, "How Queues works" (one consumer per queue) and "Dead Letter Queues".
pub fn check_session(workers: &[Resolved]) -> Vec<Diagnostic> {
    let twice = given_twice(workers);
    if !twice.is_empty() {
        // What else it shares with itself is no mistake of its own.
        return twice;
    }
    let mut diagnostics = duplicate_names(workers);
    diagnostics.extend(multiple_consumers(workers));
    diagnostics.extend(own_dead_letter_queues(workers));
    diagnostics
}

/// Warnings for service bindings to workers that are not part of the session.
pub fn check_services(workers: &[Resolved]) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for worker in workers {
        for service in worker.services.iter().filter(|service| !service.is_in(workers)) {
            let message = service.absent_message();
            let names = workers.iter().map(|other| other.name.as_str());
            let others = names.filter(|name| *name != worker.name && !are_siblings(name, &service.service));
            let help = match nearest(&service.service, others) {
                Some(near) => format!("add its configuration with -c; or did you mean \"{near}\"?"),
                None => "add its configuration with -c".to_owned(),
            };
            let place = service.service_span.clone();
            diagnostics.push(Diagnostic::warning(message).at(&worker.source, place).with_help(help));
        }
    }
    diagnostics
}

/// Whether names differ as those of several workers of one kind do: in their digits, or in the letter at the end.
fn are_siblings(one: &str, other: &str) -> bool {
    let digitless = |name: &str| name.chars().filter(|letter| !letter.is_ascii_digit()).collect::<String>();
    let headed = |name: &str| name.char_indices().next_back().map(|(end, _)| name[..end].to_owned());
    digitless(one) == digitless(other) || headed(one) == headed(other)
}

fn given_twice(workers: &[Resolved]) -> Vec<Diagnostic> {
    let earlier = |index: usize, worker: &Resolved| {
        workers.iter().take(index).any(|earlier| earlier.config_path == worker.config_path)
    };
    let twice = workers.iter().enumerate().filter(|(index, worker)| earlier(*index, worker));
    twice
        .map(|(_, worker)| {
            let shown = worker.source.path().display();
            Diagnostic::error(format!("The configuration \"{shown}\" is given twice."))
                .with_help("leave one out")
        })
        .collect()
}

fn duplicate_names(workers: &[Resolved]) -> Vec<Diagnostic> {
    let mut first: BTreeMap<&str, &Resolved> = BTreeMap::new();
    let mut diagnostics = Vec::new();
    for worker in workers {
        let Some(earlier) = first.get(worker.name.as_str()) else {
            first.insert(&worker.name, worker);
            continue;
        };
        let elsewhere = place(&earlier.source, &name_span(earlier));
        let message = format!("Two workers are named \"{}\".", worker.name);
        diagnostics.push(
            Diagnostic::error(message)
                .at(&worker.source, name_span(worker))
                .with_label("the second one")
                .with_help(format!(
                    "the first one is at {elsewhere}; give each worker a \"name\" of its own"
                )),
        );
    }
    diagnostics
}

fn name_span(worker: &Resolved) -> Span {
    worker.name_span.clone().unwrap_or(0..0)
}

fn multiple_consumers(workers: &[Resolved]) -> Vec<Diagnostic> {
    let mut first: BTreeMap<&str, (&Resolved, &QueueConsumer)> = BTreeMap::new();
    let mut diagnostics = Vec::new();
    for (worker, consumer) in consumers(workers) {
        let Some((earlier_worker, earlier)) = first.get(consumer.queue.as_str()) else {
            first.insert(&consumer.queue, (worker, consumer));
            continue;
        };
        let message = format!(
            "Multiple consumers defined for queue \"{}\": \"{}\" and \"{}\"",
            consumer.queue, earlier_worker.name, worker.name
        );
        let elsewhere = place(&earlier_worker.source, &earlier.queue_span);
        diagnostics.push(
            Diagnostic::error(message)
                .at(&worker.source, consumer.queue_span.clone())
                .with_label(format!("consumed by \"{}\"", worker.name))
                .with_help(format!("a queue has one consumer: remove this one, or the one at {elsewhere}")),
        );
    }
    diagnostics
}

fn own_dead_letter_queues(workers: &[Resolved]) -> Vec<Diagnostic> {
    let own = consumers(workers)
        .filter(|(_, consumer)| consumer.dead_letter_queue.as_ref() == Some(&consumer.queue));
    own.map(|(worker, consumer)| {
        let span = consumer.dead_letter_queue_span.clone().unwrap_or_else(|| consumer.span.clone());
        Diagnostic::error(format!("Dead letter queue for queue \"{}\" cannot be itself", consumer.queue))
            .at(&worker.source, span)
            .with_label("the queue itself")
            .with_help(format!("name another queue, such as \"{}-dlq\"", consumer.queue))
    })
    .collect()
}

fn consumers(workers: &[Resolved]) -> impl Iterator<Item = (&Resolved, &QueueConsumer)> {
    workers.iter().flat_map(|worker| worker.consumers.iter().map(move |consumer| (worker, consumer)))
}

/// A place as people and editors read it.
fn place(source: &Source, span: &Span) -> String {
    let (line, column) = source.line_and_column(span.start);
    format!("{}:{line}:{column}", source.path().display())
}

#[cfg(test)]
mod tests {
    use super::are_siblings;

    #[test]
    fn numbered_and_lettered_names_are_no_slips() {
        for (one, other) in
            [("worker-1", "worker-2"), ("worker-9", "worker-10"), ("a", "b"), ("api-a", "api-b")]
        {
            assert!(are_siblings(one, other), "{one} {other}");
        }
        for (one, other) in [("biling", "billing"), ("auth", "author"), ("worker", "workre")] {
            assert!(!are_siblings(one, other), "{one} {other}");
        }
    }
}
