//! `queues`: the section as a whole.
//!
//! Source: Cloudflare's documentation, "Configure Queues"; the messages are wrangler's.

use super::environments::Scope;
use super::fields::{Field, warn_unexpected_field};
use super::{queues_consumers, queues_producers};
use crate::config::document::Entry;
use crate::config::problems::Problems;
use crate::config::resolved::{QueueConsumer, QueueProducer};

/// What people write where `queue` belongs.
const MISTAKEN_FOR_QUEUE: [&str; 3] = ["name", "queue_name", "queueName"];

/// The producers and consumers of the chosen environment.
pub(in crate::config) fn queues(
    scope: &Scope<'_>,
    problems: &mut Problems,
) -> (Vec<QueueProducer>, Vec<QueueConsumer>) {
    let Some(field) = scope.not_inherited("queues", problems).filter(|field| field.is_object(problems))
    else {
        return Default::default();
    };
    field.warn_unexpected(&["producers", "consumers"], problems);
    let producers = list(&field, "producers", problems);
    let consumers = list(&field, "consumers", problems);
    (
        producers.iter().filter_map(|field| queues_producers::producer(field, problems)).collect(),
        consumers.iter().filter_map(|field| queues_consumers::consumer(field, problems)).collect(),
    )
}

fn list<'a>(queues: &Field<'a>, key: &str, problems: &mut Problems) -> Vec<Field<'a>> {
    let list = queues.child(key).filter(|field| field.is_array(problems));
    list.map(|field| field.elements().collect()).unwrap_or_default()
}

/// Warns of the fields of a producer or consumer that it does not have, and says where they belong.
pub(super) fn warn_unexpected(field: &Field<'_>, known: &[&str], other: &[&str], problems: &mut Problems) {
    let other_list = if field.path.contains("producers") { "consumers" } else { "producers" };
    for entry in field.node.entries().iter().filter(|entry| !known.contains(&entry.key.as_str())) {
        let remedy = remedy(entry, field, other, other_list);
        warn_unexpected_field(&field.path, entry, known, remedy, problems);
    }
}

fn remedy(entry: &Entry, field: &Field<'_>, other: &[&str], other_list: &str) -> Option<String> {
    let key = entry.key.as_str();
    if MISTAKEN_FOR_QUEUE.contains(&key) && field.node.get("queue").is_none() {
        return Some(format!("rename \"{key}\" to \"queue\""));
    }
    if other.contains(&key) {
        return Some(format!("\"{key}\" is a setting of queues.{other_list}; move it there"));
    }
    super::unknown_keys::is_known(key)
        .then(|| format!("\"{key}\" belongs to the top level; in TOML, above the first [section]"))
}

/// How to mend an entry whose `queue` is missing or wrong.
pub(super) fn queue_help(field: &Field<'_>, problems: &Problems) -> String {
    let example = problems.field("queue", "\"my-queue\"");
    match MISTAKEN_FOR_QUEUE.into_iter().find(|name| field.node.get(name).is_some()) {
        _ if field.node.get("queue").is_some() => format!("write {example}"),
        Some(name) => format!("rename \"{name}\" to \"queue\""),
        None => format!("add {example}"),
    }
}
