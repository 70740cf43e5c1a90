//! Names of queues and bindings that production would refuse.

use crate::base::Span;
use crate::config::problems::Problems;

/// Most characters in a queue's name.
///
/// Source: Cloudflare's documentation, "Getting started", "Create a queue".
const QUEUE_NAME_LENGTH_MAX: usize = 63;

/// Warns of a queue name that production would refuse. It is used as written nevertheless.
pub(super) fn warn_queue_name(name: &str, span: &Span, label: &str, problems: &mut Problems) {
    if is_valid_queue_name(name) {
        return;
    }
    let problem =
        problems.warning(span, format!("The queue name \"{name}\" would be refused in production."));
    problem.label(label).help(format!(
        "use 1 to {QUEUE_NAME_LENGTH_MAX} lowercase letters, digits and dashes, with a letter or digit at both ends"
    ));
}

/// Warns of a binding that code cannot reach as `env.NAME`.
pub(super) fn warn_binding_name(name: &str, span: &Span, problems: &mut Problems) {
    let starts_well = name.starts_with(|first: char| first.is_alphabetic() || matches!(first, '_' | '$'));
    let goes_on_well = name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '$'));
    if !(starts_well && goes_on_well) {
        problems
            .warning(span, format!("The binding \"{name}\" is not a valid JavaScript variable name."))
            .label("would be refused in production")
            .help("use letters, digits and underscores, such as \"MY_QUEUE\"");
    }
}

/// Whether the name matches `^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`.
fn is_valid_queue_name(name: &str) -> bool {
    let is_alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = name.as_bytes();
    (1..=QUEUE_NAME_LENGTH_MAX).contains(&bytes.len())
        && bytes.iter().all(|byte| is_alphanumeric(*byte) || *byte == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::is_valid_queue_name;

    #[test]
    fn queue_names_as_production_takes_them() {
        for name in ["a", "0", "my-queue", "a--b", &"q".repeat(63)] {
            assert!(is_valid_queue_name(name), "{name}");
        }
        for name in ["", "-", "-a", "a-", "My-Queue", "my_queue", "<queue>", "ü", &"q".repeat(64)] {
            assert!(!is_valid_queue_name(name), "{name}");
        }
    }
}
