//! What a worker is bound to, as the banner shows it.

use crate::broker::WorkerConsumer;
use crate::plan::{ConsumerPlan, WorkerPlan};

/// A line for each binding, consumer and cron trigger.
pub fn lines(worker: &WorkerPlan, crons_fire: bool) -> Vec<String> {
    let mut lines = Vec::new();
    for producer in &worker.setup.producers {
        lines.push(format!("  env.{}  sends to queue {}", producer.binding, producer.queue));
    }
    for binding in worker.setup.services.iter().map(|service| &service.binding) {
        if let Some(target) = worker.services.get(binding) {
            let entrypoint = target.entrypoint.as_ref().map(|name| format!(", {name}")).unwrap_or_default();
            lines.push(format!("  env.{binding}  calls worker {}{entrypoint}", target.service));
        }
    }
    for missing in &worker.setup.missing {
        lines.push(format!("  env.{}  {}", missing.binding, missing.kind));
    }
    if !worker.setup.vars.is_empty() {
        let mut names: Vec<_> = worker.setup.vars.keys().map(String::as_str).collect();
        names.sort_unstable();
        lines.push(format!("  variables  {}", names.join(", ")));
    }
    lines.extend(worker.consumers.iter().map(consumer));
    let when = if crons_fire { "runs at" } else { "runs only when asked (dev --crons: when due), at" };
    lines.extend(worker.crons.iter().map(|cron| format!("  scheduled()  {when} {}", cron.expression())));
    lines
}

/// A consumer with those of its settings that are not the default.
fn consumer(plan: &ConsumerPlan) -> String {
    let usual = WorkerConsumer::new(&plan.settings.worker);
    let WorkerConsumer {
        worker: _,
        max_batch_size,
        max_batch_timeout_ms,
        max_retries,
        max_concurrency,
        retry_delay_seconds,
        dead_letter_queue,
    } = &plan.settings;
    let mut line = format!("  queue()  consumes {}", plan.queue);
    if *max_batch_size != usual.max_batch_size {
        line += &format!(", batches of {max_batch_size}");
    }
    if *max_batch_timeout_ms != usual.max_batch_timeout_ms {
        line += &format!(", waits {} s", *max_batch_timeout_ms as f64 / 1000.0);
    }
    if *max_retries != usual.max_retries {
        line += &format!(", {max_retries} {}", if *max_retries == 1 { "retry" } else { "retries" });
    }
    if *retry_delay_seconds != usual.retry_delay_seconds {
        line += &format!(", retries after {retry_delay_seconds} s");
    }
    if let Some(most) = max_concurrency {
        line += &format!(", {most} at a time");
    }
    if let Some(queue) = dead_letter_queue {
        line += &format!(", dead letters to {queue}");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_settings_that_differ_from_the_default_are_shown() {
        let plan = |settings| ConsumerPlan { queue: "q".into(), settings };
        let usual = WorkerConsumer::new("w");
        assert_eq!(consumer(&plan(usual.clone())), "  queue()  consumes q");
        let other = WorkerConsumer {
            max_batch_size: 5,
            max_batch_timeout_ms: 1500,
            max_retries: 1,
            max_concurrency: Some(2),
            retry_delay_seconds: 30,
            dead_letter_queue: Some("d".into()),
            ..usual
        };
        assert_eq!(
            consumer(&plan(other)),
            "  queue()  consumes q, batches of 5, waits 1.5 s, 1 retry, retries after 30 s, 2 at a time, dead letters to d"
        );
    }
}
