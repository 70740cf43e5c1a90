//! Which names a queue may have.

use super::ApiOptions;
use super::error::{ApiError, codes};

/// Longest name of a queue, in characters.
const LENGTH_MAX: usize = 63;

/// Whether the API lets a queue be named so: `^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`.
pub(super) fn is_valid(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=LENGTH_MAX).contains(&name.len())
        && name.bytes().all(inner)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// Refuses a name that the API does not let a queue have, unless a queue has it already: a configuration
/// file may name queues as it likes.
pub(super) async fn check(api: &ApiOptions, name: &str, pointer: &str) -> Result<(), ApiError> {
    if is_valid(name) || api.broker.queue(name).await.is_ok_and(|queue| &*queue.name == name) {
        return Ok(());
    }
    let message = format!(
        "Invalid queue name '{name}'. Must match ^[a-z0-9]([a-z0-9-]{{0,{}}}[a-z0-9])?$",
        LENGTH_MAX - 2
    );
    Err(ApiError::bad_request(codes::QUEUE_NAME_INVALID, message).at(pointer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let (longest, longer) = ("a".repeat(63), "a".repeat(64));
        for valid in ["a", "0", "my-queue", "a--b", "my-queue-2", longest.as_str()] {
            assert!(is_valid(valid), "{valid}");
        }
        for invalid in ["", "-", "-a", "a-", "My-queue", "my_queue", "my queue", "ä", longer.as_str()] {
            assert!(!is_valid(invalid), "{invalid}");
        }
    }
}
