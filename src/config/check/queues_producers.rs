//! `queues.producers[]`: the queues a worker sends to.

use super::fields::Field;
use super::numbers::Range;
use super::queues::{queue_help, warn_unexpected};
use super::queues_names::{warn_binding_name, warn_queue_name};
use crate::base::limits::DELAY_SECONDS_MAX;
use crate::config::document::{Node, Value};
use crate::config::problems::Problems;
use crate::config::resolved::QueueProducer;

/// The fields a producer may have.
pub(super) const KNOWN: &[&str] = &["binding", "queue", "delivery_delay", "remote"];

const DELIVERY_DELAY: Range = Range::whole(0, DELAY_SECONDS_MAX as u64, "seconds");

/// The producer at `field`, if its queue can be told; everything wrong with it is reported.
pub(super) fn producer(field: &Field<'_>, problems: &mut Problems) -> Option<QueueProducer> {
    if !field.node.is_object() {
        let message = format!("\"{}\" bindings should be objects, but got {}.", field.path, field.shown());
        problems
            .error(&field.node.span, message)
            .help("write { \"binding\": \"MY_QUEUE\", \"queue\": \"my-queue\" }");
        return None;
    }
    warn_unexpected(field, KNOWN, super::queues_consumers::KNOWN, problems);
    check_remote(field, problems);
    let delivery_delay_seconds = delivery_delay(field, problems);
    let binding = binding(field, problems);
    let queue = queue(field, problems)?;
    let binding = binding?;
    let named_by = queue.unwrap_or(binding);
    let label = if queue.is_some() { "used as written here" } else { "the queue is named after the binding" };
    warn_queue_name(named_by.as_str()?, &named_by.span, label, problems);
    Some(QueueProducer {
        binding: binding.as_str()?.to_owned(),
        queue: named_by.as_str()?.to_owned(),
        delivery_delay_seconds,
        span: field.node.span.clone(),
        binding_span: binding.span.clone(),
        queue_span: named_by.span.clone(),
    })
}

fn binding<'a>(field: &Field<'a>, problems: &mut Problems) -> Option<&'a Node> {
    let written = field.node.get("binding");
    if let Some(node) = written
        && let Some(name) = node.as_str().filter(|name| !name.is_empty())
    {
        warn_binding_name(name, &node.span, problems);
        return Some(node);
    }
    let span = written.map_or(&field.node.span, |node| &node.span);
    let message = format!(
        "\"{}\" bindings should have a string \"binding\" field but got {}.",
        field.path,
        field.shown()
    );
    let help =
        format!("write {}, the name on env in the worker's code", problems.field("binding", "\"MY_QUEUE\""));
    problems.error(span, message).label("needs a \"binding\"").help(help);
    None
}

/// The node that names the queue, `Some(None)` where there is none; reports one that cannot.
fn queue<'a>(field: &Field<'a>, problems: &mut Problems) -> Option<Option<&'a Node>> {
    let Some(node) = field.node.get("queue") else {
        return Some(None);
    };
    if node.as_str().is_some_and(|name| !name.is_empty()) {
        return Some(Some(node));
    }
    let message = format!(
        "\"{}\" bindings should optionally have a non-empty string \"queue\" field but got {}.",
        field.path,
        field.shown()
    );
    let help = queue_help(field, problems);
    problems.error(&node.span, message).label("should be the queue's name").help(help);
    None
}

fn delivery_delay(field: &Field<'_>, problems: &mut Problems) -> Option<u32> {
    let delay = field.child("delivery_delay")?;
    if delay.node.as_number().is_none() {
        let message = format!(
            "\"{}\" should, optionally, have a number \"delivery_delay\" field but got {}.",
            field.path,
            field.shown()
        );
        problems
            .error(&delay.node.span, message)
            .label("should be a number")
            .help("write the seconds without quotes, such as 60, or remove it");
        return None;
    }
    DELIVERY_DELAY.check(&delay, problems).map(|seconds| seconds as u32)
}

fn check_remote(field: &Field<'_>, problems: &mut Problems) {
    match field.node.get("remote").map(|node| (&node.value, node)) {
        None | Some((Value::Boolean(false), _)) => {}
        Some((Value::Boolean(true), node)) => {
            problems
                .warning(&node.span, "\"remote\" is ignored: messages go to the local queue.")
                .help("remove it, or use wrangler dev to reach the queue in production");
        }
        Some((_, node)) => {
            let message = format!(
                "\"{}\" should, optionally, have a boolean \"remote\" field but got {}.",
                field.path,
                field.shown()
            );
            problems.error(&node.span, message).help("write true or false, without quotes, or remove it");
        }
    }
}
