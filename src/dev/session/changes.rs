//! What a changed configuration means where no code changes.

use std::collections::{BTreeMap, BTreeSet};

use crate::broker::WorkerConsumer;
use crate::plan::Plan;

/// What is said when `plan` follows `former`: which queues are consumed by others, or in another way, and which workers'
/// cron triggers are others. Workers that are made anew are told by themselves.
pub fn notice(former: &Plan, plan: &Plan) -> Option<String> {
    let (before, now) = (consumers(former), consumers(plan));
    let mut changes = Vec::new();
    let queues: BTreeSet<&str> = before.keys().chain(now.keys()).copied().collect();
    for queue in queues {
        changes.extend(match (before.get(queue), now.get(queue)) {
            (None, Some(consumer)) => Some(format!("{} consumes {queue}", consumer.worker)),
            (Some(consumer), None) => Some(format!("{} no longer consumes {queue}", consumer.worker)),
            (Some(before), Some(now)) if before != now => {
                Some(format!("{} consumes {queue} with other settings", now.worker))
            }
            _ => None,
        });
    }
    for worker in &plan.workers {
        let former = former.workers.iter().find(|former| former.name == worker.name);
        if former.is_some_and(|former| former.crons != worker.crons) {
            changes.push(format!("{} has other cron triggers", worker.name));
        }
    }
    (!changes.is_empty())
        .then(|| format!("The configuration's changes are in effect: {}.", changes.join(", ")))
}

fn consumers(plan: &Plan) -> BTreeMap<&str, &WorkerConsumer> {
    let consumers = plan.workers.iter().flat_map(|worker| &worker.consumers);
    consumers.map(|consumer| (consumer.queue.as_str(), &consumer.settings)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{LoadRequest, load};

    fn plan(consumers: &str, crons: &str) -> Plan {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("wrangler.json");
        let text = format!(
            r#"{{ "name": "w", "main": "index.js", "compatibility_date": "2026-06-05",
                  "queues": {{ "consumers": [{consumers}] }}, "triggers": {{ "crons": [{crons}] }} }}"#
        );
        std::fs::write(&path, text).expect("written");
        std::fs::write(folder.path().join("index.js"), "").expect("written");
        Plan::new(&[load(&LoadRequest { path, ..LoadRequest::default() }).resolved.expect("valid")])
    }

    #[test]
    fn what_changes_without_code_is_told() {
        let plain = plan(r#"{ "queue": "q" }"#, "");
        for (consumers, crons, expected) in [
            (r#"{ "queue": "q" }"#, "", None),
            (r#"{ "queue": "q", "max_batch_size": 3 }"#, "", Some("w consumes q with other settings")),
            (r#"{ "queue": "r" }"#, "", Some("w no longer consumes q, w consumes r")),
            (r#"{ "queue": "q" }"#, r#""* * * * *""#, Some("w has other cron triggers")),
        ] {
            let expected = expected.map(|text| format!("The configuration's changes are in effect: {text}."));
            assert_eq!(notice(&plain, &plan(consumers, crons)), expected);
        }
    }
}
