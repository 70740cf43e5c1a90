//! What a rejected `send` says.

use crate::broker::Failure;
use crate::broker::core::SendRefusal;
use crate::broker::error::SendError;

/// The code of a failure that production has no other code for.
const UNKNOWN_INTERNAL_ERROR: u32 = 15_000;

/// The message of the error a `send` or `sendBatch` (`batch`) rejects with.
///
/// With `expose_codes` (compatibility date 2026-03-12, flag `queue_expose_error_codes`) it carries
/// production's code. Source: Cloudflare's documentation, "Error codes".
pub fn describe(error: &SendError, batch: bool, expose_codes: bool) -> String {
    match (expose_codes, batch) {
        (true, _) => format!("{error} ({})", code(error)),
        (false, true) => format!("Queue sendBatch failed: {error}"),
        (false, false) => format!("Queue send failed: {error}"),
    }
}

fn code(error: &SendError) -> u32 {
    let Failure::Refused(refusal) = error else { return UNKNOWN_INTERNAL_ERROR };
    match refusal {
        SendRefusal::QueueNotFound(_) => 10_104,
        SendRefusal::BatchDelay { .. } => 10_202,
        SendRefusal::MessageDelay { .. } => 10_203,
        SendRefusal::MessageSize { .. } => 10_204,
        SendRefusal::BatchSize { .. } => 10_205,
        SendRefusal::BatchCount { .. } => 10_206,
        SendRefusal::Overloaded { .. } => 10_250,
        SendRefusal::StorageLimit { .. } => 10_251,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::BrokerClosed;

    #[test]
    fn the_flag_decides_between_codes_and_prefixes() {
        let too_long: SendError = Failure::Refused(SendRefusal::MessageSize { bytes: 128_001 });
        let text = "message length of 128001 bytes exceeds limit of 128000";
        assert_eq!(describe(&too_long, false, true), format!("{text} (10204)"));
        assert_eq!(describe(&too_long, false, false), format!("Queue send failed: {text}"));
        assert_eq!(describe(&too_long, true, false), format!("Queue sendBatch failed: {text}"));
        let closed: SendError = Failure::Closed(BrokerClosed);
        assert!(describe(&closed, false, true).ends_with("(15000)"));
    }
}
