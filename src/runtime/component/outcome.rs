//! What a component decided about a batch.

use super::bindings::consumer::{self, MessageDecision};
use crate::base::limits::DELAY_SECONDS_MAX;
use crate::broker::{BatchDecision, Decision, HandlerResult, Outcome};

/// The outcome for a delivery of `count` messages. When an index or a delay is out of range, the handler has failed.
pub fn of(said: consumer::Outcome, count: usize) -> Outcome {
    match checked(said, count) {
        Ok(outcome) => outcome,
        Err(reason) => Outcome::failed(reason),
    }
}

/// The reason that a component gave for the failure of this handler, or that it gave none.
pub fn told(reason: String, handler: &str) -> String {
    if reason.trim().is_empty() {
        return format!("The component's {handler}() failed and gave no reason.");
    }
    reason
}

fn checked(said: consumer::Outcome, count: usize) -> Result<Outcome, String> {
    let messages = said.messages.into_iter().map(|decision| message(decision, count));
    let batch = match said.batch {
        None => None,
        Some(consumer::Decision::Ack) => Some(BatchDecision::AckAll),
        Some(consumer::Decision::Retry(delay)) => {
            Some(BatchDecision::RetryAll { delay_seconds: in_range(delay)? })
        }
    };
    let failed = |reason| HandlerResult::Failed(told(reason, "queue"));
    let result = said.failure.map_or(HandlerResult::Ok, failed);
    Ok(Outcome { result, batch, messages: messages.collect::<Result<_, _>>()? })
}

fn message(said: MessageDecision, count: usize) -> Result<(u32, Decision), String> {
    if said.index as usize >= count {
        return Err(format!(
            "The component decided about message {}, but the batch has {count}; the first is 0.",
            said.index
        ));
    }
    let decision = match said.decision {
        consumer::Decision::Ack => Decision::Ack,
        consumer::Decision::Retry(delay) => Decision::Retry { delay_seconds: in_range(delay)? },
    };
    Ok((said.index, decision))
}

fn in_range(delay_seconds: Option<u32>) -> Result<Option<u32>, String> {
    match delay_seconds {
        Some(seconds) if seconds > DELAY_SECONDS_MAX => Err(format!(
            "The component retries after {seconds} seconds: a delay is at most {DELAY_SECONDS_MAX}."
        )),
        delay_seconds => Ok(delay_seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(index: u32, decision: consumer::Decision) -> consumer::Outcome {
        consumer::Outcome { messages: vec![MessageDecision { index, decision }], batch: None, failure: None }
    }

    #[test]
    fn decisions_are_taken_over_and_checked() {
        let retry = consumer::Decision::Retry(Some(DELAY_SECONDS_MAX));
        let decision = Decision::Retry { delay_seconds: Some(DELAY_SECONDS_MAX) };
        assert_eq!(of(said(1, retry), 2).messages, [(1, decision)]);
        for outcome in [
            of(said(2, consumer::Decision::Ack), 2),
            of(said(0, consumer::Decision::Retry(Some(DELAY_SECONDS_MAX + 1))), 2),
        ] {
            assert!(matches!(outcome.result, HandlerResult::Failed(_)), "{outcome:?}");
            assert!(outcome.messages.is_empty());
        }
        let failed = consumer::Outcome { failure: Some("late".into()), ..said(0, consumer::Decision::Ack) };
        assert_eq!(
            of(failed, 1),
            Outcome {
                result: HandlerResult::Failed("late".into()),
                batch: None,
                messages: vec![(0, Decision::Ack)]
            }
        );
    }
}
