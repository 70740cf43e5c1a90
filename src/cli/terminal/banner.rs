//! What a worker is bound to, as the banner shows it.

use super::consumption;
use crate::dev::QueueInEffect;
use crate::plan::WorkerPlan;

/// A line for each binding, consumer and cron trigger.
pub fn lines(worker: &WorkerPlan, queues: &[QueueInEffect], crons_fire: bool) -> Vec<String> {
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
    lines.extend(consumption::lines(worker, queues));
    let when = if crons_fire { "runs at" } else { "runs only when asked (dev --crons: when due), at" };
    lines.extend(worker.crons.iter().map(|cron| format!("  scheduled()  {when} {}", cron.expression())));
    lines
}
