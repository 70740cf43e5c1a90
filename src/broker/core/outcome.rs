//! What a consumer says about a delivery.

use serde::{Deserialize, Serialize};

/// How a delivery ended.
///
/// For each message the first of these decides: its own decision, the batch's decision, the result.
/// Source: Cloudflare's documentation, "Batching, Retries and Delays", explicit acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Whether the handler succeeded.
    pub result: HandlerResult,
    /// What the handler said about the whole batch, if it did.
    pub batch: Option<BatchDecision>,
    /// What the handler said about single messages: the message's index in the delivery and the decision.
    pub messages: Vec<(u32, Decision)>,
}

impl Outcome {
    /// The handler succeeded and said nothing: every message is acknowledged.
    pub const fn acknowledged() -> Self {
        Self { result: HandlerResult::Ok, batch: None, messages: Vec::new() }
    }

    /// The handler failed and had said nothing: every message is retried.
    pub fn failed(reason: impl Into<String>) -> Self {
        Self { result: HandlerResult::Failed(reason.into()), batch: None, messages: Vec::new() }
    }
}

/// Whether a handler succeeded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HandlerResult {
    /// It did: messages it said nothing about are acknowledged.
    Ok,
    /// It threw, rejected, passed a limit, vanished or is missing, for this reason: messages it said
    /// nothing about are retried.
    Failed(String),
}

/// What a handler said about the whole batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BatchDecision {
    /// `ackAll()`.
    AckAll,
    /// `retryAll()`.
    RetryAll {
        /// Its `delaySeconds`; `None` is the consumer's retry delay.
        delay_seconds: Option<u32>,
    },
}

/// What a handler said about one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decision {
    /// `ack()`.
    Ack,
    /// `retry()`.
    Retry {
        /// Its `delaySeconds`; `None` is the batch's, then the consumer's retry delay.
        delay_seconds: Option<u32>,
    },
}

impl Outcome {
    /// The decision about the message at each index of a delivery of `count` messages.
    pub fn decisions(&self, count: usize) -> Vec<Decision> {
        let (otherwise, batch_delay) = match (&self.batch, &self.result) {
            (Some(BatchDecision::AckAll), _) => (Decision::Ack, None),
            (Some(BatchDecision::RetryAll { delay_seconds }), _) => {
                (Decision::Retry { delay_seconds: *delay_seconds }, *delay_seconds)
            }
            (None, HandlerResult::Ok) => (Decision::Ack, None),
            (None, HandlerResult::Failed(_)) => (Decision::Retry { delay_seconds: None }, None),
        };
        let mut decisions = vec![otherwise; count];
        for (index, decision) in &self.messages {
            if let Some(place) = decisions.get_mut(*index as usize) {
                *place = match decision {
                    Decision::Ack => Decision::Ack,
                    Decision::Retry { delay_seconds } => {
                        Decision::Retry { delay_seconds: delay_seconds.or(batch_delay) }
                    }
                };
            }
        }
        decisions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retry(delay_seconds: Option<u32>) -> Decision {
        Decision::Retry { delay_seconds }
    }

    #[test]
    fn success_acknowledges_and_failure_retries_what_was_not_decided() {
        assert_eq!(Outcome::acknowledged().decisions(2), [Decision::Ack; 2]);
        let mut outcome = Outcome::failed("threw");
        outcome.messages = vec![(0, Decision::Ack)];
        assert_eq!(outcome.decisions(2), [Decision::Ack, retry(None)]);
    }

    #[test]
    fn a_message_beats_the_batch_and_the_batch_beats_the_result() {
        let outcome = Outcome {
            result: HandlerResult::Failed("threw".to_owned()),
            batch: Some(BatchDecision::AckAll),
            messages: vec![(1, retry(Some(0)))],
        };
        assert_eq!(outcome.decisions(2), [Decision::Ack, retry(Some(0))]);
        let outcome = Outcome {
            result: HandlerResult::Ok,
            batch: Some(BatchDecision::RetryAll { delay_seconds: Some(9) }),
            messages: vec![(0, Decision::Ack), (1, retry(None)), (2, retry(Some(1))), (77, Decision::Ack)],
        };
        assert_eq!(outcome.decisions(4), [Decision::Ack, retry(Some(9)), retry(Some(1)), retry(Some(9))]);
    }
}
