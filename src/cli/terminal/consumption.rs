//! Which queues a worker consumes, as the banner shows it: what is in effect, which need not be what the configuration
//! says.

use std::fmt::Write as _;

use crate::broker::{ConsumerSettings, WorkerConsumer};
use crate::dev::QueueInEffect;
use crate::plan::{ConsumerPlan, WorkerPlan};

/// A line for each queue that the worker consumes or, by its configuration, should.
pub fn lines(worker: &WorkerPlan, queues: &[QueueInEffect]) -> Vec<String> {
    let configured = worker.consumers.iter().map(|plan| configured(plan, queues));
    let attached =
        queues.iter().filter(|queue| !worker.consumers.iter().any(|plan| plan.queue == queue.queue));
    configured.chain(attached.filter_map(|queue| attached_to(&worker.name, queue))).collect()
}

/// A consumer of the configuration.
fn configured(plan: &ConsumerPlan, queues: &[QueueInEffect]) -> String {
    let ConsumerPlan { queue: name, settings } = plan;
    let Some(queue) = queues.iter().find(|queue| queue.queue == *name) else {
        return consumes(name, settings);
    };
    let instead = match &queue.consumer {
        Some(ConsumerSettings::Worker(present)) if present == settings => {
            return consumes(name, settings) + &paused(queue);
        }
        Some(ConsumerSettings::Worker(present)) if present.worker == settings.worker => {
            return consumes(name, present) + ", changed through the API" + &paused(queue);
        }
        Some(ConsumerSettings::Worker(present)) => {
            format!("worker \"{}\" was attached through the API", present.worker)
        }
        Some(ConsumerSettings::Pull(_)) => "an HTTP pull consumer was attached through the API".to_owned(),
        None => format!(
            "it was detached through the API (qemu-dev queues consumer add {name} {} attaches it)",
            settings.worker
        ),
    };
    format!("  queue()  does not consume {name}: {instead}")
}

/// A consumer that the API attached to this worker.
fn attached_to(worker: &str, queue: &QueueInEffect) -> Option<String> {
    match &queue.consumer {
        Some(ConsumerSettings::Worker(present)) if present.worker == worker => {
            Some(consumes(&queue.queue, present) + ", attached through the API" + &paused(queue))
        }
        _ => None,
    }
}

fn paused(queue: &QueueInEffect) -> String {
    if !queue.is_paused {
        return String::new();
    }
    format!(", paused (qemu-dev queues resume-delivery {})", queue.queue)
}

/// A consumer with those of its settings that are not the default.
pub fn consumes(queue: &str, settings: &WorkerConsumer) -> String {
    let usual = WorkerConsumer::new(&settings.worker);
    let WorkerConsumer {
        worker: _,
        max_batch_size,
        max_batch_timeout_ms,
        max_retries,
        max_concurrency,
        retry_delay_seconds,
        dead_letter_queue,
    } = settings;
    let mut line = format!("  queue()  consumes {queue}");
    // Writing to a string cannot fail.
    if *max_batch_size != usual.max_batch_size {
        let _ = write!(line, ", batches of {max_batch_size}");
    }
    if *max_batch_timeout_ms != usual.max_batch_timeout_ms {
        let _ = write!(line, ", waits {} s", *max_batch_timeout_ms as f64 / 1000.0);
    }
    if *max_retries != usual.max_retries {
        let _ = write!(line, ", {max_retries} {}", if *max_retries == 1 { "retry" } else { "retries" });
    }
    if *retry_delay_seconds != usual.retry_delay_seconds {
        let _ = write!(line, ", retries after {retry_delay_seconds} s");
    }
    if let Some(most) = max_concurrency {
        let _ = write!(line, ", {most} at a time");
    }
    if let Some(queue) = dead_letter_queue {
        let _ = write!(line, ", dead letters to {queue}");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::PullConsumer;

    fn queue(consumer: Option<ConsumerSettings>) -> QueueInEffect {
        QueueInEffect { queue: "q".to_owned(), consumer, changed_by_api: true, is_paused: false }
    }

    #[test]
    fn only_settings_that_differ_from_the_default_are_shown() {
        let usual = WorkerConsumer::new("w");
        assert_eq!(consumes("q", &usual), "  queue()  consumes q");
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
            consumes("q", &other),
            "  queue()  consumes q, batches of 5, waits 1.5 s, 1 retry, retries after 30 s, 2 at a time, dead letters to d"
        );
    }

    #[test]
    fn what_is_in_effect_is_shown() {
        let plan = ConsumerPlan { queue: "q".into(), settings: WorkerConsumer::new("w") };
        let shown = |queue: QueueInEffect| configured(&plan, &[queue]);
        let own = ConsumerSettings::Worker(plan.settings.clone());
        assert_eq!(configured(&plan, &[]), "  queue()  consumes q");
        assert_eq!(shown(queue(Some(own.clone()))), "  queue()  consumes q");
        let paused = QueueInEffect { is_paused: true, ..queue(Some(own)) };
        assert_eq!(shown(paused), "  queue()  consumes q, paused (qemu-dev queues resume-delivery q)");
        let changed = WorkerConsumer { max_batch_size: 7, ..plan.settings.clone() };
        assert_eq!(
            shown(queue(Some(ConsumerSettings::Worker(changed)))),
            "  queue()  consumes q, batches of 7, changed through the API"
        );
        for (consumer, reason) in [
            (
                Some(ConsumerSettings::Worker(WorkerConsumer::new("x"))),
                "worker \"x\" was attached through the API",
            ),
            (
                Some(ConsumerSettings::Pull(PullConsumer::default())),
                "an HTTP pull consumer was attached through the API",
            ),
            (None, "it was detached through the API (qemu-dev queues consumer add q w attaches it)"),
        ] {
            assert_eq!(shown(queue(consumer)), format!("  queue()  does not consume q: {reason}"));
        }
    }

    #[test]
    fn what_the_api_attached_is_shown() {
        let attached = queue(Some(ConsumerSettings::Worker(WorkerConsumer::new("w"))));
        assert_eq!(
            attached_to("w", &attached).as_deref(),
            Some("  queue()  consumes q, attached through the API")
        );
        assert_eq!(attached_to("x", &attached), None);
    }
}
