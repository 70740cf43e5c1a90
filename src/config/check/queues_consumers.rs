//! `queues.consumers[]`: the queues a worker consumes.

use super::fields::Field;
use super::numbers::Range;
use super::queues::{queue_help, warn_unexpected};
use super::queues_names::warn_queue_name;
use crate::base::limits::{
    DELAY_SECONDS_MAX, MAX_BATCH_SIZE_DEFAULT, MAX_BATCH_SIZE_MAX, MAX_BATCH_TIMEOUT_MS_DEFAULT,
    MAX_BATCH_TIMEOUT_MS_MAX, MAX_CONCURRENCY_MAX, MAX_RETRIES_DEFAULT, MAX_RETRIES_MAX,
    VISIBILITY_TIMEOUT_MS_MAX,
};
use crate::config::document::Node;
use crate::config::problems::Problems;
use crate::config::resolved::QueueConsumer;

/// The fields a consumer may have.
pub(super) const KNOWN: &[&str] = &[
    "queue",
    "type",
    "max_batch_size",
    "max_batch_timeout",
    "max_retries",
    "max_concurrency",
    "retry_delay",
    "dead_letter_queue",
    "visibility_timeout_ms",
];

const AS_WRITTEN: &str = "used as written here";

const MAX_BATCH_SIZE: Range = Range::whole(1, MAX_BATCH_SIZE_MAX as u64, "");
const MAX_BATCH_TIMEOUT: Range =
    Range { min: 0.0, max: (MAX_BATCH_TIMEOUT_MS_MAX / 1000) as f64, fractions: true, unit: "seconds" };
const MAX_RETRIES: Range = Range::whole(0, MAX_RETRIES_MAX as u64, "");
const MAX_CONCURRENCY: Range = Range::whole(1, MAX_CONCURRENCY_MAX as u64, "");
const RETRY_DELAY: Range = Range::whole(0, DELAY_SECONDS_MAX as u64, "seconds");
const VISIBILITY_TIMEOUT: Range = Range::whole(0, VISIBILITY_TIMEOUT_MS_MAX, "milliseconds");

/// The consumer at `field`, if its queue can be told; everything wrong with it is reported.
pub(super) fn consumer(field: &Field<'_>, problems: &mut Problems) -> Option<QueueConsumer> {
    if !field.node.is_object() {
        let message = format!("\"{}\" should be an object but got {}.", field.path, field.shown());
        problems.error(&field.node.span, message).help("write { \"queue\": \"my-queue\" }");
        return None;
    }
    warn_unexpected(field, KNOWN, super::queues_producers::KNOWN, problems);
    check_type(field, problems);
    let queue = queue(field, problems);
    let max_batch_size = number(field, "max_batch_size", &MAX_BATCH_SIZE, problems);
    let max_batch_timeout = number(field, "max_batch_timeout", &MAX_BATCH_TIMEOUT, problems);
    let max_retries = number(field, "max_retries", &MAX_RETRIES, problems);
    let max_concurrency = number(field, "max_concurrency", &MAX_CONCURRENCY, problems);
    let retry_delay = number(field, "retry_delay", &RETRY_DELAY, problems);
    let visibility_timeout = number(field, "visibility_timeout_ms", &VISIBILITY_TIMEOUT, problems);
    let dead_letter_queue = dead_letter_queue(field, problems);
    let queue = queue?;
    Some(QueueConsumer {
        queue: queue.as_str()?.to_owned(),
        max_batch_size: max_batch_size.map_or(MAX_BATCH_SIZE_DEFAULT, |size| size as u32),
        max_batch_timeout_ms: max_batch_timeout
            .map_or(MAX_BATCH_TIMEOUT_MS_DEFAULT, |seconds| (seconds * 1000.0).round() as u64),
        max_retries: max_retries.map_or(MAX_RETRIES_DEFAULT, |retries| retries as u32),
        max_concurrency: max_concurrency.map(|concurrency| concurrency as u32),
        retry_delay_seconds: retry_delay.map_or(0, |seconds| seconds as u32),
        dead_letter_queue: dead_letter_queue.and_then(Node::as_str).map(str::to_owned),
        visibility_timeout_ms: visibility_timeout.map(|milliseconds| milliseconds as u64),
        span: field.node.span.clone(),
        queue_span: queue.span.clone(),
        dead_letter_queue_span: dead_letter_queue.map(|node| node.span.clone()),
    })
}

fn queue<'a>(field: &Field<'a>, problems: &mut Problems) -> Option<&'a Node> {
    let written = field.node.get("queue");
    if let Some(node) = written
        && let Some(name) = node.as_str().filter(|name| !name.is_empty())
    {
        warn_queue_name(name, &node.span, AS_WRITTEN, problems);
        return Some(node);
    }
    let span = written.map_or(&field.node.span, |node| &node.span);
    let message =
        format!("\"{}\" should have a string \"queue\" field but got {}.", field.path, field.shown());
    let help = queue_help(field, problems);
    problems.error(span, message).label("needs a \"queue\"").help(help);
    None
}

fn check_type(field: &Field<'_>, problems: &mut Problems) {
    let Some(kind) = field.child("type").filter(|kind| kind.node.as_str() != Some("worker")) else {
        return;
    };
    let message = format!(
        "\"{}\" has an invalid value {}. Only \"worker\" consumers can be configured in your Wrangler configuration.",
        kind.path,
        kind.shown()
    );
    let help = if kind.node.as_str() == Some("http_pull") {
        "remove this consumer, and add it with `qemu-dev queues consumer http add <queue>`"
    } else {
        "remove \"type\", or write \"worker\""
    };
    problems.error(&kind.node.span, message).help(help);
}

fn number(field: &Field<'_>, key: &str, range: &Range, problems: &mut Problems) -> Option<f64> {
    let setting = field.child(key)?;
    if setting.node.as_number().is_none() {
        report_wrong_type(field, &setting, key, "number", "write it without quotes, or remove it", problems);
        return None;
    }
    range.check(&setting, problems)
}

fn dead_letter_queue<'a>(field: &Field<'a>, problems: &mut Problems) -> Option<&'a Node> {
    let setting = field.child("dead_letter_queue")?;
    let Some(name) = setting.node.as_str() else {
        let help = "write the queue's name in double quotes, or remove it";
        report_wrong_type(field, &setting, "dead_letter_queue", "string", help, problems);
        return None;
    };
    if name.is_empty() {
        problems
            .warning(&setting.node.span, format!("\"{}\" is empty.", setting.path))
            .label("messages without retries left are deleted")
            .help("name a queue, or remove it");
        return None;
    }
    warn_queue_name(name, &setting.node.span, AS_WRITTEN, problems);
    Some(setting.node)
}

fn report_wrong_type(
    field: &Field<'_>,
    setting: &Field<'_>,
    key: &str,
    expected: &str,
    help: &str,
    problems: &mut Problems,
) {
    let message = format!(
        "\"{}\" should, optionally, have a {expected} \"{key}\" field but got {}.",
        field.path,
        field.shown()
    );
    problems.error(&setting.node.span, message).label(format!("should be a {expected}")).help(help);
}
