//! Which names a queue may be given.
//!
//! Source: Cloudflare's documentation, "Limits", and the pattern in the API's own error message.

/// Longest name of a queue, in characters.
pub const LENGTH_MAX: usize = 63;

/// Whether the API lets a queue be named so: `^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`.
pub fn is_valid(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=LENGTH_MAX).contains(&name.len())
        && name.bytes().all(inner)
        && !name.starts_with('-')
        && !name.ends_with('-')
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
