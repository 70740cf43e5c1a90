//! Whether a delivery ended differently the second time.

use crate::broker::{Decision, HandlerResult, Outcome};

/// What differs between two outcomes of a delivery of `count` messages, in one line; `None` when they mean the
/// same to the queues.
pub fn difference(recorded: &Outcome, replayed: &Outcome, count: usize) -> Option<String> {
    let result = match (&recorded.result, &replayed.result) {
        (HandlerResult::Ok, HandlerResult::Failed(reason)) => {
            Some(format!("the handler now fails: {reason}"))
        }
        (HandlerResult::Failed(reason), HandlerResult::Ok) => {
            Some(format!("the handler now succeeds; it had failed: {reason}"))
        }
        (HandlerResult::Failed(before), HandlerResult::Failed(now)) if before != now => {
            Some(format!("the handler now fails with: {now}; it had failed with: {before}"))
        }
        _ => None,
    };
    let (before, now) = (recorded.decisions(count), replayed.decisions(count));
    let decisions = before.iter().zip(&now).enumerate().filter(|(_, (before, now))| before != now);
    let decisions = decisions.map(|(index, (before, now))| {
        format!("message {index} is now {}, it had been {}", decided(*now), decided(*before))
    });
    let differences: Vec<String> = result.into_iter().chain(decisions).collect();
    (!differences.is_empty()).then(|| differences.join("; "))
}

fn decided(decision: Decision) -> String {
    match decision {
        Decision::Ack => "acknowledged".to_owned(),
        Decision::Retry { delay_seconds: None } => "retried".to_owned(),
        Decision::Retry { delay_seconds: Some(seconds) } => format!("retried after {seconds} s"),
    }
}
