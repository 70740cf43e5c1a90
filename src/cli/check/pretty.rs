//! A plan for people.

use std::fmt::Write;

use crate::broker::WorkerConsumer;
use crate::dev::CheckedPlan;
use crate::plan::{Plan, WorkerPlan};

/// The plan, worker by worker.
pub fn shown(checked: &CheckedPlan) -> String {
    let CheckedPlan { plan, code_bytes, state_directory } = checked;
    let mut text = String::new();
    for (worker, bytes) in plan.workers.iter().zip(code_bytes) {
        text += &worker_lines(plan, worker, *bytes);
    }
    // Writing to a string cannot fail.
    let _ = writeln!(text, "Queues: {}", listed(&plan.topology.queues));
    let _ = writeln!(text, "State: {}", state_directory.display());
    text
}

fn worker_lines(plan: &Plan, worker: &WorkerPlan, bytes: Option<usize>) -> String {
    let main = worker.bundle.main.strip_prefix(&worker.bundle.directory).unwrap_or(&worker.bundle.main);
    let script = bytes.map_or_else(|| "not built".to_owned(), |bytes| format!("{bytes} bytes built"));
    let mut text = format!("{} ({}, {script})\n", worker.name, main.display());
    let setup = &worker.setup;
    let mut compatibility = setup.compatibility_date.clone();
    for flag in &setup.compatibility_flags {
        let _ = write!(compatibility, ", {flag}");
    }
    let _ = writeln!(text, "  compatibility  {compatibility}");
    let _ = writeln!(text, "  processor time  {} ms", worker.cpu_ms);
    for name in setup.vars.keys() {
        let _ = writeln!(text, "  env.{name}  variable");
    }
    for producer in &setup.producers {
        let delay =
            worker.producers.get(&producer.binding).and_then(|binding| binding.delivery_delay_seconds);
        let delay = delay.map(|delay| format!(", delay {delay} seconds")).unwrap_or_default();
        let _ = writeln!(text, "  env.{}  sends to queue {}{delay}", producer.binding, producer.queue);
    }
    for service in &setup.services {
        if let Some(target) = worker.services.get(&service.binding) {
            let entrypoint = target.entrypoint.as_ref().map(|name| format!("#{name}")).unwrap_or_default();
            let _ = writeln!(text, "  env.{}  calls worker {}{entrypoint}", service.binding, target.service);
        }
    }
    for missing in &setup.missing {
        let _ = writeln!(text, "  env.{}  {}", missing.binding, missing.kind);
    }
    for declaration in plan.topology.consumers.iter().filter(|each| each.consumer.worker == worker.name) {
        let _ = writeln!(text, "  queue()  consumes {}", declaration.queue);
        let _ = writeln!(text, "    {}", settings(&declaration.consumer));
    }
    text
}

fn settings(consumer: &WorkerConsumer) -> String {
    let concurrency = consumer.max_concurrency.map_or_else(|| "auto".to_owned(), |most| most.to_string());
    let dead = consumer.dead_letter_queue.as_ref();
    let dead = dead.map_or_else(|| "deleted".to_owned(), |queue| format!("to {queue}"));
    format!(
        "batch size {}, batch timeout {} seconds, retries {}, retry delay {} seconds, concurrency {concurrency}, \
         dead letters {dead}",
        consumer.max_batch_size,
        consumer.max_batch_timeout_ms as f64 / 1000.0,
        consumer.max_retries,
        consumer.retry_delay_seconds,
    )
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
